//! Emoji on messages.

use crate::support::*;
use durable_rooms::room::{Audience, Slot};
use serde_json::{Value, json};

fn chat(option: &str) -> TestRoom {
    let mut room = TestRoom::of(&format!(r#"{{"kind":"chat","reactions":"{option}"}}"#));
    room.connect(ALICE, alice());
    room.connect(BOB, bob());
    room.send(ALICE, message("m1"));
    room
}

fn react(emoji: &str) -> Value {
    json!({"type": "react", "messageId": "m1", "emoji": emoji})
}

fn take_back(emoji: &str) -> Value {
    json!({"type": "react", "messageId": "m1", "emoji": emoji, "remove": true})
}

/// The `reaction` of Bob, with what else it says.
fn reaction(emoji: &str, seq: u64, tallies: &[(&str, u32)], more: Value) -> (Audience, Value) {
    let tallies: Vec<_> =
        tallies.iter().map(|(emoji, count)| json!({"emoji": emoji, "count": count})).collect();
    let mut frame = json!({
        "type": "reaction", "messageId": "m1", "messageSeq": 1, "emoji": emoji, "userId": "bob",
        "username": "Bob", "reactions": tallies, "timestamp": START, "seq": seq,
    });
    frame.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all(frame)
}

fn duplicate(frame: &Value) -> bool {
    frame["type"] == "ack" && frame["duplicate"] == true
}

#[test]
fn a_reaction_is_told_with_what_stands_at_the_message_now() {
    let mut room = chat("several");
    room.send(ALICE, react("🎉"));
    let expected =
        [reaction("👍", 3, &[("🎉", 1), ("👍", 1)], json!({})), ack(&room, BOB, "m1", 3)];
    assert_sent(room.send(BOB, react("👍")), &expected);
    let expected =
        [reaction("🎉", 4, &[("🎉", 2), ("👍", 1)], json!({})), ack(&room, BOB, "m1", 4)];
    assert_sent(room.send(BOB, react("🎉")), &expected);
    let expected =
        [reaction("👍", 5, &[("🎉", 2)], json!({"removed": true})), ack(&room, BOB, "m1", 5)];
    assert_sent(room.send(BOB, take_back("👍")), &expected);
    let history = room.ask("history", &[]).unwrap();
    assert_eq!(history["messages"][0]["reactions"], json!([{"emoji": "🎉", "count": 2}]));
    room.send(BOB, take_back("🎉"));
    room.send(ALICE, take_back("🎉"));
    let history = room.ask("history", &[]).unwrap();
    assert_eq!(history["messages"][0].get("reactions"), None);
}

#[test]
fn what_changes_nothing_is_acked_and_not_told() {
    let mut room = chat("several");
    let sent = told(room.send(BOB, take_back("👍")));
    assert!(sent.len() == 1 && duplicate(&sent[0].1), "{sent:?}");
    room.send(BOB, react("👍"));
    let sent = told(room.send(BOB, react("👍")));
    assert!(sent.len() == 1 && duplicate(&sent[0].1), "{sent:?}");
    assert_eq!(room.ask("position", &[]).unwrap()["seq"], 2);
}

#[test]
fn where_everybody_has_one_reaction_another_replaces_it() {
    let mut room = chat("one");
    room.send(BOB, react("👍"));
    let expected =
        [reaction("🎉", 3, &[("🎉", 1)], json!({"replaced": "👍"})), ack(&room, BOB, "m1", 3)];
    assert_sent(room.send(BOB, react("🎉")), &expected);
    let sent = told(room.send(BOB, react("🎉")));
    assert!(duplicate(&sent[0].1));
    let sent = told(room.send(ALICE, react("🎉")));
    assert_eq!(sent[0].1["reactions"], json!([{"emoji": "🎉", "count": 2}]));
    let sent = told(room.send(BOB, take_back("🎉")));
    assert_eq!(sent[0].1["reactions"], json!([{"emoji": "🎉", "count": 1}]));
}

#[test]
fn where_reactions_are_off_there_are_none() {
    let mut room = chat("off");
    for frame in [react("👍"), take_back("👍"), json!({"type": "reactions", "seq": 1})] {
        assert_refused(room.send(BOB, frame), BOB, "not-enabled");
    }
}

#[test]
fn who_has_reacted_is_told_on_demand() {
    let mut room = chat("several");
    room.send(BOB, react("👍"));
    room.send(ALICE, react("👍"));
    room.send(ALICE, react("🎉"));
    let answer = json!({
        "type": "reactions", "ref": "q", "messageId": "m1", "messageSeq": 1, "users": [
            {"emoji": "👍", "userId": "bob", "username": "Bob"},
            {"emoji": "👍", "userId": "alice", "username": "Alice"},
            {"emoji": "🎉", "userId": "alice", "username": "Alice"},
        ],
    });
    let question = json!({"type": "reactions", "messageId": "m1", "ref": "q"});
    assert_sent(room.send(BOB, question), &[one(BOB, answer)]);
}

#[test]
fn a_page_says_what_the_reader_has_reacted_with_and_nobody_else() {
    let mut room = chat("several");
    room.send(
        ALICE,
        json!({"type": "message", "messageId": "m2", "message": "x", "replyTo": "m1"}),
    );
    room.send(ALICE, message("m3"));
    room.send(BOB, react("👍"));
    room.send(BOB, react("🎉"));
    room.send(BOB, json!({"type": "react", "messageId": "m2", "emoji": "👎"}));
    let reply = json!({"type": "message", "messageId": "m4", "message": "x", "replyTo": "m1"});
    room.send(ALICE, reply);
    room.send(BOB, json!({"type": "react", "messageId": "m3", "emoji": "❤"}));
    let page = |room: &mut TestRoom, slot, frame: Value| told(room.send(slot, frame))[0].1.clone();
    let history = page(&mut room, BOB, json!({"type": "history"}));
    let expected = json!([
        {"seq": 1, "emoji": "👍"}, {"seq": 1, "emoji": "🎉"}, {"seq": 2, "emoji": "👎"},
        {"seq": 3, "emoji": "❤"},
    ]);
    assert_eq!(history["reacted"], expected);
    assert_eq!(page(&mut room, ALICE, json!({"type": "history"})).get("reacted"), None);
    assert_eq!(page(&mut room, BOB, json!({"type": "history", "limit": 1})).get("reacted"), None);
    // Seqs 2 and 7: the reaction to 3, which lies between, is not of this page.
    let thread = page(&mut room, BOB, json!({"type": "thread", "seq": 1}));
    assert_eq!(thread["reacted"], json!([{"seq": 2, "emoji": "👎"}]));
    assert_eq!(room.ask("history", &[]).unwrap().get("reacted"), None);
}

#[test]
fn an_emoji_is_short() {
    let mut room = chat("several");
    for emoji in ["", "a\nb", &"x".repeat(65)] {
        assert_refused(room.send(BOB, react(emoji)), BOB, "invalid-frame");
    }
    assert_refused(room.send(BOB, json!({"type": "react", "seq": 1})), BOB, "invalid-frame");
    assert_eq!(room.send(BOB, react(&"x".repeat(64))).len(), 2);
}

#[test]
fn a_message_has_at_most_fifty_different_emoji() {
    let mut room = chat("several");
    for n in 0..50 {
        assert_eq!(room.send(BOB, react(&format!("e{n}"))).len(), 2);
    }
    assert_refused(room.send(BOB, react("e50")), BOB, "limit-reached");
    assert_eq!(room.send(ALICE, react("e49")).len(), 2, "one that is there is no further one");
    room.send(BOB, take_back("e0"));
    assert_eq!(room.send(BOB, react("e50")).len(), 2);
}

#[test]
fn the_muted_do_not_react() {
    let mut room = chat("several");
    room.connect(Slot(2), admin(connection("r1", "root", "Root")));
    room.send(Slot(2), json!({"type": "mute", "userId": "bob"}));
    assert_refused(room.send(BOB, react("👍")), BOB, "muted");
}

#[test]
fn a_reaction_that_cannot_be_written_is_refused_and_stands_nowhere() {
    let mut room = chat("several");
    room.store.failing = true;
    assert_refused(room.send(BOB, react("👍")), BOB, "storage-failed");
    room.store.failing = false;
    assert_eq!(room.ask("history", &[]).unwrap()["messages"][0].get("reactions"), None);
    assert_eq!(told(room.send(BOB, react("👍")))[0].1["seq"], 2);
}
