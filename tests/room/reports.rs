//! What a room tells the directory, and when.

use durable_rooms::codes::CloseCode;
use durable_rooms::ids::UserId;
use durable_rooms::metrics::{Counters, Histogram, Report, WebhookQueue};
use durable_rooms::room::moderation::Action;
use durable_rooms::room::{Audience, Effect, Input, Note};
use durable_rooms::sorted::Map;
use durable_rooms::time::Timestamp;
use serde_json::json;

use crate::support::*;

/// What a report counts after a wake, and besides.
fn woken(change: impl FnOnce(&mut Counters)) -> Counters {
    let mut counted = Counters { wake_ups: 1, ..Counters::default() };
    change(&mut counted);
    counted
}

fn reporting() -> TestRoom {
    TestRoom::limited(r#"{"kind":"chat"}"#, r#"{"reportMs":5000}"#)
}

/// The one report among effects, if there is one.
#[track_caller]
fn report(effects: &[Effect]) -> Option<Report> {
    let reports: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Report(report) => Some((**report).clone()),
            _ => None,
        })
        .collect();
    assert!(reports.len() <= 1, "{reports:?}");
    reports.into_iter().next()
}

/// Jumps to the next deadline, at which a report has to be sent.
#[track_caller]
fn next_report(room: &mut TestRoom) -> Report {
    report(&room.advance_to_deadline()).expect("a report is due")
}

fn answer(room: &mut TestRoom, n: u64, taken: bool) {
    assert_eq!(room.handle(Input::Reported { n, taken }), []);
}

/// Jumps to deadlines until a report has gone and was taken.
fn settle(room: &mut TestRoom) -> Report {
    let sent = next_report(room);
    answer(room, sent.n, true);
    sent
}

fn talk(room: &mut TestRoom, id: &str) -> Option<Report> {
    let effects = room.send(ALICE, json!({"type": "message", "messageId": id, "message": "x"}));
    report(&effects)
}

#[test]
fn a_wake_is_reported_soon_and_then_nothing_keeps_the_room_awake() {
    let mut room = reporting();
    let sent = settle(&mut room);
    assert_eq!(room.now, START + 200);
    assert_eq!(sent, Report { n: 1, counted: woken(|_| {}), ..Report::default() });
    assert_eq!(room.room.next_deadline(), None);
}

#[test]
fn a_report_says_who_is_here_and_what_was_counted() {
    let mut room = reporting();
    let message = json!({"type": "message", "messageId": "m1", "message": "é"});
    let nonsense = json!({"type": "nonsense"});
    let turns = [
        (1, room.connect(ALICE, alice())),
        (2, room.connect(BOB, bob())),
        (2, room.send(ALICE, message.clone())),
        (2, room.send(ALICE, message.clone())),
        (2, room.send(BOB, nonsense.clone())),
    ];
    let received = [&message, &message, &nonsense].map(|frame| frame.to_string().len() as u64);
    let sent = next_report(&mut room);

    let (mut frames, mut bytes) = (0, 0);
    for (people, effects) in &turns {
        for effect in effects {
            let Effect::Send { to, frames: texts } = effect else { continue };
            let recipients = match to {
                Audience::All => *people,
                Audience::One(_) => 1,
                Audience::Except(slots) => people - slots.len() as u64,
                Audience::Only(slots) => slots.len() as u64,
            };
            frames += recipients * texts.len() as u64;
            bytes += recipients * texts.iter().map(|text| text.len() as u64).sum::<u64>();
        }
    }
    let mut groups = Histogram::default();
    turns.iter().for_each(|_| groups.observe(0));
    let expected = Report {
        n: 1,
        connections: 2,
        users: 2,
        last_activity: Some(Timestamp::from_millis(START)),
        webhooks: WebhookQueue::default(),
        counted: woken(|counted| {
            counted.connects = 2;
            counted.received = 3;
            counted.received_bytes = received.iter().sum();
            counted.sent = frames;
            counted.sent_bytes = bytes;
            counted.acks = 2;
            counted.duplicates = 1;
            counted.rejects = Map::from_iter([("unknown-type".into(), 1)]);
            counted.broadcast = groups;
            counted.commit.observe(0);
        }),
    };
    assert_eq!(sent, expected);
}

#[test]
fn reports_are_no_more_often_than_the_configuration_says() {
    let mut room = reporting();
    room.connect(ALICE, alice());
    settle(&mut room);
    let first = room.now;
    assert_eq!(talk(&mut room, "m1"), None, "too soon after the last");
    assert_eq!(settle(&mut room).counted.acks, 1);
    assert_eq!(room.now, first + 5000);
    room.now += 60_000;
    assert_eq!(talk(&mut room, "m2"), None, "what belongs together comes together");
    settle(&mut room);
    assert_eq!(room.now, first + 65_200, "after a pause it is soon");
}

