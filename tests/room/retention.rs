//! What a room no longer keeps.

use crate::support::*;
use durable_rooms::room::Input;
use serde_json::{Value, json};

const DAY: u64 = 24 * 60 * 60 * 1000;
const HOUR: u64 = 60 * 60 * 1000;

fn keeping(retention: Value) -> TestRoom {
    let party = json!({"kind": "chat", "search": true, "retention": retention});
    let rates = r#"{"rates":{"messages":{"burst":9999,"perSecond":1},
        "connection":{"burst":9999,"perSecond":1}}}"#;
    let mut room = TestRoom::limited(&party.to_string(), rates);
    room.connect(ALICE, admin(alice()));
    room
}

fn seqs(room: &mut TestRoom) -> Vec<u64> {
    let page = room.ask("history", &[("limit", "300")]).unwrap();
    let messages = page["messages"].as_array().unwrap();
    messages.iter().map(|message| message["seq"].as_u64().unwrap()).collect()
}

/// Lets the room act on all its deadlines until then.
fn pass_until(room: &mut TestRoom, until: u64) {
    while room.room.next_deadline().is_some_and(|at| at.as_millis() <= until) {
        assert_sent(room.advance_to_deadline(), &[]);
    }
    room.now = until;
}

#[test]
fn what_is_too_old_goes_within_an_hour() {
    let mut room = keeping(json!({"days": 2}));
    for n in 1..=3 {
        room.send(ALICE, message(&format!("m{n}")));
        room.now += DAY;
    }
    assert_eq!(room.room.next_deadline().unwrap().as_millis(), START + 2 * DAY);
    pass_until(&mut room, START + 2 * DAY + HOUR);
    assert_eq!(seqs(&mut room), [2, 3]);
    pass_until(&mut room, START + 9 * DAY);
    assert!(seqs(&mut room).is_empty());
    assert_eq!(room.room.next_deadline(), None, "there is nothing left to wait for");
    let stats = room.ask("stats", &[]).unwrap();
    assert_eq!((&stats["seq"], &stats["firstSeq"]), (&json!(3), &json!(4)));
    let sent = told(room.send(ALICE, message("m4")));
    assert_eq!(sent[0].1["seq"], 4, "seqs go on");
    assert_eq!(room.room.next_deadline().unwrap().as_millis(), room.now + 2 * DAY);
}

#[test]
fn a_room_that_slept_still_forgets() {
    let mut room = keeping(json!({"days": 1}));
    room.send(ALICE, message("m1"));
    room.sleep(&[(ALICE, alice())]);
    assert!(room.room.next_deadline().is_some());
    pass_until(&mut room, START + DAY + HOUR + 1);
    assert!(seqs(&mut room).is_empty());
    room.sleep(&[(ALICE, alice())]);
    assert_eq!(room.ask("position", &[]).unwrap()["seq"], 1);
    let position = durable_rooms::store::Store::position(&room.store).unwrap();
    assert_eq!(position.floor, position.last);
}

#[test]
fn a_hundred_more_than_wanted_are_kept_before_the_surplus_goes() {
    let mut room = keeping(json!({"entries": 50}));
    for n in 1..=150 {
        room.send(ALICE, message(&format!("m{n}")));
    }
    assert_sent(room.handle(Input::DeadlineReached), &[]);
    assert_eq!(seqs(&mut room).len(), 150);
    room.send(ALICE, message("m151"));
    assert_sent(room.handle(Input::DeadlineReached), &[]);
    assert_eq!(seqs(&mut room), (102..=151).collect::<Vec<_>>());
}

#[test]
fn a_room_with_nothing_else_to_do_cuts_its_history_as_well() {
    let mut room = keeping(json!({"entries": 50}));
    for n in 1..=1000 {
        room.send(ALICE, message(&format!("m{n}")));
        room.now += 60_000;
        pass_until(&mut room, START + n * 60_000);
    }
    let stats = room.ask("stats", &[]).unwrap();
    assert!(stats["firstSeq"].as_u64().unwrap() >= 800, "{stats}");
}

#[test]
fn what_belongs_to_a_message_goes_with_it() {
    let mut room = keeping(json!({"entries": 1}));
    room.send(ALICE, message("m1"));
    room.send(ALICE, json!({"type": "pin", "seq": 1}));
    room.send(ALICE, json!({"type": "react", "seq": 1, "emoji": "👍"}));
    for n in 2..=110 {
        room.send(ALICE, json!({"type": "message", "message": n.to_string(), "replyTo": "m1"}));
    }
    room.handle(Input::DeadlineReached);
    assert_eq!(room.ask("pins", &[]), Ok(json!({"messages": []})));
    assert_eq!(room.ask("thread", &[("messageId", "m1")]), Err("unknown-message"));
    assert_eq!(room.ask("search", &[("query", "x")]).unwrap()["messages"], json!([]));
    for frame in [json!({"type": "reactions", "seq": 1}), json!({"type": "delete", "seq": 1})] {
        assert_refused(room.send(ALICE, frame), ALICE, "unknown-message");
    }
    let again = told(room.send(ALICE, message("m1")));
    assert_eq!((&again[0].1["seq"], again.len()), (&json!(113), 2), "its id is free again");
}

#[test]
fn what_waits_to_be_written_is_not_cut_off() {
    let mut room = keeping(json!({"entries": 1}));
    room.send_raw(ALICE, message("m0"));
    for n in 1..=150 {
        room.send_raw(ALICE, message(&format!("m{n}")));
    }
    room.handle(Input::DeadlineReached);
    assert_eq!(seqs(&mut room), [151]);
    let last = told(room.send(ALICE, message("last")));
    assert!(last.is_empty() || last[0].1["seq"] == 152);
}

#[test]
fn without_limits_everything_is_kept() {
    let mut room = keeping(json!({}));
    for n in 1..=250 {
        room.send(ALICE, message(&format!("m{n}")));
    }
    pass_until(&mut room, START + 1000 * DAY);
    assert_eq!(seqs(&mut room).len(), 250);
}
