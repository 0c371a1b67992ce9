//! Who is in a chat room, and who is told.

use crate::support::*;
use durable_rooms::codes::CloseCode;
use durable_rooms::room::{Input, Slot};
use serde_json::json;

fn welcome(connection: &str, user: &str) -> serde_json::Value {
    json!({
        "type": "welcome", "connectionId": connection, "userId": user, "role": "user",
        "epoch": "memory", "seq": 0, "recovered": false, "serverTime": START,
        "limits": {"frameBytes": 65536, "historyPage": 50, "historyPageMax": 300, "typingMs": 3000},
    })
}

fn online(users: &[(&str, &str)]) -> serde_json::Value {
    let users: Vec<_> =
        users.iter().map(|(id, name)| json!({"userId": id, "username": name})).collect();
    json!({"type": "online-users", "users": users})
}

#[test]
fn a_newcomer_is_greeted_and_the_others_are_told() {
    let mut room = TestRoom::chat();
    assert_sent(
        room.connect(ALICE, alice()),
        &[
            one(ALICE, welcome("a1", "alice")),
            one(ALICE, online(&[("alice", "Alice")])),
            except(
                &[ALICE],
                json!({
                    "type": "user-joined", "userId": "alice", "username": "Alice",
                    "totalUsers": 1, "timestamp": START,
                }),
            ),
        ],
    );
    assert_sent(
        room.connect(BOB, bob()),
        &[
            one(BOB, welcome("b1", "bob")),
            one(BOB, online(&[("alice", "Alice"), ("bob", "Bob")])),
            except(
                &[BOB],
                json!({
                    "type": "user-joined", "userId": "bob", "username": "Bob",
                    "totalUsers": 2, "timestamp": START,
                }),
            ),
        ],
    );
}

#[test]
fn second_tab_of_same_user_is_not_a_join_and_closing_it_is_not_a_leave() {
    let mut room = TestRoom::chat_of_two();
    let second_tab = Slot(2);
    assert_sent(
        room.connect(second_tab, connection("a2", "alice", "Alice")),
        &[
            one(second_tab, welcome("a2", "alice")),
            one(
                second_tab,
                json!({"type": "online-users", "users": [
                    {"userId": "alice", "username": "Alice", "devices": 2},
                    {"userId": "bob", "username": "Bob"},
                ]}),
            ),
            all(json!({
                "type": "user-updated", "userId": "alice", "username": "Alice",
                "devices": 2, "timestamp": START,
            })),
        ],
    );
    assert_sent(room.close(second_tab), &[]);
    assert_sent(
        room.advance_to_deadline(),
        &[all(json!({
            "type": "user-updated", "userId": "alice", "username": "Alice",
            "timestamp": START + 3000,
        }))],
    );
}

#[test]
fn the_last_connection_of_a_user_is_a_leave() {
    let mut room = TestRoom::chat_of_two();
    room.connect(Slot(2), connection("b2", "bob", "Bob"));
    assert_sent(room.close(BOB), &[]);
    assert_sent(room.close(Slot(2)), &[]);
    assert_sent(
        room.advance_to_deadline(),
        &[all(json!({
            "type": "user-left", "userId": "bob", "username": "Bob",
            "totalUsers": 1, "timestamp": START + 3000,
        }))],
    );
    assert_sent(room.close(Slot(2)), &[]);
}

#[test]
fn the_last_socket_with_a_connection_id_wins_without_a_leave_or_a_join() {
    let mut room = TestRoom::chat_of_two();
    let again = Slot(2);
    assert_sent(
        room.connect(again, bob()),
        &[
            one(again, welcome("b1", "bob")),
            one(again, online(&[("alice", "Alice"), ("bob", "Bob")])),
            closed(BOB, CloseCode::Superseded),
        ],
    );
    // The earlier socket's close event comes later, and its frames may still be under way.
    assert_sent(room.close(BOB), &[]);
    assert_sent(room.send(BOB, json!({"type": "message", "message": "late"})), &[]);
    assert_sent(room.close(again), &[]);
    assert_eq!(room.advance_to_deadline().len(), 1, "the newer one was still the user's");
}

#[test]
fn somebody_else_with_the_same_connection_id_is_a_leave_and_a_join() {
    let mut room = TestRoom::chat_of_two();
    let effects = room.connect(MALLORY, connection("b1", "mallory", "Mallory"));
    assert_sent(
        effects,
        &[
            one(MALLORY, welcome("b1", "mallory")),
            one(MALLORY, online(&[("alice", "Alice"), ("mallory", "Mallory")])),
            all(json!({
                "type": "user-left", "userId": "bob", "username": "Bob",
                "totalUsers": 2, "timestamp": START,
            })),
            except(
                &[MALLORY],
                json!({
                    "type": "user-joined", "userId": "mallory", "username": "Mallory",
                    "totalUsers": 2, "timestamp": START,
                }),
            ),
            closed(BOB, CloseCode::Superseded),
        ],
    );
}

#[test]
fn a_socket_closed_for_a_giant_frame_leaves_like_any_other() {
    let mut room = TestRoom::chat_of_two();
    let effects = room.handle(Input::Oversized { slot: BOB, hard: true });
    let [error, rest @ ..] = effects.as_slice() else { panic!("nothing happened") };
    assert_refused(vec![error.clone()], BOB, "message-too-large");
    assert_sent(
        rest.to_vec(),
        &[
            all(json!({
                "type": "user-left", "userId": "bob", "username": "Bob",
                "totalUsers": 1, "timestamp": START,
            })),
            closed(BOB, CloseCode::TooBig),
        ],
    );
}
