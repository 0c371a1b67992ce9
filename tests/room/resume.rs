//! Coming back and getting what was missed: all of it, in order, once.

use crate::support::*;
use durable_rooms::codes::CloseCode;
use durable_rooms::room::{Audience, Connection, Effect, Input, Slot};
use serde_json::{Value, json};

/// A chat in which Alice has said so much, quickly.
fn said(count: u64) -> TestRoom {
    let mut room = TestRoom::limited(r#"{"kind":"chat"}"#, ENDLESS);
    room.connect(ALICE, alice());
    for n in 1..=count {
        room.send(ALICE, message(&format!("m{n}")));
    }
    room
}

const ENDLESS: &str = r#"{"rates":{
    "messages":{"burst":100000,"perSecond":1},"connection":{"burst":100000,"perSecond":1},
    "room":{"burst":100000,"perSecond":1}}}"#;

/// What a connection hears of some effects.
fn heard(slot: Slot, effects: Vec<Effect>) -> Vec<Value> {
    let hears = |to: &Audience| match to {
        Audience::All => true,
        Audience::One(one) => *one == slot,
        Audience::Except(slots) => !slots.contains(&slot),
        Audience::Only(slots) => slots.contains(&slot),
    };
    let frames = told(effects).into_iter().filter(|(to, _)| hears(to)).map(|(_, frame)| frame);
    frames.filter(|frame| frame.get("type").is_some()).collect()
}

/// The `seq`s among frames, without the one of `welcome`.
fn seqs(frames: &[Value]) -> Vec<u64> {
    let entries =
        frames.iter().filter(|frame| frame["type"] != "welcome" && frame["type"] != "ack");
    entries.filter_map(|frame| frame["seq"].as_u64()).collect()
}

/// The connection as its socket remembers it, if this has changed.
fn remembered(slot: Slot, effects: &[Effect]) -> Option<Connection> {
    effects.iter().rev().find_map(|effect| match effect {
        Effect::Remember { slot: whose, connection } if *whose == slot => Some(connection.clone()),
        _ => None,
    })
}

/// Lets the room act as often as it wants to within a flush window.
fn until_quiet(room: &mut TestRoom) -> Vec<Effect> {
    let mut effects = Vec::new();
    while let Some(at) = room.room.next_deadline().map(|at| at.as_millis())
        && at <= room.now + 5
    {
        room.now = room.now.max(at);
        effects.extend(room.handle(Input::DeadlineReached));
    }
    effects
}

