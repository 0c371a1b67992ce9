//! What the HTTP API asks a room: the same as frames, without a connection.

use crate::support::*;
use durable_rooms::room::{Query, Topic};
use serde_json::{Value, json};

/// A chat of two with a message, a reply and a pin, and a receipt.
fn chat() -> TestRoom {
    let mut room = TestRoom::of(r#"{"kind":"chat","search":true}"#);
    room.connect(ALICE, alice());
    room.connect(BOB, admin(bob()));
    room.send(ALICE, message("m1"));
    let meta = json!({"mentions": ["bob"]});
    room.send(
        ALICE,
        json!({
            "type": "message", "messageId": "m2", "message": "x y", "replyTo": "m1", "meta": meta,
        }),
    );
    room.send(BOB, json!({"type": "pin", "seq": 1}));
    room.send(BOB, json!({"type": "read-receipt", "seq": 1}));
    room
}

#[test]
fn an_answer_is_the_same_as_to_a_frame() {
    let mut room = chat();
    for (below, parameters, frame) in [
        ("history", vec![], json!({})),
        ("history", vec![("before", "2")], json!({"before": 2})),
        ("history", vec![("after", "1"), ("limit", "1")], json!({"after": 1, "limit": 1})),
        ("history", vec![("beforeId", "m2")], json!({"beforeId": "m2"})),
        ("history", vec![("afterTime", "5")], json!({"afterTime": 5})),
        ("thread", vec![("messageId", "m1")], json!({"messageId": "m1"})),
        ("thread", vec![("seq", "1"), ("limit", "1")], json!({"seq": 1, "limit": 1})),
        ("search", vec![("query", "x y")], json!({"query": "x y"})),
        ("search", vec![("query", "5")], json!({"query": "5"})),
        ("pins", vec![], json!({})),
        ("receipts", vec![("userId", "bob")], json!({})),
    ] {
        let mut question = frame.clone();
        question["type"] = json!(below);
        let mut expected = told(room.send(BOB, question))[0].1.clone();
        expected.as_object_mut().unwrap().remove("type");
        assert_eq!(room.ask(below, &parameters), Ok(expected), "{below} {frame}");
    }
}

#[test]
fn receipts_of_a_user_are_counted_and_without_one_there_are_just_the_pointers() {
    let mut room = chat();
    let answer = room.ask("receipts", &[("userId", "bob")]).unwrap();
    let counts: Vec<_> =
        ["read", "delivered", "unread", "mentions"].map(|field| answer[field].clone()).into();
    assert_eq!(counts, [1, 1, 1, 1]);
    let unknown = room.ask("receipts", &[("userId", "nobody")]).unwrap();
    assert_eq!((&unknown["read"], &unknown["unread"]), (&json!(0), &json!(2)));
    let everybody = room.ask("receipts", &[]).unwrap();
    let users = json!([{"userId": "bob", "username": "Bob", "delivered": 1, "read": 1}]);
    assert_eq!(everybody, json!({"users": users, "hasMore": false}));
}

#[test]
fn a_room_tells_who_is_here_and_where_it_stands() {
    let mut room = chat();
    room.connect(MALLORY, connection("a2", "alice", "Alice"));
    let expected = json!({
        "users": [
            {"userId": "alice", "username": "Alice", "devices": 2},
            {"userId": "bob", "username": "Bob"},
        ],
        "totalUsers": 2, "connections": 3,
    });
    assert_eq!(room.ask("presence", &[]), Ok(expected));
    assert_eq!(room.ask("position", &[]), Ok(json!({"epoch": "memory", "seq": 3})));
    let stats = json!({"connections": 3, "users": 2, "epoch": "memory", "seq": 3, "firstSeq": 1});
    assert_eq!(room.ask("stats", &[]), Ok(stats));
}

#[test]
fn nobody_else_is_told_and_nothing_is_changed_by_a_question() {
    let mut room = chat();
    for below in ["history", "pins", "receipts", "position", "presence", "stats"] {
        let query =
            Query::read(Topic::find(below).unwrap(), std::iter::empty::<(&str, &str)>()).unwrap();
        let now = durable_rooms::time::Timestamp::from_millis(room.now);
        let (answer, effects) = room.room.query(now, &query, &mut room.store);
        assert!(answer.is_ok());
        assert_eq!(effects, durable_rooms::room::Effects::default());
    }
}

#[test]
fn parameters_that_make_no_sense_are_refused() {
    let mut room = chat();
    for (below, parameters) in [
        ("history", ("before", "x")),
        ("history", ("before", "-1")),
        ("history", ("before", "")),
        ("history", ("limit", "1.5")),
        ("history", ("limit", "4294967296")),
        ("history", ("afterTime", "yesterday")),
        ("history", ("beforeId", "")),
        ("history", ("before", "9007199254740992")),
        ("history", ("afterTime", "9007199254740992")),
        ("thread", ("limit", "1")),
        ("search", ("limit", "1")),
        ("receipts", ("userId", "")),
    ] {
        assert_eq!(room.ask(below, &[parameters]), Err("invalid-frame"), "{below} {parameters:?}");
    }
    let several = [("before", "1"), ("after", "1")];
    assert_eq!(room.ask("history", &several), Err("invalid-frame"));
    for parameters in [("seq", "9"), ("messageId", "nope")] {
        assert_eq!(room.ask("thread", &[parameters]), Err("unknown-message"));
    }
    assert_eq!(room.ask("history", &[("beforeId", "nope")]), Err("unknown-message"));
    assert_eq!(room.ask("history", &[("colour", "red")]).map(|_| ()), Ok(()));
}

#[test]
fn a_user_id_of_digits_is_an_id() {
    let mut room = TestRoom::chat();
    room.connect(ALICE, connection("c1", "7", "Seven"));
    room.send(ALICE, message("12"));
    room.send(ALICE, json!({"type": "read-receipt", "seq": 1}));
    assert_eq!(room.ask("receipts", &[("userId", "7")]).unwrap()["read"], 1);
    assert_eq!(room.ask("thread", &[("messageId", "12")]).unwrap()["messageSeq"], 1);
}

#[test]
fn a_room_of_events_has_no_threads() {
    let mut room = TestRoom::events();
    room.connect(ALICE, alice());
    room.publish(json!({"type": "T", "payload": 1, "persist": true}));
    for (below, parameters) in [
        ("thread", ("seq", "1")),
        ("search", ("query", "x")),
        ("pins", ("", "")),
        ("receipts", ("", "")),
    ] {
        assert_eq!(room.ask(below, &[parameters]), Err("not-enabled"), "{below}");
    }
    let history: Value = room.ask("history", &[]).unwrap();
    assert_eq!(history["messages"][0]["payload"], 1);
    assert_eq!(room.ask("presence", &[]).unwrap()["totalUsers"], 1);
}
