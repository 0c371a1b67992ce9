//! Coming and going as the others see it: reloads make no noise, and crowds little.

use crate::support::*;
use durable_rooms::access::Capability;
use durable_rooms::codes::CloseCode;
use durable_rooms::room::{Audience, Effect, Input, Slot};
use serde_json::{Value, json};

const PHONE: Slot = Slot(2);

fn updated(room: &TestRoom, more: Value) -> (Audience, Value) {
    let mut frame = json!({
        "type": "user-updated", "userId": "alice", "username": "Alice", "timestamp": room.now,
    });
    frame.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all(frame)
}

fn left(room: &TestRoom, user: &str, name: &str, total: usize) -> (Audience, Value) {
    all(json!({
        "type": "user-left", "userId": user, "username": name, "totalUsers": total,
        "timestamp": room.now,
    }))
}

/// The users that a newcomer is shown.
fn listed(room: &mut TestRoom) -> Value {
    room.ask("presence", &[]).unwrap()["users"].clone()
}

/// A room of two, long after they came.
fn quiet() -> TestRoom {
    let mut room = TestRoom::chat_of_two();
    room.now += 10_000;
    room
}

#[test]
fn who_closes_is_here_for_three_more_seconds_and_whose_line_breaks_for_fifteen() {
    for (clean, grace) in [(true, 3000), (false, 15_000)] {
        let mut room = quiet();
        assert_sent(room.handle(Input::Closed { slot: BOB, clean }), &[]);
        assert_eq!(listed(&mut room).as_array().unwrap().len(), 2);
        let from = room.now;
        let effects = room.advance_to_deadline();
        assert_eq!(room.now, from + grace);
        assert_sent(effects, &[left(&room, "bob", "Bob", 1)]);
        assert_eq!(room.room.next_deadline(), None);
    }
}

#[test]
fn a_reload_makes_no_noise() {
    let mut room = quiet();
    room.close(BOB);
    room.now += 2999;
    let effects = room.connect(PHONE, connection("b2", "bob", "Bob"));
    assert!(told(effects).iter().all(|(to, _)| *to == Audience::One(PHONE)));
    assert_eq!(room.room.next_deadline(), None, "nobody is waited for");
}

#[test]
fn a_hundred_reloads_of_one_of_two_tabs_make_no_noise() {
    let mut room = quiet();
    room.connect(PHONE, connection("a2", "alice", "Alice"));
    room.now += 10_000;
    for n in 0..100 {
        assert_sent(room.close(PHONE), &[]);
        room.now += 200;
        let effects = room.connect(PHONE, connection(&format!("tab{n}"), "alice", "Alice"));
        assert!(told(effects).iter().all(|(to, _)| *to == Audience::One(PHONE)), "{n}");
    }
    assert_eq!(listed(&mut room)[0]["devices"], 2);
    assert_eq!(room.room.next_deadline(), None);
}

#[test]
fn a_reload_under_another_name_is_told() {
    let mut room = quiet();
    room.close(ALICE);
    let effects = room.connect(PHONE, connection("a2", "alice", "Alicia"));
    let last = told(effects).pop().unwrap();
    let expected = json!({
        "type": "user-updated", "userId": "alice", "username": "Alicia", "timestamp": room.now,
    });
    assert_eq!(last, all(expected));
}

#[test]
fn who_is_sent_away_has_left_at_once() {
    let expelled: [fn(&mut TestRoom) -> Vec<Effect>; 2] = [
        |room| room.send(PHONE, json!({"type": "ban", "userId": "bob"})),
        |room| room.send(PHONE, json!({"type": "kick", "userId": "bob"})),
    ];
    for expel in expelled {
        let mut room = quiet();
        room.connect(PHONE, admin(connection("r1", "root", "Root")));
        room.connect(Slot(3), connection("b2", "bob", "Bob"));
        room.now += 10_000;
        // A tab that was closed just before does not keep them here.
        room.close(Slot(3));
        let effects = expel(&mut room);
        assert!(told(effects).contains(&left(&room, "bob", "Bob", 2)));
        assert_eq!(listed(&mut room).as_array().unwrap().len(), 2);
        assert_eq!(room.room.next_deadline(), None);
    }
}

#[test]
fn whose_token_ends_has_left_at_once() {
    let mut room = quiet();
    let mut brief = connection("c1", "carol", "Carol");
    brief.grant.expires_at = Some(durable_rooms::time::Timestamp::from_millis(room.now + 60_000));
    room.connect(PHONE, brief);
    room.advance_to_deadline();
    let effects = room.advance_to_deadline();
    let expected = [left(&room, "carol", "Carol", 2), closed(PHONE, CloseCode::TokenEnded)];
    assert_sent(effects, &expected);
}