#[test]
fn who_comes_back_gets_just_what_was_missed() {
    let mut room = said(5);
    let effects = room.enter(BOB, bob(), Some("memory:2"));
    let frames = heard(BOB, effects);
    let types: Vec<_> = frames.iter().map(|frame| frame["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["welcome", "online-users", "new-message", "new-message", "new-message"]);
    assert_eq!((&frames[0]["seq"], &frames[0]["recovered"]), (&json!(5), &json!(true)));
    let expected = [3, 4, 5].map(|seq| new_message(&room, &alice(), &format!("m{seq}"), seq));
    assert_eq!(frames[2..], expected);
    let live = room.send(ALICE, message("m6"));
    assert_eq!(seqs(&heard(BOB, live)), [6]);
}

#[test]
fn who_has_everything_gets_nothing_but_is_recovered() {
    let mut room = said(5);
    let effects = room.enter(BOB, bob(), Some("memory:5"));
    assert_eq!(remembered(BOB, &effects), None);
    let frames = heard(BOB, effects);
    assert_eq!((frames.len(), &frames[0]["recovered"]), (2, &json!(true)));
}

#[test]
fn from_the_very_beginning_everything_was_missed() {
    let mut room = said(2);
    let effects = room.enter(BOB, bob(), Some("memory:0"));
    assert_eq!(seqs(&heard(BOB, effects)), [1, 2]);
}

#[test]
fn a_position_that_the_room_does_not_know_begins_anew() {
    let mut room = said(5);
    for since in ["memory:6", "other:3", "memory:", "memory", "", "3", "memory:-1", "memory:3x"] {
        let effects = room.enter(BOB, bob(), Some(since));
        let frames = heard(BOB, effects);
        assert_eq!(frames[0]["recovered"], false, "{since}");
        assert_eq!(frames[0]["seq"], 5);
        assert!(seqs(&frames).is_empty(), "{since}");
        room.close(BOB);
    }
    let effects = room.enter(BOB, bob(), None);
    assert_eq!(heard(BOB, effects)[0]["recovered"], false);
}

#[test]
fn what_waited_to_be_written_is_missed_as_well() {
    // So much to one person makes a room busy.
    let mut room = said(64);
    room.send_raw(ALICE, message("m65"));
    room.send_raw(ALICE, message("m66"));
    let mut effects = room.enter(BOB, bob(), Some("memory:64"));
    effects.extend(room.send_raw(ALICE, message("m67")));
    room.now += 3;
    effects.extend(room.handle_raw(Input::DeadlineReached).list);
    let bobs = effects
        .iter()
        .skip_while(|effect| !matches!(effect, Effect::Send { to: Audience::One(BOB), .. }));
    let frames = heard(BOB, bobs.cloned().collect());
    assert_eq!(frames[0]["seq"], 66);
    assert_eq!(seqs(&frames), [65, 66, 67]);
}

#[test]
fn long_absences_come_back_in_pages_and_nothing_new_overtakes_them() {
    let mut room = said(1000);
    let first = room.enter(BOB, bob(), Some("memory:0"));
    assert_eq!(remembered(BOB, &first).unwrap().behind.unwrap().get(), 300);
    let mut frames = heard(BOB, first);
    assert_eq!(frames[0]["seq"], 1000);
    assert_eq!(seqs(&frames), (1..=300).collect::<Vec<_>>());
    for n in 0..3 {
        for id in 0..5 {
            let effects = room.send(ALICE, message(&format!("new{n}-{id}")));
            frames.extend(heard(BOB, effects));
        }
        let edit = json!({"type": "edit", "seq": 1000, "message": format!("edit {n}")});
        frames.extend(heard(BOB, room.send(ALICE, edit)));
        let presence = json!({"type": "presence", "meta": n});
        frames.extend(heard(BOB, room.send(ALICE, presence)));
        frames.extend(heard(BOB, room.send(BOB, message(&format!("mine{n}")))));
        assert_eq!(room.room.next_deadline().unwrap().as_millis(), 0);
        frames.extend(heard(BOB, room.handle(Input::DeadlineReached)));
    }
    let effects = until_quiet(&mut room);
    frames.extend(heard(BOB, effects));
    frames.extend(heard(BOB, room.send(ALICE, message("last"))));
    frames.extend(heard(BOB, until_quiet(&mut room)));
    assert_eq!(seqs(&frames), (1..=1022).collect::<Vec<_>>());
    let count = |kind| frames.iter().filter(|frame| frame["type"] == kind).count();
    // The third change of a window waits for its end, as it would for anybody.
    assert_eq!((count("user-updated"), count("ack")), (2, 3), "neither waits for the log");
}

#[test]
fn a_message_comes_in_its_current_form_with_what_became_of_it_behind() {
    let mut room = said(3);
    room.now += 10;
    room.send(ALICE, json!({"type": "edit", "seq": 2, "message": "y"}));
    room.send(ALICE, json!({"type": "react", "seq": 2, "emoji": "👍"}));
    room.send(ALICE, json!({"type": "delete", "seq": 3}));
    let effects = room.enter(BOB, bob(), Some("memory:1"));
    let frames = heard(BOB, effects);
    let replayed = &frames[2..];
    let reactions = json!([{"emoji": "👍", "count": 1}]);
    let expected = [
        json!({
            "type": "new-message", "messageId": "m2", "message": "y", "userId": "alice",
            "username": "Alice", "timestamp": START, "seq": 2, "editedAt": START + 10,
            "reactions": reactions,
        }),
        json!({
            "type": "new-message", "messageId": "m3", "message": "", "userId": "alice",
            "username": "Alice", "timestamp": START, "seq": 3, "deleted": true,
        }),
        json!({
            "type": "message-edited", "messageId": "m2", "messageSeq": 2, "message": "y",
            "userId": "alice", "timestamp": START + 10, "seq": 4,
        }),
        json!({
            "type": "reaction", "messageId": "m2", "messageSeq": 2, "emoji": "👍",
            "userId": "alice", "username": "Alice", "reactions": reactions,
            "timestamp": START + 10, "seq": 5,
        }),
        json!({
            "type": "message-deleted", "messageId": "m3", "messageSeq": 3, "userId": "alice",
            "timestamp": START + 10, "seq": 6,
        }),
    ];
    assert_eq!(replayed, expected);
}

#[test]
fn sleep_in_the_middle_changes_nothing() {
    let mut room = said(700);
    let first = room.enter(BOB, bob(), Some("memory:0"));
    let asleep = remembered(BOB, &first).unwrap();
    let mut frames = heard(BOB, first);
    room.sleep(&[(ALICE, alice()), (BOB, asleep)]);
    frames.extend(heard(BOB, room.send(ALICE, message("after"))));
    let woken = until_quiet(&mut room);
    assert_eq!(remembered(BOB, &woken).unwrap().behind, None);
    frames.extend(heard(BOB, woken));
    frames.extend(heard(BOB, room.send(ALICE, message("later"))));
    frames.extend(heard(BOB, until_quiet(&mut room)));
    assert_eq!(seqs(&frames), (1..=702).collect::<Vec<_>>());
}

#[test]
fn who_goes_while_behind_is_no_longer_waited_for() {
    let mut room = said(700);
    room.enter(BOB, bob(), Some("memory:0"));
    room.close(BOB);
    assert_eq!(room.room.next_deadline().unwrap().as_millis(), START + 3000);
}

#[test]
fn the_same_connection_that_comes_again_while_behind_says_anew_where_it_is() {
    let mut room = said(700);
    room.enter(BOB, bob(), Some("memory:0"));
    let again = room.enter(Slot(2), bob(), Some("memory:300"));
    let mut frames = heard(Slot(2), again);
    let effects = until_quiet(&mut room);
    frames.extend(heard(Slot(2), effects));
    assert_eq!(seqs(&frames), (301..=700).collect::<Vec<_>>());
}

#[test]
fn who_has_caught_up_keeps_the_room_awake_no_longer() {
    let mut room = said(301);
    room.enter(BOB, bob(), Some("memory:0"));
    assert_eq!(until_quiet(&mut room).len(), 2, "one page, and that it is the last");
    assert_eq!(room.room.next_deadline(), None);
}

fn retaining(kind: &str, entries: u32) -> TestRoom {
    let party = format!(r#"{{"kind":"{kind}","retention":{{"entries":{entries}}}}}"#);
    let mut room = TestRoom::limited(&party, ENDLESS);
    room.connect(ALICE, alice());
    room
}

#[test]
fn what_is_no_longer_kept_cannot_be_made_up_for() {
    let mut room = retaining("chat", 10);
    for n in 1..=150 {
        room.send(ALICE, message(&format!("m{n}")));
    }
    room.handle(Input::DeadlineReached);
    for (since, recovered) in [("memory:139", false), ("memory:140", true)] {
        let effects = room.enter(BOB, bob(), Some(since));
        let frames = heard(BOB, effects);
        assert_eq!(frames[0]["recovered"], recovered, "{since}");
        assert_eq!(seqs(&frames).len(), if recovered { 10 } else { 0 });
        room.close(BOB);
    }
}

#[test]
fn who_is_behind_what_is_cut_off_is_sent_to_begin_anew() {
    let mut room = retaining("chat", 400);
    for n in 1..=500 {
        room.send(ALICE, message(&format!("m{n}")));
    }
    room.enter(BOB, bob(), Some("memory:0"));
    for n in 501..=1100 {
        room.send(ALICE, message(&format!("m{n}")));
    }
    let effects = room.handle(Input::DeadlineReached);
    let last = told(effects).pop().unwrap();
    assert_eq!(last, closed(BOB, CloseCode::Resync));
}
