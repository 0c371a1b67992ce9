//! How much a room takes, and what happens to who sends more.

use crate::support::*;
use durable_rooms::access::grant::TokenLimits;
use durable_rooms::access::rate::Rate;
use durable_rooms::room::{Effect, Input, Slot};
use serde_json::{Value, json};

fn message(n: u32) -> Value {
    json!({"type": "message", "messageId": format!("m{n}"), "message": "x"})
}

/// The first frame of what came back.
fn answer(effects: &[Effect]) -> Value {
    match effects.first() {
        Some(Effect::Send { frames, .. }) => serde_json::from_str(&frames[0]).unwrap(),
        other => panic!("no answer: {other:?}"),
    }
}

#[test]
fn a_burst_of_64_messages_passes_and_the_next_is_told_how_long_to_wait() {
    let mut room = TestRoom::chat_of_two();
    for n in 0..64 {
        assert_eq!(answer(&room.send(ALICE, message(n)))["type"], "ack");
    }
    let effects = room.send(ALICE, message(64));
    let refused = answer(&effects);
    assert_eq!(refused["code"], "rate-limited");
    assert_eq!(refused["retryable"], true);
    assert_eq!(refused["ref"], "m64");
    assert_eq!(refused["retryAfterMs"], 100);
    assert_eq!(effects.len(), 1, "nobody else notices");
    room.now += 100;
    assert_eq!(answer(&room.send(ALICE, message(64)))["type"], "ack");
}

#[test]
fn limits_go_by_user_and_not_by_connection() {
    let mut room = TestRoom::chat_of_two();
    let phone = Slot(2);
    room.connect(phone, connection("a2", "alice", "Alice"));
    for n in 0..32 {
        room.send(ALICE, message(n));
        room.send(phone, message(100 + n));
    }
    assert_eq!(answer(&room.send(phone, message(99)))["code"], "rate-limited");
    assert_eq!(answer(&room.send(BOB, message(1)))["type"], "ack", "Bob has his own");
}

#[test]
fn reconnecting_does_not_fill_the_bucket() {
    let mut room = TestRoom::chat_of_two();
    for n in 0..64 {
        room.send(ALICE, message(n));
    }
    room.close(ALICE);
    room.connect(Slot(7), connection("a9", "alice", "Alice"));
    assert_eq!(answer(&room.send(Slot(7), message(99)))["code"], "rate-limited");
}

#[test]
fn guests_go_on_at_sixty_a_minute() {
    let mut room = TestRoom::chat();
    room.connect(ALICE, connection("g1", "guest:1", "Guest"));
    for n in 0..64 {
        room.send(ALICE, message(n));
    }
    assert_eq!(answer(&room.send(ALICE, message(64)))["retryAfterMs"], 1000);
}

#[test]
fn who_does_not_stop_is_closed_and_has_left() {
    let mut room = TestRoom::chat_of_two();
    let mut errors = 0;
    for n in 0..10_000 {
        let effects = room.send(MALLORY, message(n));
        assert_sent(effects, &[]);
        let effects = room.send(BOB, message(n));
        if effects.is_empty() {
            break;
        }
        if answer(&effects)["type"] == "error" {
            errors += 1;
        }
        if let [_, Effect::Close { .. }, ..] = effects.as_slice() {
            assert_sent(
                effects.into_iter().skip(1).collect(),
                &[
                    closed(BOB, durable_rooms::codes::CloseCode::RateLimited),
                    all(json!({
                        "type": "user-left", "userId": "bob", "username": "Bob",
                        "totalUsers": 1, "timestamp": START,
                    })),
                ],
            );
        }
    }
    assert_eq!(errors, 51);
}

#[test]
fn a_connection_that_sends_anything_too_fast_is_stopped_before_it_is_read() {
    let mut room = TestRoom::chat_of_two();
    let codes: Vec<_> = (0..201).map(|_| answer(&room.text(ALICE, "{"))["code"].clone()).collect();
    assert_eq!(codes[199], "invalid-json");
    assert_eq!(codes[200], "rate-limited");
}

#[test]
fn frames_that_are_not_read_count_as_well() {
    for input in
        [|| Input::Binary { slot: ALICE }, || Input::Oversized { slot: ALICE, hard: false }]
    {
        let mut room = TestRoom::chat_of_two();
        let closed_after = (1..1000).find(|_| {
            let effects = room.handle(input());
            effects.iter().any(|effect| matches!(effect, Effect::Close { .. }))
        });
        assert_eq!(closed_after, Some(251), "200 answered, 50 told to wait, and one too many");
    }
}

#[test]
fn typing_and_history_have_limits_of_their_own() {
    let mut room = TestRoom::chat_of_two();
    for _ in 0..20 {
        room.send(ALICE, json!({"type": "typing"}));
        room.send(ALICE, json!({"type": "history"}));
    }
    assert_eq!(answer(&room.send(ALICE, json!({"type": "typing"})))["code"], "rate-limited");
    assert_eq!(answer(&room.send(ALICE, json!({"type": "history"})))["code"], "rate-limited");
    assert_eq!(room.send(ALICE, message(1)).len(), 3, "messages still pass, and end the typing");
}

#[test]
fn a_token_may_carry_limits_of_its_own() {
    let mut room = TestRoom::chat();
    let mut bot = connection("bot", "bot", "Bot");
    let rate = Rate { burst: 100_000, per_second: 100_000 };
    bot.grant.limits = Some(TokenLimits { messages: Some(rate) });
    room.connect(ALICE, bot);
    for n in 0..5_000 {
        assert_eq!(answer(&room.send(ALICE, message(n)))["type"], "ack");
    }
}