#[test]
fn a_busy_room_reports_without_a_timer() {
    let mut room = reporting();
    room.connect(ALICE, alice());
    settle(&mut room);
    room.now += 60_000;
    assert_eq!(talk(&mut room, "m1"), None);
    room.now += 200;
    let sent = talk(&mut room, "m2").expect("a report in the turn of the message");
    assert_eq!(sent.counted.acks, 2);
}

#[test]
fn a_report_that_was_not_taken_is_sent_again_as_it_was() {
    let mut room = reporting();
    room.connect(ALICE, alice());
    let first = next_report(&mut room);
    answer(&mut room, 1, false);
    talk(&mut room, "m1");
    assert_eq!(next_report(&mut room), first);
    answer(&mut room, 1, true);
    let second = settle(&mut room);
    assert_eq!((second.n, second.counted.acks, second.counted.wake_ups), (2, 1, 0));
    assert_eq!(room.room.next_deadline(), None);
}

#[test]
fn an_answer_that_does_not_come_counts_as_a_failure_and_may_still_come() {
    let mut room = reporting();
    let first = next_report(&mut room);
    let sent_at = room.now;
    assert_eq!(room.advance_to_deadline(), [], "given up for lost");
    assert_eq!(room.now, sent_at + 10_000);
    answer(&mut room, 1, true);
    assert_eq!(room.room.next_deadline(), None, "it was taken after all: {first:?}");
}

#[test]
fn a_directory_that_is_down_does_not_keep_the_room_awake_for_ever() {
    let mut room = reporting();
    let first = next_report(&mut room);
    answer(&mut room, 1, false);
    for _ in 0..3 {
        assert_eq!(next_report(&mut room), first);
        answer(&mut room, 1, false);
    }
    assert_eq!(room.now, START + 200 + 500 + 1000 + 2000);
    assert_eq!(room.room.next_deadline(), None);
    // It is not forgotten either.
    room.now += 60_000;
    room.connect(ALICE, alice());
    assert_eq!(next_report(&mut room), first);
    answer(&mut room, 1, true);
    assert_eq!(settle(&mut room).connections, 1);
}

#[test]
fn an_answer_to_another_report_changes_nothing() {
    let mut room = reporting();
    next_report(&mut room);
    for taken in [true, false] {
        answer(&mut room, 7, taken);
    }
    assert_eq!(room.room.next_deadline().map(Timestamp::as_millis), Some(START + 200 + 10_000));
}

#[test]
fn the_directory_is_told_when_it_asks() {
    let mut room = reporting();
    settle(&mut room);
    let asked = room.handle(Input::ReportWanted);
    assert_eq!(report(&asked).map(|report| report.n), Some(2));
    assert_eq!(room.handle(Input::ReportWanted), [], "one is under way");
}

#[test]
fn who_is_kept_out_is_counted() {
    let mut room = reporting();
    room.connect(ALICE, admin(alice()));
    room.send(ALICE, json!({"type": "ban", "userId": "bob"}));
    assert_eq!(room.kept_out(&bob()), Some("banned"));
    let rejects = next_report(&mut room).counted.rejects;
    assert_eq!(rejects, Map::from_iter([("banned".into(), 1)]));
}

#[test]
fn a_deployment_may_do_without_reports() {
    let mut room = TestRoom::limited(r#"{"kind":"chat"}"#, r#"{"reportMs":0}"#);
    assert_eq!(room.room.next_deadline(), None);
    assert_eq!(room.handle(Input::ReportWanted), []);
}

#[test]
fn a_report_of_nothing_is_short() {
    let mut room = reporting();
    let json = serde_json::to_string(&next_report(&mut room)).unwrap();
    assert_eq!(json, r#"{"n":1,"counted":{"wakeUps":1}}"#);
}

#[test]
fn what_is_worth_a_line_of_the_log_is_noted() {
    let mut room = TestRoom::chat();
    room.connect(ALICE, admin(alice()));
    room.connect(MALLORY, connection("m1", "mallory", "Mallory"));
    let ban = json!({"type": "ban", "userId": "mallory"}).to_string();
    let effects = room.handle_raw(Input::Text { slot: ALICE, text: &ban });
    let mallory = UserId::parse("mallory").unwrap();
    assert_eq!(
        effects.notes,
        [
            Note::Moderated {
                action: Action::Ban,
                actor: "alice".into(),
                user: Some(mallory.clone())
            },
            Note::Closed { user: mallory, code: CloseCode::Banned },
        ]
    );
    room.store.failing = true;
    let message = message("m1").to_string();
    let effects = room.handle_raw(Input::Text { slot: ALICE, text: &message });
    assert!(matches!(effects.notes.as_slice(), [Note::StorageFailed(_)]), "{:?}", effects.notes);
}
