//! Which message is meant, where two people have used the same id.

use crate::support::*;
use durable_rooms::room::Slot;
use serde_json::{Value, json};

/// Alice's `m` has seq 1, Bob's `m` has seq 2, and Alice's `n` has seq 3.
fn same_ids() -> TestRoom {
    let mut room = TestRoom::chat_of_two();
    room.send(ALICE, message("m"));
    room.send(BOB, message("m"));
    room.send(ALICE, message("n"));
    room
}

fn target(room: &mut TestRoom, slot: Slot, frame: Value) -> Value {
    let sent = told(room.send(slot, frame));
    sent.iter().find_map(|(_, frame)| frame.get("messageSeq")).cloned().unwrap_or_default()
}

#[test]
fn the_own_message_is_edited_and_deleted_before_anybody_elses() {
    for kind in ["edit", "delete"] {
        let frame = json!({"type": kind, "messageId": "m", "message": "y"});
        assert_eq!(target(&mut same_ids(), ALICE, frame.clone()), 1);
        assert_eq!(target(&mut same_ids(), BOB, frame), 2);
    }
}

#[test]
fn for_everything_else_an_id_names_the_first_message_that_had_it() {
    for slot in [ALICE, BOB] {
        let react = json!({"type": "react", "messageId": "m", "emoji": "👍"});
        assert_eq!(target(&mut same_ids(), slot, react), 1);
        let reactions = json!({"type": "reactions", "messageId": "m"});
        assert_eq!(target(&mut same_ids(), slot, reactions), 1);
        let thread = json!({"type": "thread", "messageId": "m"});
        assert_eq!(target(&mut same_ids(), slot, thread), 1);
    }
    let mut room = same_ids();
    room.connect(MALLORY, admin(connection("r1", "root", "Root")));
    assert_eq!(target(&mut room, MALLORY, json!({"type": "pin", "messageId": "m"})), 1);
    assert_eq!(
        target(&mut room, MALLORY, json!({"type": "delete", "messageId": "m"})),
        1,
        "a moderator has none of their own",
    );
    let read = told(room.send(MALLORY, json!({"type": "read-receipt", "messageId": "m"})));
    assert_eq!(read[0].1["upTo"], 1);
}

#[test]
fn seq_is_exact_and_wins_over_the_id() {
    let mut room = same_ids();
    for name in [json!({"seq": 2}), json!({"seq": 2, "messageId": "n"})] {
        for kind in ["react", "reactions", "thread", "edit"] {
            let mut frame = json!({"type": kind, "emoji": kind, "message": kind});
            frame.as_object_mut().unwrap().extend(name.as_object().unwrap().clone());
            assert_eq!(target(&mut room, BOB, frame), 2, "{kind}");
            room.send(BOB, json!({"type": "edit", "seq": 2, "message": "x"}));
            room.send(BOB, json!({"type": "react", "seq": 2, "emoji": kind, "remove": true}));
        }
    }
}

#[test]
fn nobody_gets_hold_of_a_message_by_using_its_id() {
    let mut room = same_ids();
    let edit = |name: Value| {
        let mut frame = json!({"type": "edit", "message": "mine"});
        frame.as_object_mut().unwrap().extend(name.as_object().unwrap().clone());
        frame
    };
    assert_refused(room.send(BOB, edit(json!({"seq": 1}))), BOB, "not-allowed");
    assert_refused(room.send(BOB, edit(json!({"messageId": "n"}))), BOB, "not-allowed");
    room.send(BOB, message("n"));
    assert_eq!(target(&mut room, BOB, edit(json!({"messageId": "n"}))), 4, "Bob's own");
    let history = room.ask("history", &[]).unwrap();
    let texts: Vec<_> = history["messages"].as_array().unwrap().iter().collect();
    let alices: Vec<_> = texts.iter().filter(|text| text["userId"] == "alice").collect();
    assert!(alices.iter().all(|text| text["message"] == "x" && text.get("editedAt").is_none()));
}

#[test]
fn a_reply_answers_the_first_message_with_the_id() {
    let mut room = same_ids();
    let reply = json!({"type": "message", "messageId": "r", "message": "x", "replyTo": "m"});
    room.send(BOB, reply);
    let replies = |room: &mut TestRoom, seq: &str| {
        let thread = room.ask("thread", &[("seq", seq)]).unwrap();
        thread["messages"].as_array().unwrap().len()
    };
    assert_eq!((replies(&mut room, "1"), replies(&mut room, "2")), (1, 0));
}

#[test]
fn a_message_has_to_be_named() {
    let mut room = same_ids();
    room.connect(MALLORY, admin(connection("r1", "root", "Root")));
    for kind in ["edit", "delete", "react", "reactions", "thread", "pin", "unpin", "delivered"] {
        let mut frame = json!({"type": kind, "emoji": "x", "message": "y"});
        assert_refused(room.send(MALLORY, frame.clone()), MALLORY, "invalid-frame");
        frame["messageId"] = json!("nope");
        assert_refused(room.send(MALLORY, frame.clone()), MALLORY, "unknown-message");
        frame["messageId"] = json!(7);
        assert_refused(room.send(MALLORY, frame.clone()), MALLORY, "invalid-frame");
        frame["messageId"] = json!("m");
        frame["seq"] = json!("1");
        assert_refused(room.send(MALLORY, frame), MALLORY, "invalid-frame");
    }
}

#[test]
fn an_error_carries_the_ref_of_its_frame_and_the_id_without() {
    let mut room = same_ids();
    let about = |room: &mut TestRoom, mut frame: Value| {
        frame["type"] = json!("edit");
        frame["messageId"] = json!("nope");
        frame["message"] = json!("y");
        told(room.send(BOB, frame))[0].1["ref"].clone()
    };
    assert_eq!(about(&mut room, json!({})), "nope");
    assert_eq!(about(&mut room, json!({"ref": "r"})), "r");
    let longest = "é".repeat(128);
    assert_eq!(about(&mut room, json!({"ref": longest})), json!(longest));
    for unusable in [json!(""), json!(7), json!(null), json!("x".repeat(129))] {
        assert_eq!(about(&mut room, json!({"ref": unusable})), "nope");
    }
}
