//! What a message costs in the core alone, without a runtime: `cargo bench --bench core`, or for counts that do not depend on
//! the machine's mood `valgrind --tool=callgrind target/release/deps/core-… --bench`.
//!
//! A chat of 50, of whom 20 write in turns, a message each 0.25 ms: groups of 20, as in a busy room. SQLite in memory.

#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::disallowed_methods)]
#![allow(clippy::wildcard_enum_match_arm)]

use std::time::Instant;

use durable_rooms::access::{Capabilities, Grant, Role};
use durable_rooms::config::Config;
use durable_rooms::ids::{ConnectionId, RoomName, UserId, Username};
use durable_rooms::room::{Connection, Effect, Effects, Input, Room, Settings, Slot};
use durable_rooms::time::Timestamp;

#[path = "../tests/store/native.rs"]
#[allow(dead_code)]
mod native;

const PEOPLE: u32 = 50;
const SENDERS: u32 = 20;
const BEGIN_MS: u64 = 1_760_000_000_000;

fn main() {
    let messages: u32 =
        std::env::var("MESSAGES").ok().map_or(20_000, |number| number.parse().unwrap());
    let vars = |name: &str| match name {
        "PARTIES" => Some(r#"{"chatroom":{"kind":"chat"}}"#.to_owned()),
        // Nobody is held back.
        "LIMITS" => Some(
            r#"{"rates":{"messages":{"burst":1000000,"perSecond":1000000},
                "connection":{"burst":1000000,"perSecond":1000000},
                "room":{"burst":1000000,"perSecond":1000000}}}"#
                .to_owned(),
        ),
        _ => None,
    };
    let config = Config::parse(vars).unwrap();
    let (party_name, party) = config.parties.first().unwrap();
    let name = RoomName::parse("bench").unwrap();
    let settings = Settings::new(&config, party_name, party, name);
    let mut store = native::Native::new().open();
    let mut now = BEGIN_MS;
    let mut room = Room::restore(settings, Timestamp::from_millis(now), &mut store, []).unwrap();
    for slot in (0..PEOPLE).map(Slot) {
        let input = Input::Connect { slot, connection: person(slot), since: None };
        let _ = room.handle(Timestamp::from_millis(now), input, &mut store);
    }
    let frames: Vec<String> = (0..messages)
        .map(|n| {
            format!(r#"{{"type":"message","messageId":"m-{n}","message":"{}"}}"#, "x".repeat(100))
        })
        .collect();

    let began = Instant::now();
    let mut deliveries = 0;
    for (n, text) in (0u32..).zip(&frames) {
        if n % 4 == 0 {
            now += 1;
        }
        let at = Timestamp::from_millis(now);
        let slot = Slot(n % SENDERS);
        let mut effects = room.handle(at, Input::Text { slot, text }, &mut store);
        deliveries += delivered(&effects);
        if effects.time_commit {
            effects = room.handle(at, Input::Committed, &mut store);
            deliveries += delivered(&effects);
        }
        if room.next_deadline().is_some_and(|deadline| deadline <= at) {
            let effects = room.handle(at, Input::DeadlineReached, &mut store);
            deliveries += delivered(&effects);
        }
    }
    deliveries += delivered(&room.flush(Timestamp::from_millis(now + 10), &mut store));
    let took = began.elapsed();
    assert_eq!(deliveries, messages as usize * PEOPLE as usize);
    let micros = took.as_secs_f64() * 1e6 / f64::from(messages);
    println!("{messages} messages to {PEOPLE}: {micros:.2} µs each in the core, SQLite included");
}

fn person(slot: Slot) -> Connection {
    let name = format!("user{}", slot.0);
    let grant = Grant {
        user_id: UserId::parse(name.as_str()).unwrap(),
        username: Username::parse(name.as_str()).unwrap(),
        role: Role::Guest,
        capabilities: Capabilities::default_of(Role::Guest),
        expires_at: None,
        issued_at: None,
        limits: None,
    };
    Connection::new(ConnectionId::parse(name.as_str()).unwrap(), grant, true)
}

/// How many messages these effects bring to people.
fn delivered(effects: &Effects) -> usize {
    let sends = effects.list.iter().filter_map(|effect| match effect {
        Effect::Send { frames, .. } => Some(frames),
        _ => None,
    });
    let frames = sends.flatten().filter(|frame| frame.starts_with(r#"{"type":"new-message""#));
    frames.count() * PEOPLE as usize
}
