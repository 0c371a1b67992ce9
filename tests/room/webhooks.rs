use crate::support::*;
use durable_rooms::room::{Connection, Delivery, Effect, Input, Outcome, Transport};
use durable_rooms::store::{OutboxStore, Store};
use serde_json::{Value, json};

const PARTY: &str = r#"{"kind":"chat","webhook":{"url":"https://app.example/hook"}}"#;
const SECOND: u64 = 1000;
const HOUR: u64 = 3600 * SECOND;

fn only(events: &str) -> TestRoom {
    let webhook = format!(r#"{{"url":"https://app.example/hook","events":{events}}}"#);
    TestRoom::of(&format!(r#"{{"kind":"chat","webhook":{webhook}}}"#))
}

/// The one delivery among effects.
#[track_caller]
fn delivery(effects: &[Effect]) -> Delivery {
    let deliveries = deliveries(effects);
    assert_eq!(deliveries.len(), 1, "{effects:?}");
    deliveries[0].clone()
}

/// What a body tells, in a word or two.
fn summary(body: &str) -> String {
    let Value::Object(body) = serde_json::from_str(body).unwrap() else { panic!("{body}") };
    let data = &body["data"];
    let kind = body["type"].as_str().unwrap();
    let what = match kind {
        "messages.appended" => {
            let messages = data["messages"].as_array().unwrap();
            let seqs = messages.iter().map(|frame| frame["seq"].to_string());
            seqs.collect::<Vec<_>>().join(",")
        }
        "member.joined" | "member.left" => {
            format!("{} {}", data["userId"].as_str().unwrap(), data["totalUsers"])
        }
        _ => String::new(),
    };
    format!("{kind} {what}").trim().to_owned()
}

/// Accepts what is delivered, and what is delivered then, until there is nothing more.
fn accept_all(room: &mut TestRoom, effects: &[Effect]) -> Vec<String> {
    let mut accepted = Vec::new();
    let mut waiting = deliveries(effects);
    while let Some(Delivery { id, body, .. }) = waiting.pop() {
        assert_eq!(waiting, [], "one at a time");
        accepted.push(summary(&body));
        waiting = deliveries(&room.answer(&id, Outcome::Accepted));
    }
    accepted
}

fn refused(error: &str) -> Outcome {
    Outcome::Failed { error: error.to_owned(), retry_after_ms: None }
}

fn send(room: &mut TestRoom, id: &str) -> Vec<Effect> {
    room.send(ALICE, message(id))
}

#[test]
fn a_webhook_is_signed_and_says_where_and_when() {
    let mut room = only(r#"["member.joined"]"#);
    let Delivery { id, by, body } = delivery(&room.connect(ALICE, alice()));
    let Transport::Webhook { url, timestamp, signature } = by else { panic!("{by:?}") };
    assert_eq!(url.as_str(), "https://app.example/hook");
    assert_eq!(timestamp, START / SECOND);
    assert!(signature.starts_with("v1,") && signature.len() == 47, "{signature}");
    assert!(id.starts_with("msg_") && id.len() == 36, "{id}");
    assert_eq!(
        serde_json::from_str::<Value>(&body).unwrap(),
        json!({
            "type": "member.joined", "timestamp": "2025-10-09T08:53:20.000Z",
            "data": {
                "party": "test", "room": "r1", "epoch": "memory",
                "userId": "alice", "username": "Alice", "totalUsers": 1,
            },
        })
    );
}

#[test]
fn everything_is_told_in_the_order_in_which_it_happened() {
    let mut room = TestRoom::of(PARTY);
    let mut effects = room.connect(ALICE, alice());
    effects.extend(send(&mut room, "m1"));
    effects.extend(room.connect(BOB, bob()));
    effects.extend(send(&mut room, "m2"));
    effects.extend(send(&mut room, "m3"));
    effects.extend(room.close(BOB));
    room.now += 3 * SECOND;
    effects.extend(room.handle(Input::DeadlineReached));
    effects.extend(room.close(ALICE));
    room.now += 3 * SECOND;
    effects.extend(room.handle(Input::DeadlineReached));
    assert_eq!(
        accept_all(&mut room, &effects),
        [
            "room.occupied",
            "member.joined alice 1",
            "messages.appended 1",
            "member.joined bob 2",
            "messages.appended 2,3",
            "member.left bob 1",
            "member.left alice 0",
            "room.vacated",
        ]
    );
    assert_eq!(room.room.webhooks().waiting, 0);
    assert_eq!(room.room.deadlines().assured, None);
}

#[test]
fn messages_are_told_as_they_stand_in_the_log() {
    let mut room = only(r#"["messages.appended"]"#);
    room.connect(ALICE, alice());
    let first = delivery(&send(&mut room, "m1"));
    let body: Value = serde_json::from_str(&first.body).unwrap();
    assert_eq!(body["data"]["messages"], json!([new_message(&room, &alice(), "m1", 1)]));
    room.send(ALICE, json!({"type": "edit", "messageId": "m1", "message": "y"}));
    room.publish(json!({"type": "T", "payload": 1, "persist": true}));
    let next = delivery(&room.answer(&first.id, Outcome::Accepted));
    let body: Value = serde_json::from_str(&next.body).unwrap();
    let types = body["data"]["messages"].as_array().unwrap().iter().map(|frame| &frame["type"]);
    assert_eq!(types.collect::<Vec<_>>(), ["message-edited", "T"]);
}

#[test]
fn a_reload_tells_nothing() {
    let mut room = TestRoom::of(PARTY);
    let effects = room.connect(ALICE, alice());
    accept_all(&mut room, &effects);
    let mut effects = room.close(ALICE);
    room.now += 2 * SECOND;
    effects.extend(room.handle(Input::DeadlineReached));
    effects.extend(room.connect(ALICE, alice()));
    room.now += 60 * SECOND;
    effects.extend(room.handle(Input::DeadlineReached));
    assert_eq!(deliveries(&effects), []);
}

#[test]
fn a_second_device_is_nobody_new() {
    let mut room = TestRoom::of(PARTY);
    let effects = room.connect(ALICE, alice());
    assert_eq!(accept_all(&mut room, &effects), ["room.occupied", "member.joined alice 1"]);
    let mut effects = room.connect(BOB, connection("a2", "alice", "Alice"));
    effects.extend(room.close(BOB));
    room.now += 60 * SECOND;
    effects.extend(room.handle(Input::DeadlineReached));
    assert_eq!(deliveries(&effects), []);
}

#[test]
fn somebody_who_is_sent_away_has_left_at_once() {
    let mut room = only(r#"["member.left"]"#);
    room.connect(MALLORY, connection("m", "mallory", "Mallory"));
    room.connect(ALICE, admin(alice()));
    let effects = room.send(ALICE, json!({"type": "kick", "userId": "mallory"}));
    assert_eq!(accept_all(&mut room, &effects), ["member.left mallory 1"]);
}

#[test]
fn only_what_is_wanted_is_told() {
    for (events, expected) in [
        (r#"["room.occupied"]"#, vec!["room.occupied"]),
        (r#"["room.vacated"]"#, vec!["room.vacated"]),
        (r#"["messages.appended"]"#, vec!["messages.appended 1"]),
        (r#"["room.deleted"]"#, vec!["room.deleted"]),
    ] {
        let mut room = only(events);
        let mut effects = room.connect(ALICE, alice());
        effects.extend(send(&mut room, "m1"));
        effects.extend(room.close(ALICE));
        room.now += 3 * SECOND;
        effects.extend(room.handle(Input::DeadlineReached));
        let mut told = accept_all(&mut room, &effects);
        let effects = room.wipe();
        told.extend(accept_all(&mut room, &effects));
        assert_eq!(told, expected, "{events}");
    }
}

#[test]
fn a_party_without_webhook_tells_nobody_and_keeps_nothing() {
    let mut room = TestRoom::chat_of_two();
    let effects = send(&mut room, "m1");
    assert_eq!(deliveries(&effects), []);
    assert_eq!(room.store.attendees().unwrap(), []);
    assert_eq!(room.store.lanes().unwrap(), []);
    assert_eq!(room.room.webhooks().waiting, 0);
}

#[test]
fn whoever_begins_to_be_told_is_not_told_of_the_past() {
    let mut room = TestRoom::chat_of_two();
    send(&mut room, "m1");
    room.reconfigure(PARTY);
    room.wake(&[(ALICE, alice())]);
    let mut effects = room.advance_to_deadline();
    effects.extend(send(&mut room, "m2"));
    let told = accept_all(&mut room, &effects);
    assert_eq!(told, ["room.occupied", "member.joined alice 1", "messages.appended 2"]);
    // Nor of what happened while it was not to be told.
    room.reconfigure(r#"{"kind":"chat"}"#);
    room.wake(&[(ALICE, alice())]);
    send(&mut room, "m3");
    room.reconfigure(PARTY);
    room.wake(&[]);
    assert_eq!(room.room.webhooks().waiting, 0);
}

#[test]
fn a_failed_attempt_is_repeated_later_and_later_under_the_same_id() {
    let mut room = only(r#"["messages.appended"]"#);
    room.connect(ALICE, alice());
    let first = delivery(&send(&mut room, "m1"));
    let mut pauses = Vec::new();
    let mut attempt = first.clone();
    for _ in 0..14 {
        assert_eq!(deliveries(&room.answer(&attempt.id, refused("answered 500"))), []);
        let before = room.now;
        attempt = delivery(&room.advance_to_deadline());
        pauses.push(room.now - before);
        assert_eq!((&attempt.id, &attempt.body), (&first.id, &first.body));
        let Transport::Webhook { timestamp, .. } = attempt.by else { panic!() };
        assert_eq!(timestamp, room.now / SECOND, "the time is that of the attempt");
    }
    for (n, pause) in pauses.iter().enumerate() {
        let full = (SECOND << n).min(HOUR);
        assert!(*pause <= full && *pause >= full / 5 * 4, "{pauses:?}");
    }
    assert_eq!(accept_all(&mut room, &[Effect::Deliver(attempt)]), ["messages.appended 1"]);
}

#[test]
fn a_receiver_that_asks_for_patience_gets_it() {
    let mut room = only(r#"["messages.appended"]"#);
    room.connect(ALICE, alice());
    let first = delivery(&send(&mut room, "m1"));
    let error = "answered 429".to_owned();
    room.answer(&first.id, Outcome::Failed { error, retry_after_ms: Some(90_000) });
    assert_eq!(room.room.next_deadline().map(|at| at.as_millis()), Some(START + 90_000));
    room.now += 89_999;
    assert_eq!(deliveries(&room.handle(Input::DeadlineReached)), []);
    delivery(&room.advance_to_deadline());
}

#[test]
fn a_repetition_tells_of_the_same_entries_however_many_came_since() {
    let mut room = only(r#"["messages.appended"]"#);
    room.connect(ALICE, alice());
    let first = delivery(&send(&mut room, "m1"));
    send(&mut room, "m2");
    room.wake(&[(ALICE, alice())]);
    let again = delivery(&room.handle(Input::DeadlineReached));
    assert_eq!((&again.id, &again.body), (&first.id, &first.body));
    assert_eq!(
        accept_all(&mut room, &[Effect::Deliver(again)]),
        ["messages.appended 1", "messages.appended 2"]
    );
}

#[test]
fn an_attempt_of_which_nothing_is_heard_has_failed() {
    let mut room = only(r#"["messages.appended"]"#);
    room.connect(ALICE, alice());
    let first = delivery(&send(&mut room, "m1"));
    assert!(room.room.deadlines().assured.is_some(), "an alarm outlives the process");
    room.advance_to_deadline();
    assert!(room.now >= START + 15 * SECOND);
    let again = delivery(&room.advance_to_deadline());
    assert_eq!(again.id, first.id);
    assert_eq!(room.answer("msg_of_somebody_else", Outcome::Accepted), []);
    assert_eq!(accept_all(&mut room, &[Effect::Deliver(again)]), ["messages.appended 1"]);
}

#[test]
fn one_delivery_tells_of_a_hundred_entries_at_most_and_not_of_too_many_bytes() {
    let mut room = TestRoom::limited(
        r#"{"kind":"chat","webhook":{"url":"https://a.example","events":["messages.appended"]}}"#,
        r#"{"rates":{"messages":{"burst":1000,"perSecond":1000},"connection":{"burst":1000,"perSecond":1000}}}"#,
    );
    room.connect(ALICE, alice());
    let mut effects = send(&mut room, "m0");
    for n in 1..=150 {
        effects.extend(send(&mut room, &format!("m{n}")));
    }
    let long = "x".repeat(60_000);
    for n in 0..6 {
        let frame = json!({"type": "message", "messageId": format!("long{n}"), "message": long});
        effects.extend(room.send(ALICE, frame));
    }
    let told = accept_all(&mut room, &effects);
    let counts: Vec<_> = told.iter().map(|one| one.split(',').count()).collect();
    assert_eq!(counts, [1, 100, 54, 2]);
}

/// Waits for the next attempt.
fn next_delivery(room: &mut TestRoom) -> Delivery {
    loop {
        let effects = room.advance_to_deadline();
        if !deliveries(&effects).is_empty() {
            return delivery(&effects);
        }
    }
}

/// Fails what is delivered until something is given up.
fn until_given_up(room: &mut TestRoom, mut attempt: Delivery) -> Vec<Effect> {
    loop {
        let effects = room.answer(&attempt.id, refused("answered 503"));
        if effects.iter().any(|effect| matches!(effect, Effect::Warn { .. })) {
            return effects;
        }
        attempt = next_delivery(room);
    }
}

#[test]
fn what_fails_for_a_day_becomes_a_dead_letter_and_the_lane_goes_on() {
    let mut room = only(r#"["messages.appended"]"#);
    room.connect(ALICE, alice());
    let first = delivery(&send(&mut room, "m1"));
    let effects = until_given_up(&mut room, first.clone());
    assert_eq!(room.now, START + 24 * HOUR, "the last attempt is at the very end");
    assert!(!format!("{effects:?}").contains("\\\"x\\\""), "no text of a message is logged");
    let shown = room.ask("webhooks", &[]).unwrap();
    assert_eq!((&shown["waiting"], &shown["lastError"]), (&json!(0), &json!("answered 503")));
    let [dead] = shown["dead"].as_array().unwrap().as_slice() else { panic!("{shown}") };
    assert_eq!(dead["id"], first.id);
    assert_eq!((&dead["type"], &dead["at"]), (&json!("messages.appended"), &json!(START)));
    assert_eq!((&dead["error"], &dead["to"]), (&json!("answered 503"), &json!(null)));
    assert!(dead["attempts"].as_u64() > Some(24), "{dead}");
    send(&mut room, "m2");
    let next = room.advance_to_deadline();
    assert_eq!(accept_all(&mut room, &next), ["messages.appended 2"]);
    let shown = room.ask("webhooks", &[]).unwrap();
    assert_eq!((&shown["attempts"], &shown["lastError"]), (&json!(0), &json!(null)));
}

#[test]
fn what_happened_while_nothing_got_through_has_a_day_of_its_own() {
    let mut room = only(r#"["messages.appended"]"#);
    room.connect(ALICE, alice());
    let first = delivery(&send(&mut room, "m1"));
    room.now += HOUR;
    send(&mut room, "m2");
    until_given_up(&mut room, first);
    assert_eq!(room.now, START + 24 * HOUR);
    let second = next_delivery(&mut room);
    until_given_up(&mut room, second);
    assert_eq!(room.now, START + 25 * HOUR);
}

#[test]
fn dead_letters_are_told_again_when_an_operator_says_so() {
    let mut room = only(r#"["messages.appended"]"#);
    room.connect(ALICE, alice());
    let first = delivery(&send(&mut room, "m1"));
    until_given_up(&mut room, first.clone());
    send(&mut room, "m2");
    let (replayed, effects) = room.replay(json!({"ids": ["msg_nothing"]}));
    assert_eq!((replayed, deliveries(&effects)), (0, Vec::new()));
    let (replayed, _) = room.replay(json!({}));
    assert_eq!(replayed, 1);
    room.sleep(&[(ALICE, alice())]);
    let mut told = Vec::new();
    let mut next = deliveries(&room.advance_to_deadline());
    while let Some(Delivery { id, body, .. }) = next.pop() {
        told.push((id.clone(), summary(&body)));
        next = deliveries(&room.answer(&id, Outcome::Accepted));
    }
    let summaries: Vec<_> = told.iter().map(|(_, summary)| summary.as_str()).collect();
    assert_eq!(summaries, ["messages.appended 2", "messages.appended 1"]);
    assert_eq!(told[1].0, first.id, "known by the same id");
    assert_eq!(room.ask("webhooks", &[]).unwrap()["dead"], json!([]));
}

#[test]
fn a_thousand_dead_letters_are_kept() {
    let mut room = TestRoom::limited(
        PARTY,
        r#"{"webhookGiveUpMs":1,"rates":{"messages":{"burst":5000,"perSecond":5000},"connection":{"burst":5000,"perSecond":5000}}}"#,
    );
    room.connect(ALICE, alice());
    for n in 0..1005 {
        send(&mut room, &format!("m{n}"));
        while room.room.webhooks().waiting > 0 {
            room.now += SECOND;
            let effects = room.handle(Input::DeadlineReached);
            for Delivery { id, .. } in deliveries(&effects) {
                room.now += SECOND;
                room.answer(&id, refused("answered 503"));
            }
            room.now += 30 * SECOND;
        }
    }
    assert_eq!(room.room.webhooks().dead, 1000);
    assert_eq!(room.store.dead_letter_count().unwrap(), 1000);
    assert_eq!(room.ask("webhooks", &[]).unwrap()["dead"].as_array().unwrap().len(), 300);
}

#[test]
fn nothing_is_swept_that_was_not_told_yet() {
    let mut room = TestRoom::of(
        r#"{"kind":"events","persist":true,"retention":{"entries":10},
            "webhook":{"url":"https://a.example","events":["messages.appended"]}}"#,
    );
    let effects = room.publish(json!({"type": "T", "payload": 1})).1;
    let first = delivery(&effects);
    for _ in 0..150 {
        room.publish(json!({"type": "T", "payload": 1}));
    }
    for _ in 0..3 {
        room.handle(Input::DeadlineReached);
        assert_eq!(room.store.position().unwrap().floor.get(), 0);
        let next = room.room.next_deadline().unwrap().as_millis();
        assert!(next > room.now, "it does not try all the time");
    }
    let second = delivery(&room.answer(&first.id, Outcome::Accepted));
    room.answer(&second.id, Outcome::Accepted);
    room.now += 60 * SECOND;
    room.handle(Input::DeadlineReached);
    assert_eq!(room.store.position().unwrap().floor.get(), 101, "what is told may go");
}

#[test]
fn a_room_that_is_emptied_tells_that_alone() {
    let mut room = TestRoom::of(PARTY);
    room.connect(ALICE, alice());
    let effects = send(&mut room, "m1");
    assert_eq!(deliveries(&effects), [], "the first is still under way");
    let effects = room.wipe();
    let Delivery { body, .. } = delivery(&effects);
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["data"], json!({"party": "test", "room": "r1", "epoch": "memory"}));
    assert_eq!(accept_all(&mut room, &effects), ["room.deleted"]);
    let mut effects = room.connect(ALICE, alice());
    effects.extend(send(&mut room, "m2"));
    assert_eq!(
        accept_all(&mut room, &effects),
        ["room.occupied", "member.joined alice 1", "messages.appended 1"]
    );
}

#[test]
fn an_erased_user_is_in_no_dead_letter() {
    let mut room = TestRoom::of(PARTY);
    let first = delivery(&room.connect(ALICE, alice()));
    until_given_up(&mut room, first);
    let second = next_delivery(&mut room);
    until_given_up(&mut room, second);
    let types = |room: &mut TestRoom| {
        let dead = room.ask("webhooks", &[]).unwrap()["dead"].clone();
        let types = dead.as_array().unwrap().iter().map(|one| one["type"].to_string());
        types.collect::<Vec<_>>()
    };
    assert_eq!(types(&mut room), ["\"member.joined\"", "\"room.occupied\""]);
    room.erase("alice");
    assert_eq!(types(&mut room), ["\"room.occupied\""]);
    assert_eq!(room.room.webhooks().dead, 1);
}

#[test]
fn those_who_do_not_come_back_after_a_crash_have_left() {
    let mut room = TestRoom::of(PARTY);
    let mut effects = room.connect(ALICE, alice());
    effects.extend(room.connect(BOB, bob()));
    accept_all(&mut room, &effects);
    // Something wakes the room even if nobody comes.
    assert!(room.room.deadlines().lasting.is_some_and(|at| at.as_millis() <= START + HOUR));
    room.wake(&[]);
    assert!(room.room.deadlines().assured.is_some());
    let effects = room.connect(BOB, bob());
    assert_eq!(deliveries(&effects), []);
    room.now += 15 * SECOND;
    let effects = room.handle(Input::DeadlineReached);
    assert_eq!(accept_all(&mut room, &effects), ["member.left alice 1"]);
    room.now += HOUR;
    assert_eq!(deliveries(&room.handle(Input::DeadlineReached)), []);
}

#[test]
fn what_cannot_be_written_down_is_told_once_it_can() {
    let mut room = TestRoom::of(PARTY);
    room.store.failing = true;
    assert_eq!(deliveries(&room.connect(ALICE, alice())), []);
    room.store.failing = false;
    let effects = room.advance_to_deadline();
    assert_eq!(accept_all(&mut room, &effects), ["room.occupied", "member.joined alice 1"]);
}

#[test]
fn people_whom_nobody_sees_are_not_told_of() {
    use durable_rooms::access::Capability;
    let mut room = TestRoom::of(PARTY);
    let unseen: Connection = restricted(alice(), &[Capability::Join]);
    let mut effects = room.connect(ALICE, unseen);
    effects.extend(room.close(ALICE));
    room.now += HOUR;
    effects.extend(room.handle(Input::DeadlineReached));
    assert_eq!(deliveries(&effects), []);
}
