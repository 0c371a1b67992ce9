//! Kick, ban, mute, slow mode, revocation: who may, what happens, what is kept.

use crate::support::*;
use durable_rooms::access::{Capability, Role};
use durable_rooms::codes::CloseCode;
use durable_rooms::room::{Connection, Effect, Slot};
use durable_rooms::store::Store;
use durable_rooms::time::Timestamp;
use serde_json::{Value, json};

fn moderator() -> Connection {
    let mut connection = connection("a1", "alice", "Alice");
    connection.grant.role = Role::Admin;
    connection.grant.capabilities = durable_rooms::access::Capabilities::default_of(Role::Admin);
    connection
}

fn room() -> TestRoom {
    let mut room = TestRoom::chat();
    room.connect(ALICE, moderator());
    room.connect(BOB, bob());
    room.connect(MALLORY, connection("m1", "mallory", "Mallory"));
    room
}

fn left(total: u32) -> Value {
    json!({
        "type": "user-left", "userId": "mallory", "username": "Mallory",
        "totalUsers": total, "timestamp": START + 1000,
    })
}

fn code(effects: &[Effect]) -> Value {
    match effects.first() {
        Some(Effect::Send { frames, .. }) => {
            serde_json::from_str::<Value>(&frames[0]).unwrap()["code"].clone()
        }
        other => panic!("no frame: {other:?}"),
    }
}

#[test]
fn a_kick_closes_all_connections_of_a_user_who_may_come_back() {
    let mut room = room();
    let phone = Slot(3);
    room.connect(phone, connection("m2", "mallory", "Mallory"));
    room.now += 1000;
    assert_sent(
        room.send(ALICE, json!({"type": "kick", "userId": "mallory", "reason": "spam"})),
        &[
            one(
                ALICE,
                json!({
                    "type": "moderated", "action": "kick", "userId": "mallory",
                    "reason": "spam", "closed": 2,
                }),
            ),
            all(json!({
                "type": "user-updated", "userId": "mallory", "username": "Mallory",
                "timestamp": START + 1000,
            })),
            all(left(2)),
            closed(MALLORY, CloseCode::Kicked),
            closed(phone, CloseCode::Kicked),
        ],
    );
    assert_eq!(told(room.connect(MALLORY, connection("m1", "mallory", "Mallory"))).len(), 3);
}

#[test]
fn a_single_connection_can_be_kicked() {
    let mut room = room();
    room.connect(Slot(3), connection("m2", "mallory", "Mallory"));
    let effects = room.send(ALICE, json!({"type": "kick", "connectionId": "m2"}));
    assert_eq!(told(effects).pop(), Some(closed(Slot(3), CloseCode::Kicked)));
}

#[test]
fn a_ban_outlives_reconnects_and_sleep_until_it_ends_or_is_lifted() {
    let mut room = room();
    let until = START + 60_000;
    room.send(ALICE, json!({"type": "ban", "userId": "mallory", "until": until}));
    let banned = |room: &mut TestRoom| {
        room.kept_out(&connection("m9", "mallory", "Mallory")) == Some("banned")
    };
    assert!(banned(&mut room));
    room.sleep(&[(ALICE, moderator()), (BOB, bob())]);
    assert!(banned(&mut room));
    room.now = until;
    assert!(!banned(&mut room));

    room.send(ALICE, json!({"type": "ban", "userId": "mallory"}));
    room.now += 1_000_000_000;
    assert!(banned(&mut room), "without an end it does not end");
    room.send(ALICE, json!({"type": "unban", "userId": "mallory"}));
    room.sleep(&[(ALICE, moderator())]);
    assert!(!banned(&mut room));
}

