//! Editing and deleting: the message in its current form, and an entry that says so.

use crate::support::*;
use durable_rooms::access::Capability;
use durable_rooms::room::{Audience, Slot};
use serde_json::{Value, json};

const ROOT: Slot = Slot(2);

/// A chat of two in which Alice has said `m1`, and a moderator is there.
fn chat() -> TestRoom {
    let mut room = TestRoom::chat_of_two();
    room.connect(ROOT, admin(connection("r1", "root", "Root")));
    room.send(ALICE, message("m1"));
    room.now += 1000;
    room
}

fn edit(id: &str, text: &str) -> Value {
    json!({"type": "edit", "messageId": id, "message": text})
}

fn delete(id: &str) -> Value {
    json!({"type": "delete", "messageId": id})
}

fn edited(room: &TestRoom, by: &str, text: &str, seq: u64) -> (Audience, Value) {
    all(json!({
        "type": "message-edited", "messageId": "m1", "messageSeq": 1, "message": text,
        "userId": by, "timestamp": room.now, "seq": seq,
    }))
}

fn deleted(room: &TestRoom, by: &str, seq: u64) -> (Audience, Value) {
    all(json!({
        "type": "message-deleted", "messageId": "m1", "messageSeq": 1, "userId": by,
        "timestamp": room.now, "seq": seq,
    }))
}

/// What the history says of the first message.
fn first(room: &mut TestRoom) -> Value {
    room.ask("history", &[]).unwrap()["messages"][0].clone()
}

#[test]
fn an_edit_is_told_to_everybody_and_acked() {
    let mut room = chat();
    let mut frame = edit("m1", "y");
    frame["ref"] = json!("r");
    let acked = json!({
        "type": "ack", "messageId": "m1", "seq": 2, "timestamp": room.now, "ref": "r",
    });
    let expected = [edited(&room, "alice", "y", 2), one(ALICE, acked)];
    assert_sent(room.send(ALICE, frame), &expected);
    let current = json!({
        "type": "new-message", "messageId": "m1", "message": "y", "userId": "alice",
        "username": "Alice", "timestamp": START, "seq": 1, "editedAt": room.now,
    });
    assert_eq!(first(&mut room), current);
}

#[test]
fn an_edit_that_changes_nothing_is_acked_and_not_told() {
    let mut room = chat();
    let acked = json!({
        "type": "ack", "messageId": "m1", "seq": 1, "timestamp": room.now, "duplicate": true,
    });
    assert_sent(room.send(ALICE, edit("m1", "x")), &[one(ALICE, acked)]);
    room.send(ALICE, edit("m1", "y"));
    assert_eq!(told(room.send(ALICE, edit("m1", "y")))[0].1["duplicate"], true);
    assert_eq!(room.ask("position", &[]).unwrap()["seq"], 2);
}

#[test]
fn an_edit_changes_the_meta_if_it_gives_one() {
    let mut room = chat();
    let mut frame = edit("m1", "x");
    frame["meta"] = json!({"colour": "green"});
    let sent = told(room.send(ALICE, frame.clone()));
    assert_eq!(sent[0].1["meta"], json!({"colour": "green"}));
    assert_eq!(first(&mut room)["meta"], json!({"colour": "green"}));
    room.send(ALICE, edit("m1", "y"));
    assert_eq!(first(&mut room)["meta"], json!({"colour": "green"}));
    frame["meta"] = json!("x".repeat(1023));
    assert_refused(room.send(ALICE, frame), ALICE, "message-too-large");
}

#[test]
fn a_deleted_message_leaves_nothing_but_that_there_was_one() {
    let mut room = chat();
    let reply = json!({
        "type": "message", "messageId": "m2", "message": "secret", "replyTo": "m1", "meta": 1,
    });
    room.send(ALICE, reply);
    room.send(ALICE, edit("m2", "even more secret"));
    room.send(BOB, json!({"type": "react", "messageId": "m2", "emoji": "👍"}));
    room.send(ROOT, json!({"type": "pin", "messageId": "m2"}));
    let sent = told(room.send(ALICE, delete("m2")));
    assert_eq!((&sent[0].0, &sent[0].1["type"]), (&Audience::All, &json!("message-deleted")));
    assert_eq!((&sent[1].0, &sent[1].1["seq"]), (&Audience::One(ALICE), &json!(6)));
    let history = room.ask("history", &[]).unwrap();
    let expected = json!({
        "type": "new-message", "messageId": "m2", "message": "", "userId": "alice",
        "username": "Alice", "timestamp": room.now, "seq": 2, "replyTo": "m1", "deleted": true,
    });
    assert_eq!(history["messages"][1], expected);
    assert_eq!(room.ask("pins", &[]), Ok(json!({"messages": []})));
    let log = told(room.enter(Slot(3), connection("c1", "carol", "Carol"), Some("memory:0")));
    assert!(!format!("{log:?}").contains("secret"), "the log has forgotten the edits as well");
}

