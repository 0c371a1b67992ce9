//! Coming back to a room of a backend's events.

use crate::support::*;
use durable_rooms::room::Audience;
use serde_json::{Value, json};

fn kept(n: u32) -> Value {
    json!({"type": "T", "payload": n, "persist": true})
}

fn envelope(n: u32) -> Value {
    json!({"type": "T", "payload": n, "timestamp": START, "id": "event-1", "seq": n})
}

fn welcome(recovered: bool, seq: u64) -> Value {
    json!({
        "type": "welcome", "connectionId": "b1", "userId": "bob", "role": "user",
        "epoch": "memory", "seq": seq, "recovered": recovered, "serverTime": START,
        "limits": {"frameBytes": 65536, "historyPage": 50, "historyPageMax": 300, "typingMs": 3000},
    })
}

#[test]
fn nobody_is_greeted_who_did_not_ask() {
    let mut room = TestRoom::events();
    let effects = room.enter(BOB, bob(), None);
    let sent = told(effects);
    assert!(sent.iter().all(|(_, frame)| frame["type"] == "USER_JOINED"), "{sent:?}");
}

#[test]
fn who_says_where_they_were_or_takes_batches_is_greeted() {
    let mut room = TestRoom::events();
    room.publish(kept(1));
    let effects = room.enter(BOB, bob(), Some(""));
    assert_eq!(told(effects)[0], one(BOB, welcome(false, 1)));
    room.close(BOB);
    let effects = room.enter(BOB, batching(bob()), None);
    assert_eq!(told(effects)[0], one(BOB, welcome(false, 1)));
}

#[test]
fn events_that_were_kept_are_made_up_for() {
    let mut room = TestRoom::events();
    room.connect(ALICE, alice());
    for n in 1..=3 {
        room.publish(kept(n));
        room.publish(json!({"type": "FLEETING", "payload": n}));
    }
    let effects = room.enter(BOB, bob(), Some("memory:1"));
    let for_bob = |(to, frame): &(Audience, Value)| {
        *to == Audience::One(BOB) && frame.get("remember").is_none()
    };
    let sent: Vec<_> = told(effects).into_iter().filter(for_bob).collect();
    assert_eq!(sent, [one(BOB, welcome(true, 3)), one(BOB, envelope(2)), one(BOB, envelope(3))],);
}

#[test]
fn who_is_behind_gets_new_events_from_the_log_and_fleeting_ones_at_once() {
    let mut room = TestRoom::events();
    room.connect(ALICE, alice());
    for n in 1..=301 {
        room.publish(kept(n));
    }
    room.enter(BOB, bob(), Some("memory:0"));
    let (receipt, effects) = room.publish(kept(302));
    assert_sent(effects, &[except(&[BOB], envelope(302))]);
    assert_eq!(receipt.delivered, 2, "Bob gets it in its turn");
    let mut not_for_alice = kept(303);
    not_for_alice["excludeUserId"] = json!("alice");
    assert_sent(room.publish(not_for_alice).1, &[except(&[ALICE, BOB], envelope(303))]);
    let fleeting = json!({"type": "T", "payload": 0, "onlyUserIds": ["bob"]});
    let (_, effects) = room.publish(fleeting);
    assert_eq!(told(effects).len(), 1);
    let page = told(room.handle(durable_rooms::room::Input::DeadlineReached));
    let seqs: Vec<_> = page.iter().filter_map(|(_, frame)| frame["seq"].as_u64()).collect();
    assert_eq!(seqs, [301, 302, 303]);
}

#[test]
fn who_counts_entries_is_told_of_those_that_are_not_for_them() {
    let mut room = TestRoom::events();
    let mut counting = alice();
    counting.batch = true;
    room.connect(ALICE, counting);
    room.connect(BOB, bob());
    let mut not_for_alice = kept(1);
    not_for_alice["excludeUserId"] = json!("alice");
    assert_sent(
        room.publish(not_for_alice).1,
        &[
            except(&[ALICE], envelope(1)),
            (
                durable_rooms::room::Audience::Only(vec![ALICE]),
                json!({"type": "skipped", "seq": 1}),
            ),
        ],
    );
}

#[test]
fn a_client_that_first_reads_where_the_room_is_misses_nothing() {
    let mut room = TestRoom::events();
    room.connect(ALICE, alice());
    room.publish(kept(1));
    let position = room.ask("position", &[]).unwrap();
    assert_eq!(position, json!({"epoch": "memory", "seq": 1}));
    room.publish(kept(2));
    let effects = room.enter(BOB, bob(), Some("memory:1"));
    assert!(told(effects).contains(&one(BOB, envelope(2))));
}
