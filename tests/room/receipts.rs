//! How far everybody has come: pointers, counts, and who is told.

use crate::support::*;
use durable_rooms::room::{Audience, Slot};
use serde_json::{Value, json};

const PHONE: Slot = Slot(2);

/// A chat of two in which Alice has said so much.
fn said(party: &str, count: u64) -> TestRoom {
    let mut room = TestRoom::of(party);
    room.connect(ALICE, alice());
    room.connect(BOB, bob());
    for n in 1..=count {
        room.send(ALICE, message(&format!("m{n}")));
    }
    room.now += 10_000;
    room
}

fn chat(count: u64) -> TestRoom {
    said(r#"{"kind":"chat"}"#, count)
}

fn read(seq: u64) -> Value {
    json!({"type": "read-receipt", "seq": seq})
}

fn delivered(seq: u64) -> Value {
    json!({"type": "delivered", "seq": seq})
}

fn update(user: &str, up_to: u64, status: &str) -> Value {
    json!({"type": "message-status-update", "userId": user, "upTo": up_to, "status": status})
}

/// What somebody is told about everybody.
fn receipts(room: &mut TestRoom, slot: Slot) -> Value {
    let [(to, frame)] = told(room.send(slot, json!({"type": "receipts", "ref": "q"})))
        .try_into()
        .expect("one answer");
    assert_eq!(to, Audience::One(slot));
    assert_eq!((&frame["type"], &frame["ref"]), (&json!("receipts"), &json!("q")));
    frame
}

#[test]
fn a_pointer_that_moves_is_told_at_once_while_it_is_quiet() {
    let mut room = chat(3);
    let by_id = json!({"type": "delivered", "messageId": "m2"});
    let mut expected = update("bob", 2, "delivered");
    expected["messageId"] = json!("m2");
    assert_sent(room.send(BOB, by_id), &[except(&[BOB], expected)]);
    assert_sent(room.send(BOB, read(3)), &[except(&[BOB], update("bob", 3, "read"))]);
}

#[test]
fn a_pointer_never_moves_back_and_what_was_read_was_delivered() {
    let mut room = chat(3);
    room.send(BOB, read(2));
    for frame in [read(2), read(1), delivered(2), delivered(1), read(0)] {
        assert_sent(room.send(BOB, frame), &[]);
    }
    assert_eq!(room.send(BOB, delivered(3)).len(), 1);
    let answer = receipts(&mut room, BOB);
    assert_eq!((&answer["read"], &answer["delivered"]), (&json!(2), &json!(3)));
}

#[test]
fn who_reads_on_one_device_has_read_on_the_others() {
    let mut room = chat(3);
    room.connect(PHONE, connection("b2", "bob", "Bob"));
    room.send(BOB, read(3));
    assert_sent(room.send(PHONE, read(3)), &[]);
    assert_eq!(receipts(&mut room, PHONE)["unread"], 0);
}

#[test]
fn under_load_the_pointers_of_a_window_are_told_together() {
    let mut room = chat(9);
    for n in 1..=4 {
        assert_eq!(room.send(BOB, read(n)).len(), 1);
    }
    for n in 5..=9 {
        assert_sent(room.send(BOB, read(n)), &[]);
    }
    assert_sent(room.send(ALICE, delivered(9)), &[]);
    assert_eq!(receipts(&mut room, BOB)["read"], 9, "who asks knows already");
    let from = room.now;
    let mut updates = [update("alice", 9, "delivered"), update("bob", 9, "read")];
    for update in &mut updates {
        update.as_object_mut().unwrap().remove("type");
    }
    let expected = json!({"type": "message-status-updates", "updates": updates});
    assert_sent(room.advance_to_deadline(), &[all(expected)]);
    assert_eq!(room.now, from + 250);
    assert_eq!(room.room.next_deadline(), None);
    room.sleep(&[(ALICE, alice()), (BOB, bob())]);
    assert_eq!(receipts(&mut room, BOB)["read"], 9, "it was kept");
}

#[test]
fn a_private_receipt_is_for_the_own_devices_only() {
    let mut room = chat(9);
    room.connect(PHONE, connection("b2", "bob", "Bob"));
    let private = |seq| json!({"type": "read-receipt", "seq": seq, "private": true});
    let expected = (Audience::Only(vec![PHONE]), update("bob", 3, "read"));
    assert_sent(room.send(BOB, private(3)), &[expected]);
    assert_eq!(receipts(&mut room, BOB)["read"], 3);
    let others = receipts(&mut room, ALICE);
    let bob = others["users"].as_array().unwrap().iter().find(|user| user["userId"] == "bob");
    assert_eq!(bob.unwrap()["read"], 0);
    for n in 4..=9 {
        room.send(BOB, private(n));
    }
    let expected = (Audience::Only(vec![BOB, PHONE]), update("bob", 9, "read"));
    assert_sent(room.advance_to_deadline(), &[expected]);
    assert_sent(room.send(BOB, read(2)), &[]);
}

#[test]
fn where_receipts_are_private_everybody_knows_about_themselves() {
    let mut room = said(r#"{"kind":"chat","receipts":"private"}"#, 9);
    assert_sent(room.send(BOB, read(3)), &[]);
    room.connect(PHONE, connection("b2", "bob", "Bob"));
    for n in 4..=6 {
        room.send(BOB, read(n));
    }
    assert_sent(room.send(BOB, delivered(8)), &[]);
    let expected = (Audience::Only(vec![BOB, PHONE]), update("bob", 8, "delivered"));
    assert_sent(room.advance_to_deadline(), &[expected]);
    let answer = receipts(&mut room, ALICE);
    assert_eq!((&answer["users"], &answer["unread"]), (&json!([]), &json!(0)));
    let answer = receipts(&mut room, PHONE);
    assert_eq!((&answer["read"], &answer["unread"]), (&json!(6), &json!(3)));
    let ids: Vec<_> =
        answer["users"].as_array().unwrap().iter().map(|user| user["userId"].clone()).collect();
    assert_eq!(ids, ["bob"]);
}

#[test]
fn where_receipts_are_off_nothing_is_taken_told_or_kept() {
    let mut room = said(r#"{"kind":"chat","receipts":"off"}"#, 3);
    for frame in [read(1), delivered(1), json!({"type": "receipts"})] {
        assert_refused(room.send(BOB, frame), BOB, "not-enabled");
    }
    assert_eq!(room.ask("receipts", &[]), Err("not-enabled"));
    room.close(BOB);
    room.close(ALICE);
    assert_eq!(durable_rooms::store::Store::members(&room.store, 9), Ok(vec![]));
}

#[test]
fn unread_are_the_messages_of_others_after_what_was_read() {
    let mut room = chat(2);
    room.send(BOB, message("b1"));
    let mentions = json!({"mentions": ["bob", "bob", "nobody"]});
    let frame = json!({"type": "message", "messageId": "m3", "message": "@bob", "meta": mentions});
    room.send(ALICE, frame);
    room.send(ALICE, json!({"type": "edit", "messageId": "m3", "message": "@Bob"}));
    room.send(ALICE, json!({"type": "react", "messageId": "m3", "emoji": "👍"}));
    let counts = |answer: Value| (answer["unread"].clone(), answer["mentions"].clone());
    assert_eq!(counts(receipts(&mut room, BOB)), (json!(3), json!(1)));
    assert_eq!(counts(receipts(&mut room, ALICE)), (json!(1), json!(0)));
    room.send(BOB, read(2));
    assert_eq!(counts(receipts(&mut room, BOB)), (json!(1), json!(1)));
    room.send(BOB, read(4));
    assert_eq!(counts(receipts(&mut room, BOB)), (json!(0), json!(0)));
}

#[test]
fn who_mentions_themselves_is_not_told_of_it() {
    let mut room = chat(0);
    let meta = json!({"mentions": ["alice"]});
    room.send(ALICE, json!({"type": "message", "message": "me", "meta": meta}));
    assert_eq!(receipts(&mut room, ALICE)["mentions"], 0);
}

#[test]
fn a_meta_of_another_shape_mentions_nobody_and_too_many_are_refused() {
    let mut room = chat(0);
    let mentioning = |mentions: Value| json!({"type": "message", "message": "x", "meta": {"mentions": mentions}});
    for shape in [json!(7), json!("bob"), json!([7]), json!({"bob": true})] {
        assert_eq!(room.send(ALICE, mentioning(shape)).len(), 2);
    }
    assert_eq!(receipts(&mut room, BOB)["mentions"], 0);
    let many = |count: u32| mentioning((0..count).map(|n| json!(format!("u{n}"))).collect());
    assert_eq!(room.send(ALICE, many(50)).len(), 2);
    assert_refused(room.send(ALICE, many(51)), ALICE, "limit-reached");
}

#[test]
fn unread_messages_are_counted_up_to_a_thousand() {
    let rates = r#"{"rates":{"messages":{"burst":9999,"perSecond":1},
        "connection":{"burst":9999,"perSecond":1}}}"#;
    let mut room = TestRoom::limited(r#"{"kind":"chat"}"#, rates);
    room.connect(ALICE, alice());
    for n in 0..1002 {
        room.send(ALICE, message(&format!("m{n}")));
    }
    room.connect(BOB, bob());
    assert_eq!(receipts(&mut room, BOB)["unread"], 1000);
    room.send(BOB, read(3));
    assert_eq!(receipts(&mut room, BOB)["unread"], 999);
}

#[test]
fn the_latest_come_first_and_who_has_gone_was_last_seen() {
    let mut room = chat(3);
    room.send(BOB, read(1));
    room.now += 1000;
    room.send(ALICE, read(3));
    room.now += 1000;
    room.connect(PHONE, connection("c1", "carol", "Carol"));
    room.now += 1000;
    room.close(PHONE);
    room.close(BOB);
    let gone = room.now + 3000;
    room.advance_to_deadline();
    let users = receipts(&mut room, ALICE)["users"].clone();
    let expected = json!([
        {"userId": "bob", "username": "Bob", "delivered": 1, "read": 1, "lastSeen": gone},
        {"userId": "carol", "username": "Carol", "delivered": 0, "read": 0, "lastSeen": gone},
        {"userId": "alice", "username": "Alice", "delivered": 3, "read": 3},
    ]);
    assert_eq!(users, expected);
    room.sleep(&[(ALICE, alice())]);
    assert_eq!(receipts(&mut room, ALICE)["users"], expected);
}

#[test]
fn a_message_that_nobody_sent_cannot_be_read() {
    let mut room = chat(1);
    for frame in [read(2), delivered(2), json!({"type": "delivered", "messageId": "nope"})] {
        assert_refused(room.send(BOB, frame), BOB, "unknown-message");
    }
    assert_refused(room.send(BOB, json!({"type": "delivered"})), BOB, "invalid-frame");
}