#[test]
fn deleting_again_is_acked_and_not_told() {
    let mut room = chat();
    let expected = [deleted(&room, "alice", 2), ack(&room, ALICE, "m1", 2)];
    assert_sent(room.send(ALICE, delete("m1")), &expected);
    let again = told(room.send(ALICE, delete("m1")));
    assert_eq!((again.len(), &again[0].1["duplicate"]), (1, &json!(true)));
}

#[test]
fn a_deleted_message_is_changed_no_more() {
    let mut room = chat();
    room.send(ALICE, delete("m1"));
    assert_refused(room.send(ALICE, edit("m1", "back")), ALICE, "unknown-message");
    let react = json!({"type": "react", "messageId": "m1", "emoji": "👍"});
    assert_refused(room.send(BOB, react), BOB, "unknown-message");
    assert_refused(room.send(ROOT, json!({"type": "pin", "seq": 1})), ROOT, "unknown-message");
    let again = told(room.send(ALICE, message("m1")));
    assert_eq!((again.len(), &again[0].1["duplicate"]), (1, &json!(true)), "its id stays taken");
}

#[test]
fn others_may_not_change_it_but_moderators_may() {
    let mut room = chat();
    for frame in [edit("m1", "y"), delete("m1")] {
        assert_refused(room.send(BOB, frame), BOB, "not-allowed");
    }
    let expected = [edited(&room, "root", "y", 2), ack(&room, ROOT, "m1", 2)];
    assert_sent(room.send(ROOT, edit("m1", "y")), &expected);
    let expected = [deleted(&room, "root", 3), ack(&room, ROOT, "m1", 3)];
    assert_sent(room.send(ROOT, delete("m1")), &expected);
    let left = first(&mut room);
    assert_eq!((&left["userId"], &left["deleted"]), (&json!("alice"), &json!(true)));
}

#[test]
fn who_may_change_others_messages_only_may_change_their_own_as_well() {
    let mut room = chat();
    let capabilities = [Capability::Join, Capability::Publish, Capability::EditAny];
    room.connect(Slot(3), restricted(connection("e1", "ed", "Ed"), &capabilities));
    room.send(Slot(3), message("e1"));
    assert_eq!(room.send(Slot(3), edit("e1", "y")).len(), 2);
    assert_refused(room.send(Slot(3), delete("e1")), Slot(3), "not-allowed");
}

#[test]
fn the_muted_do_not_edit_but_take_back() {
    let mut room = chat();
    room.send(ROOT, json!({"type": "mute", "userId": "alice"}));
    assert_refused(room.send(ALICE, edit("m1", "y")), ALICE, "muted");
    assert_eq!(room.send(ALICE, delete("m1")).len(), 2);
}

#[test]
fn a_change_that_cannot_be_written_is_refused_and_nothing_has_changed() {
    let mut room = chat();
    room.store.failing = true;
    let mut frame = edit("m1", "y");
    frame["ref"] = json!("r1");
    for frame in [frame, json!({"type": "delete", "seq": 1, "ref": "r1"})] {
        let effects = room.send(ALICE, frame);
        assert_eq!(told(effects.clone())[0].1["ref"], "r1");
        assert_refused(effects, ALICE, "storage-failed");
    }
    room.store.failing = false;
    assert_eq!(first(&mut room)["message"], "x");
    assert_eq!(told(room.send(ALICE, edit("m1", "y")))[0].1["seq"], 2);
}

#[test]
fn only_messages_can_be_changed() {
    let mut room = chat();
    let event = json!({"type": "T", "payload": 1, "persist": true});
    room.publish(event);
    room.send(ALICE, edit("m1", "y"));
    for seq in [0, 2, 3, 4, 9_007_199_254_740_991_u64] {
        let frame = json!({"type": "edit", "seq": seq, "message": "z"});
        assert_refused(room.send(ROOT, frame), ROOT, "unknown-message");
    }
    let by_id = edit("event-1", "z");
    assert_refused(room.send(ROOT, by_id), ROOT, "unknown-message");
}
