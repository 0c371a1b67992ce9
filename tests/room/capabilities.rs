//! What a token does not allow, and what a party's options do not have.

use crate::support::*;
use durable_rooms::access::Capability;
use durable_rooms::room::Slot;
use serde_json::{Value, json};

const CAROL: Slot = Slot(2);

/// Every frame with the capability that it takes, made to succeed if it is there.
fn frames() -> Vec<(Capability, Value)> {
    vec![
        (Capability::Publish, message("c2")),
        (Capability::Publish, json!({"type": "event", "name": "wave", "payload": 1})),
        (Capability::Typing, json!({"type": "typing"})),
        (Capability::Typing, json!({"type": "stop-typing"})),
        (Capability::React, json!({"type": "react", "seq": 1, "emoji": "👍"})),
        (Capability::EditOwn, json!({"type": "edit", "seq": 2, "message": "y"})),
        (Capability::DeleteOwn, json!({"type": "delete", "seq": 2})),
        (Capability::EditAny, json!({"type": "edit", "seq": 1, "message": "y"})),
        (Capability::DeleteAny, json!({"type": "delete", "seq": 1})),
        (Capability::EditAny, json!({"type": "pin", "seq": 1})),
        (Capability::EditAny, json!({"type": "unpin", "seq": 1})),
        (Capability::History, json!({"type": "history"})),
        (Capability::History, json!({"type": "thread", "seq": 1})),
        (Capability::History, json!({"type": "search", "query": "x"})),
        (Capability::History, json!({"type": "pins"})),
        (Capability::History, json!({"type": "reactions", "seq": 1})),
        (Capability::Receipts, json!({"type": "read-receipt", "seq": 1})),
        (Capability::Receipts, json!({"type": "delivered", "seq": 1})),
        (Capability::Receipts, json!({"type": "receipts"})),
        (Capability::Presence, json!({"type": "presence", "status": "idle"})),
        (Capability::Kick, json!({"type": "kick", "userId": "nobody"})),
        (Capability::Ban, json!({"type": "ban", "userId": "nobody"})),
        (Capability::Ban, json!({"type": "unban", "userId": "nobody"})),
        (Capability::Ban, json!({"type": "revoke", "userId": "nobody"})),
        (Capability::Mute, json!({"type": "mute", "userId": "nobody"})),
        (Capability::Mute, json!({"type": "unmute", "userId": "nobody"})),
        (Capability::Mute, json!({"type": "slow-mode", "seconds": 0})),
    ]
}

/// A room where Alice has said `m1` and Carol `c1`, who then has just these capabilities.
fn with_carol(capabilities: &[Capability]) -> TestRoom {
    let mut room = TestRoom::of(r#"{"kind":"chat","search":true}"#);
    room.connect(ALICE, alice());
    room.connect(CAROL, connection("c1", "carol", "Carol"));
    room.send(ALICE, message("m1"));
    room.send(CAROL, message("c1"));
    room.close(CAROL);
    room.connect(CAROL, restricted(connection("c1", "carol", "Carol"), capabilities));
    room
}

#[test]
fn without_its_capability_no_frame_is_accepted() {
    let all = [
        Capability::Publish,
        Capability::History,
        Capability::Presence,
        Capability::Typing,
        Capability::React,
        Capability::EditOwn,
        Capability::DeleteOwn,
        Capability::EditAny,
        Capability::DeleteAny,
        Capability::Receipts,
        Capability::Broadcast,
        Capability::Kick,
        Capability::Ban,
        Capability::Mute,
        Capability::Export,
        Capability::Erase,
        Capability::Metrics,
    ];
    for (capability, mut frame) in frames() {
        let mut others: Vec<_> = all.into_iter().filter(|other| *other != capability).collect();
        others.push(Capability::Join);
        // Whoever may change anybody's messages may change their own.
        others.retain(|other| {
            let covering = match capability {
                Capability::EditOwn => Capability::EditAny,
                Capability::DeleteOwn => Capability::DeleteAny,
                _ => return true,
            };
            *other != covering
        });
        frame["ref"] = json!("r");
        let mut room = with_carol(&others);
        let effects = room.send(CAROL, frame.clone());
        assert_eq!(told(effects.clone())[0].1["ref"], "r", "{frame}");
        assert_refused(effects, CAROL, "not-allowed");
    }
}

#[test]
fn with_its_capability_alone_every_frame_is_accepted() {
    for (capability, frame) in frames() {
        let mut room = with_carol(&[Capability::Join, capability]);
        let sent = told(room.send(CAROL, frame.clone()));
        assert!(sent.iter().all(|(_, one)| one["type"] != "error"), "{frame}: {sent:?}");
        assert_eq!(sent.is_empty(), frame["type"] == "stop-typing", "{frame}");
    }
}

#[test]
fn what_a_party_does_not_have_is_refused() {
    for (options, frames) in [
        (
            r#""reactions":"off""#,
            vec![
                json!({"type": "react", "seq": 1, "emoji": "x"}),
                json!({"type": "reactions", "seq": 1}),
            ],
        ),
        (
            r#""receipts":"off""#,
            vec![
                json!({"type": "read-receipt", "seq": 1}),
                json!({"type": "delivered", "seq": 1}),
                json!({"type": "receipts"}),
            ],
        ),
        (r#""search":false"#, vec![json!({"type": "search", "query": "x"})]),
    ] {
        let mut room = TestRoom::of(&format!(r#"{{"kind":"chat",{options}}}"#));
        room.connect(ALICE, admin(alice()));
        room.send(ALICE, message("m1"));
        for frame in frames {
            let effects = room.send(ALICE, frame);
            assert_eq!(told(effects.clone())[0].1["retryable"], false);
            assert_refused(effects, ALICE, "not-enabled");
        }
    }
}

#[test]
fn among_events_clients_do_nothing_but_read() {
    let mut room = TestRoom::events();
    room.connect(CAROL, admin(connection("c1", "carol", "Carol")));
    for (_, frame) in frames() {
        let kind = frame["type"].as_str().unwrap().to_owned();
        let moderating = ["kick", "ban", "unban", "revoke", "mute", "unmute", "slow-mode"];
        if kind != "history" && !moderating.contains(&kind.as_str()) {
            assert_refused(room.send(CAROL, frame), CAROL, "not-allowed");
        }
    }
}

#[test]
fn an_event_reaches_the_other_connections_and_is_not_kept() {
    let mut room = TestRoom::chat_of_two();
    let frame = json!({"type": "event", "name": "cursor", "payload": {"x": 1}});
    let expected = json!({
        "type": "event", "name": "cursor", "payload": {"x": 1}, "userId": "alice",
        "username": "Alice", "timestamp": START,
    });
    assert_sent(room.send(ALICE, frame), &[except(&[ALICE], expected)]);
    assert_eq!(room.ask("position", &[]).unwrap()["seq"], 0);
    for bad in [
        json!({"type": "event", "payload": 1}),
        json!({"type": "event", "name": "x"}),
        json!({"type": "event", "name": "", "payload": 1}),
        json!({"type": "event", "name": "x".repeat(129), "payload": 1}),
    ] {
        assert_refused(room.send(ALICE, bad), ALICE, "invalid-frame");
    }
    let longest = json!({"type": "event", "name": "x".repeat(128), "payload": null});
    assert_eq!(room.send(ALICE, longest).len(), 1);
}
