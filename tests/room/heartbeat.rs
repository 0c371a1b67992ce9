//! Peers that have vanished without closing.

use crate::support::*;
use durable_rooms::codes::CloseCode;
use durable_rooms::room::{Effect, Input, Slot};
use durable_rooms::time::Timestamp;
use serde_json::json;

/// A chat of two, long after they came; nobody is watched.
fn quiet() -> TestRoom {
    let mut room = TestRoom::chat_of_two();
    room.now += 100_000;
    room
}

/// Says when they were heard of last: so many milliseconds ago, or never.
fn hear(room: &mut TestRoom, heard: &[(Slot, Option<u64>)]) -> Vec<Effect> {
    let now = room.now;
    let at = |ago: u64| Timestamp::from_millis(now - ago);
    let heard: Vec<_> = heard.iter().map(|(slot, ago)| (*slot, ago.map(at))).collect();
    room.handle(Input::Heartbeats(&heard))
}

fn deadline_in(room: &TestRoom) -> Option<u64> {
    room.room.next_deadline().map(|at| at.as_millis() - room.now)
}

#[test]
fn a_newcomer_is_listened_for_after_two_heartbeats() {
    let mut room = quiet();
    room.handle(Input::Connect {
        slot: MALLORY,
        connection: connection("c1", "carol", "Carol"),
        since: None,
    });
    assert_eq!(deadline_in(&room), Some(60_000));
    assert_sent(room.advance_to_deadline(), &[all(json!("check-heartbeats"))]);
    assert_eq!(room.room.next_deadline(), None, "the answer says how to go on");
}

#[test]
fn who_never_sends_a_heartbeat_is_never_taken_for_dead() {
    let mut room = quiet();
    assert_sent(hear(&mut room, &[(ALICE, None), (BOB, None)]), &[]);
    assert_eq!(deadline_in(&room), None, "and the room may sleep");
}

#[test]
fn as_long_as_somebody_sends_heartbeats_they_are_listened_for() {
    let mut room = TestRoom::chat();
    room.handle(Input::Connect { slot: ALICE, connection: alice(), since: None });
    room.handle(Input::Connect { slot: BOB, connection: bob(), since: None });
    room.now += 60_000;
    for _ in 0..3 {
        assert_sent(hear(&mut room, &[(ALICE, Some(10_000)), (BOB, None)]), &[]);
        assert_eq!(deadline_in(&room), Some(60_000));
        assert_sent(room.advance_to_deadline(), &[all(json!("check-heartbeats"))]);
    }
}

#[test]
fn two_heartbeats_and_a_half_without_one_are_a_death() {
    let mut room = quiet();
    assert_sent(hear(&mut room, &[(ALICE, Some(75_000)), (BOB, Some(75_000))]), &[]);
    let effects = hear(&mut room, &[(ALICE, Some(74_000)), (BOB, Some(75_001))]);
    let left = json!({
        "type": "user-left", "userId": "bob", "username": "Bob", "totalUsers": 1,
        "timestamp": room.now,
    });
    assert_sent(effects, &[all(left), closed(BOB, CloseCode::Silent)]);
    assert_eq!(CloseCode::Silent.number(), 4202);
    assert_eq!(deadline_in(&room), Some(60_000), "Alice lives");
}

#[test]
fn when_the_last_who_sent_heartbeats_has_died_nobody_is_listened_for() {
    let mut room = quiet();
    hear(&mut room, &[(ALICE, None), (BOB, Some(80_000))]);
    assert_eq!(deadline_in(&room), None);
}

#[test]
fn a_room_that_wakes_listens_at_once() {
    let mut room = quiet();
    room.wake(&[(ALICE, alice()), (BOB, bob())]);
    assert_sent(room.advance_to_deadline(), &[all(json!("check-heartbeats"))]);
    assert_eq!(room.now, START + 100_000);
    let effects = hear(&mut room, &[(ALICE, Some(1)), (BOB, None)]);
    assert_sent(effects, &[]);
    assert_eq!(deadline_in(&room), Some(60_000));
}

#[test]
fn an_answer_about_who_has_gone_meanwhile_does_nothing() {
    let mut room = quiet();
    room.handle(Input::Closed { slot: BOB, clean: true });
    room.now += 3000;
    room.handle(Input::DeadlineReached);
    let heard = [(ALICE, Some(1)), (BOB, Some(80_000)), (MALLORY, None), (Slot(7), None)];
    assert_sent(hear(&mut room, &heard), &[]);
    assert_eq!(deadline_in(&room), Some(60_000));
}

#[test]
fn an_empty_room_listens_for_nobody() {
    let mut room = quiet();
    hear(&mut room, &[(ALICE, Some(1)), (BOB, Some(1))]);
    room.close(ALICE);
    room.close(BOB);
    room.now += 60_000;
    room.handle(Input::DeadlineReached);
    assert_sent(hear(&mut room, &[]), &[]);
    assert_eq!(room.room.next_deadline(), None);
}

#[test]
fn a_slot_that_is_used_again_is_listened_for_anew() {
    let mut room = quiet();
    hear(&mut room, &[(ALICE, None), (BOB, None)]);
    room.close(BOB);
    room.handle(Input::Connect { slot: BOB, connection: bob(), since: None });
    assert_eq!(deadline_in(&room), Some(60_000));
    room.advance_to_deadline();
    assert_sent(hear(&mut room, &[(ALICE, None), (BOB, Some(1))]), &[]);
    assert_eq!(deadline_in(&room), Some(60_000));
}
