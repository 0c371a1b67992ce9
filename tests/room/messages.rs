//! Sending: order, acks, repeats, and what is refused.

use crate::support::*;
use durable_rooms::access::Capability;
use durable_rooms::room::{Input, Slot};
use serde_json::json;

fn hello(id: &str) -> serde_json::Value {
    json!({"type": "message", "messageId": id, "message": "Hello"})
}

#[test]
fn a_message_is_acked_to_its_sender_and_sent_to_everybody() {
    let mut room = TestRoom::chat_of_two();
    assert_sent(
        room.send(ALICE, hello("m1")),
        &[
            one(ALICE, json!({"type": "ack", "messageId": "m1", "seq": 1, "timestamp": START})),
            all(json!({
                "type": "new-message", "messageId": "m1", "message": "Hello",
                "userId": "alice", "username": "Alice", "timestamp": START, "seq": 1,
            })),
        ],
    );
}

#[test]
fn reply_and_meta_are_passed_on_as_they_are() {
    let mut room = TestRoom::chat_of_two();
    let effects = room.text(
        ALICE,
        r#"{"type":"message","messageId":"m1","message":"é\n","replyTo":"m0","meta":{"n":1.50}}"#,
    );
    let sent = format!("{effects:?}");
    assert!(sent.contains(r#"\"replyTo\":\"m0\",\"meta\":{\"n\":1.50}"#), "{sent}");
}

#[test]
fn seq_is_dense_and_counts_everybodys_messages() {
    let mut room = TestRoom::chat_of_two();
    for (expected, sender) in (1..).zip([ALICE, BOB, BOB, ALICE]) {
        room.now += 1;
        let effects = room.send(sender, hello(&format!("m{expected}")));
        assert!(format!("{effects:?}").contains(&format!(r#"\"seq\":{expected}"#)));
    }
}

#[test]
fn a_repeated_message_is_acked_with_its_first_seq_and_not_sent_again() {
    let mut room = TestRoom::chat_of_two();
    room.send(ALICE, hello("m1"));
    room.send(ALICE, hello("m2"));
    room.now += 5000;
    assert_sent(
        room.send(ALICE, hello("m1")),
        &[one(
            ALICE,
            json!({
                "type": "ack", "messageId": "m1", "seq": 1, "timestamp": START, "duplicate": true,
            }),
        )],
    );
    let effects = room.send(BOB, hello("m1"));
    assert!(format!("{effects:?}").contains(r#"\"seq\":3"#), "Bob's m1 is another message");
}

#[test]
fn a_message_without_id_gets_one() {
    let mut room = TestRoom::chat_of_two();
    let effects = room.send(ALICE, json!({"type": "message", "message": "Hello"}));
    assert_sent(
        effects,
        &[
            one(
                ALICE,
                json!({
                    "type": "ack", "messageId": "memory-1", "seq": 1, "timestamp": START,
                }),
            ),
            all(json!({
                "type": "new-message", "messageId": "memory-1", "message": "Hello",
                "userId": "alice", "username": "Alice", "timestamp": START, "seq": 1,
            })),
        ],
    );
}

#[test]
fn a_message_that_cannot_be_written_is_neither_acked_nor_sent_and_leaves_no_gap() {
    let mut room = TestRoom::chat_of_two();
    room.store.failing = true;
    let effects = room.send(ALICE, hello("m1"));
    let text = format!("{effects:?}");
    assert_refused(effects, ALICE, "storage-failed");
    assert!(text.contains(r#"\"retryable\":true,\"ref\":\"m1\""#), "{text}");
    room.store.failing = false;
    let effects = room.send(ALICE, hello("m1"));
    assert_eq!(told(effects)[0].1["seq"], 1);
}

#[test]
fn bad_frames_are_refused_with_a_code_and_the_room_lives() {
    let mut room = TestRoom::chat_of_two();
    for (text, code) in [
        ("", "invalid-json"),
        ("{", "invalid-json"),
        ("hello", "invalid-json"),
        (r#"{"type":"message","message":"\ud800"}"#, "invalid-json"),
        (r#"{"type":"typing"} x"#, "invalid-json"),
        ("null", "invalid-frame"),
        ("7", "invalid-frame"),
        (r#"["message"]"#, "invalid-frame"),
        ("{}", "invalid-frame"),
        (r#"{"type":7}"#, "invalid-frame"),
        (r#"{"type":"message"}"#, "invalid-frame"),
        (r#"{"type":"message","message":7}"#, "invalid-frame"),
        (r#"{"type":"message","message":"x","messageId":""}"#, "invalid-frame"),
        (r#"{"type":"message","message":"x","messageId":"a\u0000b"}"#, "invalid-frame"),
        (r#"{"type":"message","message":"x","replyTo":7}"#, "invalid-frame"),
        (r#"{"type":"read-receipt"}"#, "invalid-frame"),
        (r#"{"type":"read-receipt","messageId":"nope"}"#, "unknown-message"),
        (r#"{"type":"history","limit":-1}"#, "invalid-frame"),
        (r#"{"type":"history","before":1,"after":1}"#, "invalid-frame"),
        (r#"{"type":"dance"}"#, "unknown-type"),
        (r#"{"type":"Message"}"#, "unknown-type"),
    ] {
        assert_refused(room.text(ALICE, text), ALICE, code);
    }
    assert_refused(room.handle(Input::Binary { slot: ALICE }), ALICE, "binary-not-supported");
    let oversized = room.handle(Input::Oversized { slot: ALICE, hard: false });
    assert_refused(oversized, ALICE, "message-too-large");
    assert_eq!(room.send(ALICE, hello("m1")).len(), 2);
}

#[test]
fn what_was_not_utf8_is_refused_but_the_escaped_character_passes() {
    let mut room = TestRoom::chat_of_two();
    let damaged = "{\"type\":\"message\",\"message\":\"a\u{fffd}b\"}";
    let effects = room.text(ALICE, damaged);
    assert_eq!(told(effects)[0].1["code"], "invalid-utf8");
    let meant = r#"{"type":"message","message":"a\ufffdb"}"#;
    assert!(format!("{:?}", room.text(ALICE, meant)).contains("a\u{fffd}b"));
}

#[test]
fn limits_hold_to_the_byte() {
    let mut room = TestRoom::chat_of_two();
    let frame = |bytes: usize| {
        let frame = hello("m1").to_string();
        frame.replace("Hello", &"x".repeat(bytes - frame.len() + "Hello".len()))
    };
    assert_refused(room.text(ALICE, &frame(65_537)), ALICE, "message-too-large");
    assert_eq!(room.text(ALICE, &frame(65_536)).len(), 2);

    let meta =
        |bytes: usize| json!({"type": "message", "message": "x", "meta": "x".repeat(bytes - 2)});
    assert_refused(room.send(ALICE, meta(1025)), ALICE, "message-too-large");
    assert_eq!(room.send(ALICE, meta(1024)).len(), 2);
}

#[test]
fn an_error_names_the_message_that_caused_it() {
    let mut room = TestRoom::chat_of_two();
    let effects = room.send(ALICE, json!({"type": "message", "messageId": "m1"}));
    assert!(format!("{effects:?}").contains(r#"\"ref\":\"m1\""#));
    let effects = room.send(ALICE, json!({"type": "message", "messageId": 7}));
    assert!(!format!("{effects:?}").contains("ref"));
}

#[test]
fn what_the_token_does_not_allow_is_refused() {
    let mut room = TestRoom::chat();
    room.connect(MALLORY, restricted(connection("m1", "mallory", "M"), &[Capability::Join]));
    for frame in [
        hello("m1"),
        json!({"type": "typing"}),
        json!({"type": "stop-typing"}),
        json!({"type": "read-receipt", "messageId": "m1"}),
        json!({"type": "history"}),
    ] {
        assert_refused(room.send(MALLORY, frame), MALLORY, "not-allowed");
    }
}

#[test]
fn a_slot_that_nobody_holds_does_nothing() {
    let mut room = TestRoom::chat_of_two();
    assert_sent(room.send(Slot(9), hello("m1")), &[]);
    assert_sent(room.close(Slot(9)), &[]);
}

#[test]
fn a_ping_comes_back_with_its_timestamp_whatever_it_is() {
    let mut room = TestRoom::chat_of_two();
    let ping = json!({"type": "ping", "timestamp": 17.5});
    assert_sent(room.send(ALICE, ping), &[one(ALICE, json!({"type": "pong", "timestamp": 17.5}))]);
    assert_sent(room.send(ALICE, json!({"type": "ping"})), &[one(ALICE, json!({"type": "pong"}))]);
}

#[test]
fn a_read_receipt_reaches_everybody_but_the_connection_that_sent_it() {
    let mut room = TestRoom::chat_of_two();
    room.send(ALICE, hello("m1"));
    room.send(ALICE, hello("m2"));
    assert_sent(
        room.send(BOB, json!({"type": "read-receipt", "messageId": "m2"})),
        &[except(
            &[BOB],
            json!({
                "type": "message-status-update", "userId": "bob", "messageId": "m2",
                "upTo": 2, "status": "read",
            }),
        )],
    );
}
