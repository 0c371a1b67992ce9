//! Who does not read what is sent: nobody else notices, and memory has an end.

use crate::support::*;
use durable_rooms::codes::CloseCode;
use durable_rooms::room::{Audience, Effect, Input, Slot};
use serde_json::{Value, json};

const MIB: usize = 1024 * 1024;

/// A chat of two in which nobody is held back.
fn chat() -> TestRoom {
    let limits = r#"{"rates":{"messages":{"burst":100000,"perSecond":1000},"connection":{"burst":100000,"perSecond":1000},
        "room":{"burst":100000,"perSecond":1000},"ephemeral":{"burst":1000,"perSecond":1000}}}"#;
    let mut room = TestRoom::limited(r#"{"kind":"chat"}"#, limits);
    room.connect(ALICE, alice());
    room.connect(BOB, bob());
    room
}

/// A message of 60 KiB.
fn long(n: usize) -> Value {
    json!({ "type": "message", "messageId": format!("m{n}"), "message": "x".repeat(60 * 1024) })
}

fn asks(effects: &[Effect]) -> bool {
    effects.contains(&Effect::CheckUnsent)
}

fn unsent(room: &mut TestRoom, unsent: &[(Slot, usize)]) -> Vec<Effect> {
    room.handle(Input::Unsent(unsent))
}

/// To whom frames of this type go, and how many.
fn audiences(effects: &[Effect], kind: &str) -> Vec<(Audience, usize)> {
    let of_kind = format!(r#"{{"type":"{kind}""#);
    let sends = effects.iter().filter_map(|effect| match effect {
        Effect::Send { to, frames } => {
            let count = frames.iter().filter(|frame| frame.starts_with(&of_kind)).count();
            (count > 0).then(|| (to.clone(), count))
        }
        _ => None,
    });
    sends.collect()
}

#[test]
fn a_room_looks_after_every_256_kib_that_it_has_said() {
    let mut room = chat();
    let asked: Vec<_> = (0..15).map(|n| asks(&room.send(ALICE, long(n)))).collect();
    let at: Vec<_> = (0..15).filter(|n| asked[*n]).collect();
    assert_eq!(at, [4, 9, 14], "five times 60 KiB and what is around them");
}

#[test]
fn a_room_that_says_little_never_looks() {
    let mut room = chat();
    for n in 0..200 {
        assert!(!asks(&room.send(ALICE, message(&format!("m{n}")))));
    }
    assert_eq!(room.room.deadlines().fleeting, None);
}

#[test]
fn who_is_slow_misses_typing_and_events_and_nothing_else() {
    let mut room = chat();
    room.connect(MALLORY, connection("m1", "mallory", "Mallory"));
    assert_sent(unsent(&mut room, &[(BOB, MIB + 1)]), &[]);

    let typing = room.send(ALICE, json!({ "type": "typing" }));
    assert_eq!(audiences(&typing, "user-typing"), [(Audience::Except(vec![ALICE, BOB]), 1)]);
    let event = room.send(ALICE, json!({ "type": "event", "name": "wave", "payload": 1 }));
    assert_eq!(audiences(&event, "event"), [(Audience::Except(vec![ALICE, BOB]), 1)]);
    let (receipt, published) = room.publish(json!({ "type": "T", "payload": 1 }));
    assert_eq!(audiences(&published, "T"), [(Audience::Except(vec![BOB]), 1)]);
    assert_eq!(receipt.delivered, 2);

    let said = room.send(ALICE, message("m1"));
    assert_eq!(audiences(&said, "new-message"), [(Audience::All, 1)]);
    assert_eq!(audiences(&said, "user-stop-typing"), [(Audience::Except(vec![ALICE]), 1)]);
}

#[test]
fn who_has_caught_up_gets_everything_again_without_a_word_being_said() {
    let mut room = chat();
    room.send(ALICE, long(0));
    for n in 1..5 {
        room.send(ALICE, long(n));
    }
    unsent(&mut room, &[(BOB, MIB + 1)]);
    let look = room.room.deadlines().fleeting.expect("the room looks again");
    assert_eq!(look.as_millis(), room.now + 50);
    room.now += 50;
    assert!(asks(&room.handle(Input::DeadlineReached)));
    unsent(&mut room, &[]);
    let typing = room.send(ALICE, json!({ "type": "typing" }));
    assert_eq!(audiences(&typing, "user-typing"), [(Audience::Except(vec![ALICE]), 1)]);
}

#[test]
fn who_has_too_much_waiting_is_closed_and_the_others_are_told_in_time() {
    let mut room = chat();
    let effects = unsent(&mut room, &[(ALICE, 100), (BOB, 4 * MIB + 1)]);
    assert_sent(effects, &[closed(BOB, CloseCode::TooSlow)]);
    let said = room.send(ALICE, message("m1"));
    assert_eq!(audiences(&said, "new-message"), [(Audience::All, 1)]);
}

#[test]
fn who_takes_nothing_for_half_a_minute_is_closed_however_little_waits() {
    let mut room = chat();
    for waiting in [MIB, MIB, MIB - 1] {
        room.now += 20_000;
        assert_sent(unsent(&mut room, &[(BOB, waiting)]), &[]);
        room.now += 9_999;
        assert_sent(unsent(&mut room, &[(BOB, waiting)]), &[]);
        // A little was taken.
        assert_sent(unsent(&mut room, &[(BOB, waiting - 1)]), &[]);
    }
    room.now += 30_000;
    let effects = unsent(&mut room, &[(BOB, MIB)]);
    assert_sent(effects, &[closed(BOB, CloseCode::TooSlow)]);
}

#[test]
fn a_page_of_the_log_waits_until_the_one_before_is_taken() {
    let mut room = chat();
    for n in 1..=40 {
        room.send(ALICE, long(n));
    }
    let effects = room.enter(MALLORY, connection("m1", "mallory", "Mallory"), Some("memory:0"));
    assert!(asks(&effects));
    let mut pages = vec![count(&effects)];
    // Nothing more for who has not taken it.
    unsent(&mut room, &[(MALLORY, 600 * 1024)]);
    assert_eq!(count(&room.handle(Input::DeadlineReached)), 0);
    while pages.iter().sum::<usize>() < 40 {
        unsent(&mut room, &[]);
        let now = room.now;
        assert!(room.room.next_deadline().is_some_and(|at| at.as_millis() <= now));
        pages.push(count(&room.handle(Input::DeadlineReached)));
    }
    assert_eq!(pages, [5, 5, 5, 5, 5, 5, 5, 5], "256 KiB, and the entry that goes past");
}

/// How many messages Mallory alone gets.
fn count(effects: &[Effect]) -> usize {
    let own = audiences(effects, "new-message");
    own.into_iter().filter(|(to, _)| *to == Audience::One(MALLORY)).map(|(_, count)| count).sum()
}
