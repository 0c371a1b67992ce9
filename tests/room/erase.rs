//! Removing what somebody wrote, or everything.

use crate::support::*;
use durable_rooms::codes::CloseCode;
use durable_rooms::ids::UserId;
use durable_rooms::room::{Audience, Effect, Slot};
use durable_rooms::store::Store;
use durable_rooms::time::Timestamp;
use serde_json::{Value, json};

fn erase(room: &mut TestRoom, user: &str) -> (Option<usize>, Vec<Effect>) {
    let now = Timestamp::from_millis(room.now);
    let user = UserId::parse(user).unwrap();
    let (outcome, effects) = room.room.erase_user(now, "backend", &user, &mut room.store);
    (outcome.ok().map(|erased| erased.erased), effects.list)
}

fn wipe(room: &mut TestRoom) -> Vec<Effect> {
    let (outcome, effects) = room.room.wipe(Timestamp::from_millis(room.now), &mut room.store);
    outcome.unwrap();
    effects.list
}

/// Alice and Bob have talked and reacted, and Bob was edited by a moderator.
fn chat() -> TestRoom {
    let mut room = TestRoom::of(r#"{"kind":"chat","search":true}"#);
    room.connect(ALICE, alice());
    room.connect(BOB, connection("b1", "bob", "Robert"));
    room.send(ALICE, message("a1"));
    room.send(BOB, json!({
        "type": "message", "messageId": "b1", "message": "secret", "meta": "private", "replyTo": "a1",
    }));
    room.send(BOB, json!({"type": "edit", "messageId": "b1", "message": "a secret"}));
    for slot in [ALICE, BOB] {
        room.send(slot, json!({"type": "react", "messageId": "a1", "emoji": "👍"}));
    }
    room.send(BOB, json!({"type": "read-receipt", "seq": 1}));
    room.now += 1000;
    room
}

fn messages(room: &mut TestRoom) -> Value {
    room.ask("history", &[]).unwrap()["messages"].clone()
}

#[test]
fn what_somebody_wrote_goes_and_that_they_wrote_stays() {
    let mut room = chat();
    let (erased, effects) = erase(&mut room, "bob");
    assert_eq!(erased, Some(1));
    let notice = json!({"type": "user-erased", "userId": "bob", "timestamp": room.now, "seq": 6});
    assert_sent(effects, &[all(notice)]);
    let expected = json!([
        {
            "type": "new-message", "messageId": "a1", "message": "x", "userId": "alice",
            "username": "Alice", "timestamp": START, "seq": 1,
            "reactions": [{"emoji": "👍", "count": 1}],
        },
        {
            "type": "new-message", "messageId": "b1", "message": "", "userId": "bob",
            "username": "", "timestamp": START, "seq": 2, "replyTo": "a1", "deleted": true,
        },
    ]);
    assert_eq!(messages(&mut room), expected);
    assert_eq!(room.ask("search", &[("query", "secret")]).unwrap()["messages"], json!([]));
    assert_eq!(room.ask("search", &[("query", "x")]).unwrap()["messages"][0]["seq"], 1);
}

#[test]
fn neither_the_log_nor_who_comes_back_knows_more() {
    let mut room = chat();
    erase(&mut room, "bob");
    let log = room.store.log(durable_rooms::store::Seq::default(), 99).unwrap();
    let log = format!("{log:?}");
    for forgotten in ["secret", "private", "Robert"] {
        assert!(!log.contains(forgotten), "{forgotten}: {log}");
    }
    let sent = told(room.enter(MALLORY, connection("c1", "carol", "Carol"), Some("memory:0")));
    let types: Vec<_> = sent
        .iter()
        .filter(|(to, frame)| *to == Audience::One(MALLORY) && frame.get("seq").is_some())
        .map(|(_, frame)| frame["type"].as_str().unwrap())
        .collect();
    let expected = [
        "welcome",
        "new-message",
        "new-message",
        "message-edited",
        "reaction",
        "reaction",
        "user-erased",
    ];
    assert_eq!(types, expected);
}

#[test]
fn what_was_known_of_somebody_is_forgotten_even_while_they_are_here() {
    let mut room = chat();
    erase(&mut room, "bob");
    assert_eq!(room.store.members(9), Ok(vec![]));
    let receipts = told(room.send(BOB, json!({"type": "receipts"})))[0].1.clone();
    assert_eq!((&receipts["read"], &receipts["users"]), (&json!(0), &json!([])));
    room.send(BOB, json!({"type": "delivered", "seq": 1}));
    assert_eq!(room.ask("receipts", &[("userId", "bob")]).unwrap()["read"], 0);
}

#[test]
fn the_other_messages_of_a_room_stay_as_they_are() {
    let mut room = chat();
    let before = messages(&mut room)[0].clone();
    assert_eq!(erase(&mut room, "nobody").0, Some(0));
    assert_eq!(messages(&mut room)[0], before);
    let trail = room.store.audit_trail(9).unwrap();
    let expected = json!({
        "at": room.now, "actor": "backend", "action": "erase", "userId": "nobody", "erased": 0,
    });
    assert_eq!(serde_json::from_str::<Value>(&trail[0]).unwrap(), expected);
}

#[test]
fn long_histories_are_erased_to_the_end_and_who_was_erased_may_write_again() {
    let rates = r#"{"rates":{"messages":{"burst":9999,"perSecond":1},
        "connection":{"burst":9999,"perSecond":1}}}"#;
    let mut room = TestRoom::limited(r#"{"kind":"chat"}"#, rates);
    room.connect(ALICE, alice());
    for n in 0..700 {
        room.send(ALICE, message(&format!("m{n}")));
    }
    assert_eq!(erase(&mut room, "alice").0, Some(700));
    room.send(ALICE, message("new"));
    let page = room.ask("history", &[("limit", "300")]).unwrap();
    let alive = page["messages"].as_array().unwrap();
    let alive: Vec<_> = alive.iter().filter(|one| one.get("deleted").is_none()).collect();
    assert_eq!((alive.len(), &alive[0]["seq"]), (1, &json!(702)));
}

