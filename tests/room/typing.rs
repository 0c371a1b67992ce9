//! Who is typing: told at once, ended by itself, never kept.

use crate::support::*;
use durable_rooms::room::Slot;
use serde_json::json;

fn typing() -> serde_json::Value {
    json!({"type": "typing"})
}

fn starts(slots: &[Slot]) -> (durable_rooms::room::Audience, serde_json::Value) {
    except(slots, json!({"type": "user-typing", "userId": "alice", "username": "Alice"}))
}

fn stops(slots: &[Slot]) -> (durable_rooms::room::Audience, serde_json::Value) {
    except(slots, json!({"type": "user-stop-typing", "userId": "alice"}))
}

#[test]
fn typing_is_told_to_the_other_users_and_ends_after_three_seconds() {
    let mut room = TestRoom::chat_of_two();
    assert!(room.room.next_deadline().is_none());
    assert_sent(room.send(ALICE, typing()), &[starts(&[ALICE])]);
    assert_sent(room.advance_to_deadline(), &[stops(&[ALICE])]);
    assert_eq!(room.now, START + 3000);
    assert!(room.room.next_deadline().is_none(), "an idle room has no deadline");
}

#[test]
fn renewals_are_passed_on_once_a_second_and_put_the_end_off() {
    let mut room = TestRoom::chat_of_two();
    room.send(ALICE, typing());
    room.now += 999;
    assert_sent(room.send(ALICE, typing()), &[]);
    room.now += 1;
    assert_sent(room.send(ALICE, typing()), &[starts(&[ALICE])]);
    assert_sent(room.advance_to_deadline(), &[stops(&[ALICE])]);
    assert_eq!(room.now, START + 4000);
}

#[test]
fn a_deadline_that_comes_early_ends_nothing() {
    let mut room = TestRoom::chat_of_two();
    room.send(ALICE, typing());
    room.now += 2999;
    assert_sent(room.handle(durable_rooms::room::Input::DeadlineReached), &[]);
    assert_sent(room.advance_to_deadline(), &[stops(&[ALICE])]);
}

#[test]
fn stop_typing_ends_it_once() {
    let mut room = TestRoom::chat_of_two();
    room.send(ALICE, typing());
    assert_sent(room.send(ALICE, json!({"type": "stop-typing"})), &[stops(&[ALICE])]);
    assert_sent(room.send(ALICE, json!({"type": "stop-typing"})), &[]);
    assert!(room.room.next_deadline().is_none());
}

#[test]
fn sending_ends_typing() {
    let mut room = TestRoom::chat_of_two();
    room.send(ALICE, typing());
    let effects = room.send(ALICE, json!({"type": "message", "messageId": "m", "message": "x"}));
    assert_eq!(effects.len(), 3);
    assert_eq!(told(effects).pop(), Some(stops(&[ALICE])));
}

#[test]
fn a_message_that_is_refused_does_not_end_typing() {
    let mut room = TestRoom::chat_of_two();
    room.send(ALICE, typing());
    let effects = room.send(ALICE, json!({"type": "message", "messageId": "", "message": "x"}));
    assert_refused(effects, ALICE, "invalid-frame");
    assert!(room.room.next_deadline().is_some());
}

#[test]
fn closing_the_connection_that_typed_ends_it_though_the_user_stays() {
    let mut room = TestRoom::chat_of_two();
    let second_tab = Slot(2);
    room.connect(second_tab, connection("a2", "alice", "Alice"));
    assert_sent(room.send(second_tab, typing()), &[starts(&[ALICE, second_tab])]);
    assert_sent(room.close(second_tab), &[stops(&[ALICE])]);
}

#[test]
fn closing_another_connection_of_the_typist_does_not_end_it() {
    let mut room = TestRoom::chat_of_two();
    room.connect(Slot(2), connection("a2", "alice", "Alice"));
    room.send(ALICE, typing());
    assert_sent(room.close(Slot(2)), &[]);
    assert_eq!(told(room.advance_to_deadline())[0], stops(&[ALICE]));
    assert_eq!(room.now, START + 3000);
}

#[test]
fn leaving_ends_typing_before_the_leave() {
    let mut room = TestRoom::chat_of_two();
    room.send(ALICE, typing());
    assert_sent(room.close(ALICE), &[all(json!({"type": "user-stop-typing", "userId": "alice"}))]);
    assert_sent(
        room.advance_to_deadline(),
        &[all(json!({
            "type": "user-left", "userId": "alice", "username": "Alice",
            "totalUsers": 1, "timestamp": START + 3000,
        }))],
    );
}