#[test]
fn the_muted_hear_and_do_not_speak() {
    let mut room = room();
    let until = START + 5000;
    assert_sent(
        room.send(ALICE, json!({"type": "mute", "userId": "mallory", "until": until})),
        &[
            (
                durable_rooms::room::Audience::Only(vec![MALLORY]),
                json!({
                    "type": "moderation", "action": "mute", "userId": "mallory",
                    "until": until, "closed": 0,
                }),
            ),
            one(
                ALICE,
                json!({
                    "type": "moderated", "action": "mute", "userId": "mallory",
                    "until": until, "closed": 0,
                }),
            ),
        ],
    );
    let message = json!({"type": "message", "messageId": "x", "message": "x"});
    let effects = room.send(MALLORY, message.clone());
    assert_eq!(code(&effects), "muted");
    assert!(format!("{effects:?}").contains(r#"\"retryAfterMs\":5000"#));
    room.sleep(&[(ALICE, moderator()), (MALLORY, connection("m1", "mallory", "Mallory"))]);
    assert_eq!(code(&room.send(MALLORY, message.clone())), "muted");
    room.now = until;
    assert_eq!(room.send(MALLORY, message.clone()).len(), 2);

    room.send(ALICE, json!({"type": "mute", "userId": "mallory"}));
    assert_eq!(told(room.send(MALLORY, message))[0].1["duplicate"], true, "it is kept already");
    let another = json!({"type": "message", "messageId": "y", "message": "x"});
    assert_eq!(code(&room.send(MALLORY, another.clone())), "muted");
    room.send(ALICE, json!({"type": "unmute", "userId": "mallory"}));
    assert_eq!(room.send(MALLORY, another).len(), 2);
}

#[test]
fn slow_mode_makes_users_wait_but_not_moderators() {
    let mut room = room();
    let effects = room.send(ALICE, json!({"type": "slow-mode", "seconds": 10}));
    assert_sent(
        effects.into_iter().take(1).collect(),
        &[all(json!({"type": "moderation", "action": "slow-mode", "seconds": 10, "closed": 0}))],
    );
    let say = |n: u32| json!({"type": "message", "messageId": format!("m{n}"), "message": "x"});
    assert_eq!(room.send(BOB, say(1)).len(), 2);
    room.now += 4000;
    let effects = room.send(BOB, say(2));
    assert_eq!(code(&effects), "muted");
    assert!(format!("{effects:?}").contains(r#"\"retryAfterMs\":6000"#));
    for n in 0..5 {
        assert_eq!(room.send(ALICE, say(n)).len(), 2);
    }
    room.now += 6000;
    assert_eq!(room.send(BOB, say(2)).len(), 2);
    room.send(ALICE, json!({"type": "slow-mode", "seconds": 0}));
    assert_eq!(room.send(BOB, say(3)).len(), 2);
}

#[test]
fn revoked_tokens_are_closed_and_refused_and_newer_ones_are_not() {
    let mut room = TestRoom::chat();
    let issued = |id: &str, at: Option<u64>| {
        let mut connection = connection(id, "mallory", "Mallory");
        connection.grant.issued_at = at.map(Timestamp::from_millis);
        connection
    };
    room.connect(ALICE, moderator());
    room.connect(BOB, issued("old", Some(START - 1)));
    room.connect(MALLORY, issued("new", Some(START)));
    let effects = room.send(ALICE, json!({"type": "revoke", "userId": "mallory"}));
    assert_eq!(told(effects).pop(), Some(closed(BOB, CloseCode::TokenEnded)));
    room.sleep(&[(ALICE, moderator())]);
    for (at, refused) in [(Some(START - 1), true), (None, true), (Some(START), false)] {
        let kept_out = room.kept_out(&issued("again", at)) == Some("unauthorized");
        assert_eq!(kept_out, refused, "issued {at:?}");
    }
}

#[test]
fn only_who_holds_the_capability_moderates() {
    let mut room = room();
    for action in ["kick", "ban", "unban", "mute", "unmute", "slow-mode", "revoke"] {
        let request = json!({"type": action, "userId": "bob", "seconds": 1});
        assert_refused(room.send(MALLORY, request), MALLORY, "not-allowed");
    }
    let trusted = restricted(connection("k1", "kim", "Kim"), &[Capability::Join, Capability::Kick]);
    room.connect(Slot(3), trusted);
    assert_refused(
        room.send(Slot(3), json!({"type": "ban", "userId": "bob"})),
        Slot(3),
        "not-allowed",
    );
    assert_eq!(room.send(Slot(3), json!({"type": "kick", "userId": "bob"})).len(), 3);
}

#[test]
fn a_request_that_lacks_its_target_is_refused() {
    let mut room = room();
    for request in [
        json!({"type": "kick"}),
        json!({"type": "ban"}),
        json!({"type": "mute", "connectionId": "m1"}),
        json!({"type": "slow-mode"}),
        json!({"type": "ban", "userId": ""}),
        json!({"type": "ban", "userId": "mallory", "until": "tomorrow"}),
        json!({"type": "ban", "userId": "mallory", "reason": "x".repeat(1025)}),
    ] {
        assert_refused(room.send(ALICE, request), ALICE, "invalid-frame");
    }
    assert!(room.store.rules().unwrap().is_empty());
    assert!(room.store.audit_trail(9).unwrap().is_empty());
}

#[test]
fn every_action_is_in_the_audit_trail() {
    let mut room = room();
    room.send(ALICE, json!({"type": "mute", "userId": "mallory", "reason": "loud"}));
    room.now += 1;
    room.send(ALICE, json!({"type": "kick", "userId": "mallory"}));
    let trail: Vec<Value> = room
        .store
        .audit_trail(10)
        .unwrap()
        .iter()
        .map(|entry| serde_json::from_str(entry).unwrap())
        .collect();
    assert_eq!(
        trail,
        [
            json!({
                "at": START + 1, "actor": "alice", "action": "kick", "userId": "mallory", "closed": 1,
            }),
            json!({
                "at": START, "actor": "alice", "action": "mute", "userId": "mallory",
                "reason": "loud", "closed": 0,
            }),
        ]
    );
}

#[test]
fn a_moderator_who_bans_himself_is_closed_without_an_answer() {
    let mut room = room();
    let effects = room.send(ALICE, json!({"type": "ban", "userId": "alice"}));
    assert_eq!(effects.len(), 2, "{effects:?}");
}

#[test]
fn slow_mode_is_about_messages_and_nothing_else() {
    let mut room = TestRoom::chat_of_two();
    room.connect(MALLORY, admin(connection("r1", "root", "Root")));
    room.send(MALLORY, json!({"type": "slow-mode", "seconds": 10}));
    room.send(ALICE, message("m1"));
    for frame in [
        json!({"type": "edit", "messageId": "m1", "message": "y"}),
        json!({"type": "react", "messageId": "m1", "emoji": "👍"}),
        json!({"type": "event", "name": "cursor", "payload": 1}),
    ] {
        let sent = told(room.send(ALICE, frame));
        assert!(sent.iter().all(|(_, frame)| frame["type"] != "error"), "{sent:?}");
    }
    assert_refused(room.send(ALICE, message("m2")), ALICE, "muted");
    room.send(BOB, json!({"type": "react", "messageId": "m1", "emoji": "👍"}));
    assert_eq!(room.send(BOB, message("b1")).len(), 2);
}