#[test]
fn devices_are_counted_and_the_most_present_one_tells_the_status() {
    let mut room = quiet();
    let effects = room.send(ALICE, json!({"type": "presence", "status": "away"}));
    let expected = updated(&room, json!({"status": "away"}));
    assert_eq!(told(effects)[0], expected);
    room.connect(PHONE, connection("a2", "alice", "Alice"));
    assert_eq!(listed(&mut room)[0], json!({"userId": "alice", "username": "Alice", "devices": 2}));
    room.send(PHONE, json!({"type": "presence", "status": "idle"}));
    assert_eq!(listed(&mut room)[0]["status"], "idle");
    room.close(PHONE);
    room.now += 3000;
    room.handle(Input::DeadlineReached);
    let expected = json!({"userId": "alice", "username": "Alice", "status": "away"});
    assert_eq!(listed(&mut room)[0], expected);
}

#[test]
fn the_meta_is_what_was_set_last_on_whatever_device() {
    let mut room = quiet();
    room.connect(PHONE, connection("a2", "alice", "Alice"));
    let mut set = |slot, frame: Value| {
        room.now += 1000;
        room.send(slot, frame);
        listed(&mut room)[0]["meta"].clone()
    };
    assert_eq!(
        set(ALICE, json!({"type": "presence", "meta": {"at": "desk"}})),
        json!({"at": "desk"})
    );
    assert_eq!(set(PHONE, json!({"type": "presence", "status": "idle"})), json!({"at": "desk"}));
    assert_eq!(set(PHONE, json!({"type": "presence", "meta": "bus"})), json!("bus"));
    assert_eq!(set(ALICE, json!({"type": "presence", "status": "away"})), json!("bus"));
    assert_eq!(set(ALICE, json!({"type": "presence", "meta": null})), Value::Null);
}

#[test]
fn what_a_device_said_about_itself_outlives_a_reload_and_sleep() {
    let mut room = quiet();
    let frame = json!({"type": "presence", "meta": {"at": "desk"}, "status": "idle"});
    let effects = room.send(ALICE, frame);
    let remembered = effects.into_iter().find_map(|effect| match effect {
        Effect::Remember { connection, .. } => Some(connection),
        _ => None,
    });
    room.sleep(&[(ALICE, remembered.unwrap()), (BOB, bob())]);
    room.close(ALICE);
    room.connect(PHONE, connection("a2", "alice", "Alice"));
    let expected =
        json!({"userId": "alice", "username": "Alice", "meta": {"at": "desk"}, "status": "idle"});
    assert_eq!(listed(&mut room)[0], expected);
}

#[test]
fn too_much_meta_is_refused() {
    let mut room = quiet();
    let frame = |bytes: usize| json!({"type": "presence", "meta": "x".repeat(bytes - 2)});
    assert_refused(room.send(ALICE, frame(1025)), ALICE, "message-too-large");
    assert_refused(
        room.send(ALICE, json!({"type": "presence", "status": "dead"})),
        ALICE,
        "invalid-frame",
    );
    assert_eq!(room.send(ALICE, frame(1024)).len(), 2);
}

#[test]
fn who_may_not_see_who_is_here_is_not_shown_either() {
    let mut room = quiet();
    let blind = restricted(connection("c1", "carol", "Carol"), &[Capability::Join]);
    let effects = room.connect(PHONE, blind);
    let types: Vec<_> = told(effects).iter().map(|(_, frame)| frame["type"].clone()).collect();
    assert_eq!(types, ["welcome"]);
    let users = listed(&mut room);
    let ids: Vec<_> = users.as_array().unwrap().iter().map(|user| &user["userId"]).collect();
    assert_eq!(ids, ["alice", "bob"]);
    let effects = room.connect(Slot(3), connection("d1", "dave", "Dave"));
    let (to, joined) = told(effects).pop().unwrap();
    assert_eq!((to, &joined["totalUsers"]), (Audience::Except(vec![PHONE, Slot(3)]), &json!(3)));
    assert_sent(room.close(PHONE), &[]);
    assert_eq!(room.room.next_deadline(), None);
}

#[test]
fn who_may_be_seen_on_coming_again_has_joined() {
    let mut room = quiet();
    room.connect(PHONE, restricted(connection("c1", "carol", "Carol"), &[Capability::Join]));
    room.now += 10_000;
    let sent = told(room.connect(Slot(3), connection("c1", "carol", "Carol")));
    assert!(sent.iter().any(|(_, frame)| frame["type"] == "user-joined"), "{sent:?}");
}

#[test]
fn a_new_token_with_another_name_is_told() {
    let mut room = quiet();
    let grant = connection("a1", "alice", "Alicia").grant;
    let sent = told(room.handle(Input::Renewed { slot: ALICE, outcome: Ok(grant) }));
    let expected = json!({
        "type": "user-updated", "userId": "alice", "username": "Alicia", "timestamp": room.now,
    });
    assert!(sent.contains(&all(expected)), "{sent:?}");
}

#[test]
fn when_the_last_one_goes_everybody_has_left() {
    let mut room = quiet();
    room.close(ALICE);
    assert_sent(room.close(BOB), &[]);
    assert_eq!(room.room.next_deadline(), None);
    let effects = room.connect(ALICE, alice());
    let joined = told(effects).pop().unwrap().1;
    assert_eq!((&joined["type"], &joined["totalUsers"]), (&json!("user-joined"), &json!(1)));
}
