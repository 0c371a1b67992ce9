//! When a room is live, and what becomes of rows.

use durable_rooms::metrics::WebhookQueue;
use durable_rooms::time::Timestamp;

use crate::support::*;

#[test]
fn a_room_that_everybody_has_left_is_listed_for_ten_more_minutes() {
    let mut shards = Shards::one();
    shards.tell("chat/r", "a", active(1, 1, 1, START));
    shards.now += HOUR;
    assert_eq!(shards.names(&[]), ["chat/r"], "somebody is in");
    let left = shards.now;
    shards.tell("chat/r", "a", active(2, 0, 0, left));
    shards.now = left + 10 * MINUTE;
    assert_eq!(shards.names(&[]), ["chat/r"]);
    shards.now += 1;
    assert!(shards.names(&[]).is_empty());
    assert_eq!(shards.stats()["totals"]["rooms"], 0);
}

#[test]
fn a_room_that_was_only_asked_something_is_not_live() {
    let shards = Shards::one();
    shards.tell("chat/r", "a", report(1, 0, 0));
    assert!(shards.names(&[]).is_empty());
}

#[test]
fn a_room_with_webhooks_that_wait_or_are_dead_is_live() {
    let mut shards = Shards::one();
    for (room, waiting, dead) in [("chat/a", 1, 0), ("chat/b", 0, 1), ("chat/c", 0, 0)] {
        let mut told = report(1, 0, 0);
        told.webhooks = WebhookQueue { waiting, dead };
        shards.tell(room, "a", told);
    }
    shards.now += 24 * HOUR;
    assert_eq!(shards.shards[0].sweep(shards.now()), Ok(vec![]));
    assert_eq!(shards.names(&[]), ["chat/a", "chat/b"]);
    assert_eq!(shards.stats()["totals"]["webhooks"], serde_json::json!({"waiting": 1, "dead": 1}));
}

#[test]
fn since_is_when_the_room_came_to_be_live_and_sleep_changes_nothing_about_it() {
    let mut shards = Shards::one();
    let since = |shards: &Shards| shards.rooms(&[])["rooms"][0]["since"].as_u64();
    shards.tell("chat/r", "a", active(1, 1, 1, START));
    shards.now += HOUR;
    shards.tell("chat/r", "b", report(1, 1, 0));
    assert_eq!(since(&shards), Some(START));
    let room = shards.rooms(&[])["rooms"][0].clone();
    assert_eq!(room["lastActivity"], START, "waking is none");
    shards.tell("chat/r", "b", report(2, 0, 0));
    shards.now += HOUR;
    shards.tell("chat/r", "b", active(3, 1, 1, shards.now));
    assert_eq!(since(&shards), Some(shards.now));
}

#[test]
fn a_row_goes_an_hour_after_its_room_was_last_heard_of() {
    let mut shards = Shards::one();
    let rows = |shards: &Shards| shards.databases[0].number("SELECT count(*) FROM rooms");
    assert_eq!(shards.shards[0].next_sweep(shards.now()), Ok(None));
    shards.tell("chat/r", "a", active(1, 0, 1, START));
    let due = shards.shards[0].next_sweep(shards.now()).unwrap();
    assert_eq!(due, Some(Timestamp::from_millis(START + HOUR)));
    shards.now = START + HOUR - 1;
    shards.shards[0].sweep(shards.now()).unwrap();
    assert_eq!(rows(&shards), 1);
    shards.now += 1;
    shards.shards[0].sweep(shards.now()).unwrap();
    assert_eq!(rows(&shards), 0);
    assert_eq!(shards.shards[0].next_sweep(shards.now()), Ok(None));
    assert_eq!(shards.stats()["parties"]["chat"]["counters"]["received"], 1, "counts stay");
}

#[test]
fn rooms_that_are_silent_for_six_hours_are_asked_twenty_at_a_time() {
    let mut shards = Shards::one();
    for n in 0..30 {
        shards.tell(&format!("chat/r{n:02}"), "a", report(1, 1, 0));
        shards.now += 1;
    }
    let shard = &shards.shards[0];
    let at = |millis: u64| Timestamp::from_millis(millis);
    assert_eq!(shard.next_sweep(at(START)), Ok(Some(at(START + 6 * HOUR))));
    let now = at(START + 6 * HOUR + 29);
    let asked = shard.sweep(now).unwrap();
    assert_eq!(asked.len(), 20);
    assert_eq!((asked[0].as_str(), asked[19].as_str()), ("chat/r00", "chat/r19"));
    shard.forget("chat/r00").unwrap();
    asked[1..].iter().for_each(|room| shard.asked(now, room).unwrap());
    assert_eq!(shard.next_sweep(now), Ok(Some(now.plus_millis(1000))), "there are more");
    assert_eq!(shard.sweep(now).unwrap().len(), 10);
    shards.now = now.as_millis();
    assert_eq!(shards.names(&[]).len(), 29);
}
