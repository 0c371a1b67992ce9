//! Calls with several events, and calls that are repeated.

use crate::support::*;
use durable_rooms::publish::Receipt;
use durable_rooms::room::{Effect, Input, Slot};
use durable_rooms::store::Store;
use serde_json::{Value, json};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

fn project() -> TestRoom {
    let mut room = TestRoom::events();
    room.connect(ALICE, alice());
    room.connect(BOB, bob());
    room
}

fn event(n: u64, persist: bool) -> Value {
    json!({ "type": "T", "payload": n, "persist": persist })
}

fn kept(n: u64, id: u64, seq: u64) -> Value {
    json!({ "type": "T", "payload": n, "timestamp": START, "id": format!("event-{id}"), "seq": seq })
}

fn fleeting(n: u64) -> Value {
    json!({ "type": "T", "payload": n, "timestamp": START })
}

/// Of each receipt the id, the `seq` and how many it was delivered to.
fn plain(receipts: &[Receipt]) -> Vec<(&str, Option<u64>, usize)> {
    let plain = |one: &Receipt| one.seq.map(|seq| seq.get());
    receipts.iter().map(|one| (one.id.as_str(), plain(one), one.delivered)).collect()
}

#[test]
fn several_events_arrive_in_order_and_are_written_once() {
    let mut room = project();
    let mut not_for_bob = event(3, true);
    not_for_bob["excludeUserId"] = json!("bob");
    let events = json!({"events": [event(1, true), event(2, false), not_for_bob, event(4, true)]});
    let (receipts, effects) = room.call(events, None);
    assert_eq!(
        plain(&receipts.unwrap()),
        [
            ("event-1", Some(1), 2),
            ("event-2", None, 2),
            ("event-3", Some(2), 1),
            ("event-4", Some(3), 2)
        ]
    );
    assert_eq!(room.store.appends, 1);
    assert_sent(
        effects,
        &[all(kept(1, 1, 1)), all(fleeting(2)), except(&[BOB], kept(3, 3, 2)), all(kept(4, 4, 3))],
    );
    assert_eq!(room.store.position().unwrap().last.get(), 3);
}

#[test]
fn what_was_said_before_has_its_seq_before() {
    let mut room = TestRoom::chat_of_two();
    room.send_raw(ALICE, message("m1"));
    room.send_raw(ALICE, message("m2"));
    let (receipts, _) = room.call(json!({"events": [event(1, true), event(2, true)]}), None);
    let seqs: Vec<_> = plain(&receipts.unwrap()).iter().map(|(_, seq, _)| *seq).collect();
    assert_eq!(seqs, [Some(3), Some(4)]);
}

#[test]
fn a_disk_that_fails_delivers_none_of_them() {
    let mut room = project();
    room.store.failing = true;
    for key in [None, Some("k")] {
        let events = json!({"events": [event(1, false), event(2, true)]});
        let (receipts, effects) = room.call(events, key);
        assert_eq!(receipts, Err("storage-failed"));
        assert_sent(effects, &[]);
    }
    let (receipts, effects) = room.call(event(1, false), Some("k"));
    assert_eq!(receipts, Err("storage-failed"), "the key cannot be kept");
    assert_sent(effects, &[]);
    room.store.failing = false;
    let (receipts, effects) = room.call(event(1, true), Some("k"));
    assert_eq!(plain(&receipts.unwrap()), [("event-1", Some(1), 2)], "no gap");
    assert_sent(effects, &[all(kept(1, 1, 1))]);
}

#[test]
fn events_in_a_row_are_one_message_for_who_takes_batches() {
    let mut room = project();
    room.connect(Slot(2), batching(connection("c1", "carol", "Carol")));
    let (_, effects) = room.call(json!({"events": [event(1, true), event(2, false)]}), None);
    let [Effect::Send { frames, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(frames.len(), 2);
}

#[test]
fn a_repeated_call_is_answered_the_same_and_delivers_nothing() {
    let mut room = project();
    let events = json!({"events": [event(1, true), event(2, false)]});
    let (first, effects) = room.call(events.clone(), Some("k1"));
    assert_sent(effects, &[all(kept(1, 1, 1)), all(fleeting(2))]);
    room.close(BOB);
    room.advance_to_deadline();
    let (second, effects) = room.call(events.clone(), Some("k1"));
    assert_eq!(second, first, "delivered as it was then");
    assert_sent(effects, &[]);

    room.sleep(&[(ALICE, alice())]);
    let (third, effects) = room.call(events.clone(), Some("\"k1\""));
    assert_eq!(third, first, "over a sleep, and in quotes");
    assert_sent(effects, &[]);

    let (other, _) = room.call(events, Some("k2"));
    assert_eq!(plain(&other.unwrap())[0], ("event-1", Some(2), 1), "another key is another call");
}

#[test]
fn a_call_without_anything_to_keep_is_known_again_as_well() {
    let mut room = project();
    let (first, effects) = room.call(event(1, false), Some("k1"));
    assert_sent(effects, &[all(fleeting(1))]);
    let (second, effects) = room.call(event(1, false), Some("k1"));
    assert_eq!(first, second);
    assert_sent(effects, &[]);
    assert_eq!(room.store.appends, 0);
}

#[test]
fn the_same_key_with_another_body_is_refused() {
    let mut room = project();
    room.call(event(1, true), Some("k1")).0.unwrap();
    let (refused, effects) = room.call(event(2, true), Some("k1"));
    assert_eq!(refused, Err("idempotency-mismatch"));
    assert_sent(effects, &[]);
    assert_eq!(room.store.position().unwrap().last.get(), 1);
}

#[test]
fn a_key_counts_for_a_day() {
    let mut room = project();
    room.call(event(1, true), Some("k1")).0.unwrap();
    room.now += DAY_MS;
    assert_eq!(plain(&room.call(event(1, true), Some("k1")).0.unwrap())[0].1, Some(1));
    room.now += 1;
    assert_eq!(plain(&room.call(event(1, true), Some("k1")).0.unwrap())[0].1, Some(2));
}

#[test]
fn how_long_a_key_counts_can_be_set() {
    let mut room = TestRoom::limited(r#"{"kind":"events"}"#, r#"{"idempotencyMs":1000}"#);
    room.call(event(1, true), Some("k1")).0.unwrap();
    room.now += 1001;
    assert_eq!(plain(&room.call(event(2, true), Some("k1")).0.unwrap())[0].1, Some(2));
}

#[test]
fn old_keys_are_forgotten_when_others_come() {
    let mut room = project();
    room.call(event(1, false), Some("k1")).0.unwrap();
    room.now += DAY_MS / 2;
    room.call(event(1, false), Some("k2")).0.unwrap();
    room.now += DAY_MS / 2 + 1;
    room.call(event(1, false), Some("k3")).0.unwrap();
    let left = ["k1", "k2", "k3"].map(|key| room.store.answered(key).unwrap().is_some());
    assert_eq!(left, [false, true, true]);
}

#[test]
fn keys_keep_no_room_awake_and_go_when_it_is_called_anyway() {
    let mut room = TestRoom::events();
    room.call(event(1, false), Some("k1")).0.unwrap();
    assert_eq!(room.room.next_deadline(), None);
    room.now += DAY_MS + 1;
    room.handle(Input::DeadlineReached);
    assert_eq!(room.store.answered("k1").unwrap(), None);
}