#[test]
fn an_erasure_that_cannot_be_written_has_removed_nothing() {
    let mut room = chat();
    let before = messages(&mut room);
    room.store.failing = true;
    assert_eq!(erase(&mut room, "bob"), (None, vec![]));
    assert_eq!(messages(&mut room), before);
}

#[test]
fn what_waits_to_be_written_is_erased_as_well() {
    let mut room = chat();
    room.send_raw(ALICE, message("a2"));
    room.send_raw(BOB, json!({"type": "message", "messageId": "b2", "message": "secret"}));
    assert_eq!(erase(&mut room, "bob").0, Some(2));
    assert!(!messages(&mut room).to_string().contains("secret"));
}

#[test]
fn a_wiped_room_sends_everybody_away_and_begins_anew() {
    let mut room = chat();
    let expected = [closed(ALICE, CloseCode::Resync), closed(BOB, CloseCode::Resync)];
    assert_sent(wipe(&mut room), &expected);
    assert_eq!(room.ask("position", &[]), Ok(json!({"epoch": "memory-1", "seq": 0})));
    assert_eq!(messages(&mut room), json!([]));
    let sent = told(room.enter(ALICE, alice(), Some("memory:2")));
    assert_eq!((&sent[0].1["epoch"], &sent[0].1["recovered"]), (&json!("memory-1"), &json!(false)),);
    assert_eq!(sent.last().unwrap().1["totalUsers"], 1);
    let again = told(room.send(ALICE, message("a1")));
    assert_eq!((&again[0].1["seq"], again.len()), (&json!(1), 2));
}

#[test]
fn nothing_of_before_is_known_in_a_wiped_room() {
    let mut room = chat();
    room.send(BOB, json!({"type": "read-receipt", "seq": 5}));
    room.send(ALICE, json!({"type": "typing"}));
    wipe(&mut room);
    assert_eq!(room.store.members(9), Ok(vec![]));
    room.enter(ALICE, alice(), None);
    room.enter(BOB, bob(), None);
    room.send(ALICE, message("a1"));
    let receipts = told(room.send(BOB, json!({"type": "receipts"})))[0].1.clone();
    assert_eq!((&receipts["read"], &receipts["unread"]), (&json!(0), &json!(1)));
    let ids = receipts["users"].as_array().unwrap().len();
    assert_eq!(ids, 0);
    assert_eq!(room.store.audit_trail(9), Ok(vec![]));
}

#[test]
fn those_who_were_leaving_a_wiped_room_leave_no_trace() {
    let mut room = chat();
    room.lose(BOB);
    wipe(&mut room);
    assert_eq!(room.room.next_deadline(), None);
    room.enter(Slot(3), connection("c1", "carol", "Carol"), None);
    assert_eq!(room.ask("presence", &[]).unwrap()["totalUsers"], 1);
}
