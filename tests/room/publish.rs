//! Events of a backend, and the events kind of room.

use crate::support::*;
use durable_rooms::room::{Audience, Slot};
use serde_json::json;

fn event() -> serde_json::Value {
    json!({"type": "TASK_UPDATED", "payload": {"taskId": "t1"}})
}

fn envelope() -> serde_json::Value {
    json!({"type": "TASK_UPDATED", "payload": {"taskId": "t1"}, "timestamp": START})
}

fn project() -> TestRoom {
    let mut room = TestRoom::events();
    room.connect(ALICE, alice());
    room.connect(BOB, bob());
    room.connect(Slot(2), connection("b2", "bob", "Bob"));
    room
}

#[test]
fn presence_comes_as_user_joined_and_user_left() {
    let mut room = TestRoom::events();
    let payload = json!({"userId": "bob", "userName": "Bob", "projectId": "r1"});
    room.connect(ALICE, alice());
    assert_sent(
        room.connect(BOB, bob()),
        &[except(
            &[BOB],
            json!({
                "type": "USER_JOINED", "payload": payload, "timestamp": START,
            }),
        )],
    );
    assert_sent(room.connect(Slot(2), connection("b2", "bob", "Bob")), &[]);
    assert_sent(room.close(Slot(2)), &[]);
    assert_sent(room.close(BOB), &[]);
    assert_sent(
        room.advance_to_deadline(),
        &[all(json!({"type": "USER_LEFT", "payload": payload, "timestamp": START + 3000}))],
    );
}

#[test]
fn an_event_reaches_everybody() {
    let mut room = project();
    let (receipt, effects) = room.publish(event());
    assert_sent(effects, &[all(envelope())]);
    assert_eq!((receipt.seq, receipt.delivered), (None, 3));
}

#[test]
fn the_timestamp_of_the_backend_wins() {
    let mut room = project();
    let event = json!({"type": "T", "payload": null, "timestamp": 1234567890});
    let (_, effects) = room.publish(event.clone());
    assert_sent(effects, &[all(event)]);
}

#[test]
fn a_user_can_be_excluded_with_all_their_connections() {
    let mut room = project();
    let mut event = event();
    event["excludeUserId"] = json!("bob");
    let (receipt, effects) = room.publish(event);
    assert_sent(effects, &[except(&[BOB, Slot(2)], envelope())]);
    assert_eq!(receipt.delivered, 1);
}

#[test]
fn a_single_connection_can_be_excluded() {
    let mut room = project();
    let mut event = event();
    event["excludeConnectionId"] = json!("b2");
    let (receipt, effects) = room.publish(event);
    assert_sent(effects, &[except(&[Slot(2)], envelope())]);
    assert_eq!(receipt.delivered, 2);
}

#[test]
fn an_event_can_be_for_some_users_only() {
    let mut room = project();
    let mut event = event();
    event["onlyUserIds"] = json!(["bob", "nobody"]);
    let (receipt, effects) = room.publish(event.clone());
    assert_sent(effects, &[(Audience::Only(vec![BOB, Slot(2)]), envelope())]);
    assert_eq!(receipt.delivered, 2);

    event["excludeConnectionId"] = json!("b1");
    let (receipt, effects) = room.publish(event.clone());
    assert_sent(effects, &[(Audience::Only(vec![Slot(2)]), envelope())]);
    assert_eq!(receipt.delivered, 1);

    event["onlyUserIds"] = json!([]);
    let (receipt, effects) = room.publish(event);
    assert_sent(effects, &[]);
    assert_eq!(receipt.delivered, 0);
}

#[test]
fn excluding_who_is_not_here_excludes_nobody() {
    let mut room = project();
    let mut event = event();
    event["excludeUserId"] = json!("nobody");
    event["excludeConnectionId"] = json!("none");
    let (receipt, effects) = room.publish(event);
    assert_sent(effects, &[all(envelope())]);
    assert_eq!(receipt.delivered, 3);
}

#[test]
fn a_persisted_event_has_id_and_seq_and_is_in_the_history() {
    let mut room = project();
    let mut event = event();
    event["persist"] = json!(true);
    let (receipt, effects) = room.publish(event);
    let mut kept = envelope();
    kept["id"] = json!("event-1");
    kept["seq"] = json!(1);
    assert_sent(effects, &[all(kept.clone())]);
    assert_eq!(receipt.seq.map(|seq| seq.get()), Some(1));
    let page = json!({"type": "history", "messages": [kept], "hasMore": false});
    assert_sent(room.send(ALICE, json!({"type": "history"})), &[one(ALICE, page)]);
}

#[test]
fn a_party_can_persist_by_default_and_an_event_can_differ() {
    let mut room = TestRoom::of(r#"{"kind":"events","persist":true}"#);
    assert!(room.publish(event()).0.seq.is_some());
    let mut fleeting = event();
    fleeting["persist"] = json!(false);
    assert!(room.publish(fleeting).0.seq.is_none());
}

#[test]
fn clients_listen_and_do_not_publish() {
    let mut room = project();
    for frame in [event(), json!({"type": "message", "message": "x"}), json!({"type": "typing"})] {
        assert_refused(room.send(ALICE, frame), ALICE, "not-allowed");
    }
    assert_refused(room.text(ALICE, "{"), ALICE, "invalid-json");
    let ping = json!({"type": "ping", "timestamp": 1});
    assert_sent(room.send(ALICE, ping), &[one(ALICE, json!({"type": "pong", "timestamp": 1}))]);
}

#[test]
fn a_chat_room_takes_events_as_well() {
    let mut room = TestRoom::chat_of_two();
    let (receipt, effects) = room.publish(event());
    assert_sent(effects, &[all(envelope())]);
    assert_eq!((receipt.seq, receipt.delivered), (None, 2));
}
