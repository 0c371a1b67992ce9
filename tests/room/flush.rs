//! Writing and sending in groups: what waits while the room is busy, and that nobody can tell.

use crate::support::*;
use durable_rooms::access::Capability;
use durable_rooms::room::{Audience, Effect, Input, Slot};
use serde_json::{Value, json};

const FAST: &str = r#"{"rates":{"messages":{"burst":9999,"perSecond":1},"connection":{"burst":9999,"perSecond":1}}}"#;
/// How many messages make a room of two busy.
const BUSY: u64 = 32;
/// For how long a busy room gathers.
const WINDOW_MS: u64 = 3;

/// A chat of two that is busy. The last message is `m0`.
fn busy() -> TestRoom {
    let mut room = TestRoom::limited(r#"{"kind":"chat"}"#, FAST);
    room.connect(ALICE, alice());
    room.connect(BOB, bob());
    for n in 1..BUSY {
        room.send_raw(ALICE, message(&format!("w{n}")));
    }
    room.send_raw(ALICE, message("m0"));
    room.store.appends = 0;
    room
}

/// The `seq` of the `n`th message after `m0`.
fn after(n: u64) -> u64 {
    BUSY + n
}

/// What becomes of the window's end.
fn window_ends(room: &mut TestRoom) -> Vec<Effect> {
    room.now += WINDOW_MS;
    room.handle_raw(Input::DeadlineReached).list
}

/// Who gets how many frames at once.
fn shape(effects: &[Effect]) -> Vec<(Audience, usize)> {
    let sends = effects.iter().filter_map(|effect| match effect {
        Effect::Send { to, frames } => Some((to.clone(), frames.len())),
        _ => None,
    });
    sends.collect()
}

#[test]
fn an_idle_room_sends_at_once() {
    let mut room = TestRoom::chat_of_two();
    let effects = room.send_raw(ALICE, message("m1"));
    let expected = [ack(&room, ALICE, "m1", 1), all(new_message(&room, &alice(), "m1", 1))];
    assert_sent(effects, &expected);
    assert_eq!(room.store.appends, 1);
    assert_eq!(room.room.next_deadline(), None);
}

#[test]
fn an_idle_room_sends_changes_at_once_as_well() {
    let mut room = TestRoom::chat_of_two();
    room.send(ALICE, message("m1"));
    let edit = json!({"type": "edit", "seq": 1, "message": "y"});
    assert_eq!(told(room.send_raw(ALICE, edit)).len(), 2);
    let react = json!({"type": "react", "seq": 1, "emoji": "👍"});
    assert_eq!(told(room.send_raw(BOB, react)).len(), 2);
}

#[test]
fn what_comes_within_a_window_is_written_and_sent_together() {
    let mut room = busy();
    for (slot, id) in [(ALICE, "m1"), (BOB, "m2"), (ALICE, "m3")] {
        assert_sent(room.send_raw(slot, message(id)), &[]);
    }
    assert_eq!(room.store.appends, 0);
    let expected = [
        ack(&room, ALICE, "m1", after(1)),
        ack(&room, ALICE, "m3", after(3)),
        ack(&room, BOB, "m2", after(2)),
        all(new_message(&room, &alice(), "m1", after(1))),
        all(new_message(&room, &bob(), "m2", after(2))),
        all(new_message(&room, &alice(), "m3", after(3))),
    ];
    let effects = window_ends(&mut room);
    assert_eq!(
        shape(&effects),
        [(Audience::One(ALICE), 2), (Audience::One(BOB), 1), (Audience::All, 3)],
    );
    assert_sent(effects, &expected);
    assert_eq!(room.store.appends, 1);
}

#[test]
fn nothing_waits_longer_than_the_window() {
    let mut room = busy();
    room.now += 1;
    assert_sent(room.send_raw(BOB, message("m1")), &[]);
    assert_eq!(room.room.next_deadline().unwrap().as_millis(), START + 1 + WINDOW_MS);
    room.now = START + WINDOW_MS;
    assert_sent(room.handle_raw(Input::DeadlineReached).list, &[]);
    room.now = START + 1 + WINDOW_MS;
    assert_eq!(room.handle_raw(Input::DeadlineReached).list.len(), 2);
    assert_eq!(room.room.next_deadline(), None);
}

#[test]
fn a_room_that_was_busy_is_quiet_again() {
    let mut room = busy();
    for id in ["n1", "n2", "n3"] {
        assert_sent(room.send_raw(BOB, message(id)), &[]);
    }
    assert_eq!(window_ends(&mut room).len(), 2);
    room.now += 10;
    assert_eq!(room.send_raw(BOB, message("n4")).len(), 2);
}

#[test]
fn a_call_is_answered_when_its_events_are_written_and_sent() {
    let mut room = busy();
    let event = json!({"type": "T", "payload": 1, "persist": true});
    let (receipts, effects) = room.begin_call(event.clone());
    assert_eq!(receipts.unwrap()[0].seq.unwrap().get(), after(1));
    assert_eq!(effects, []);
    for id in ["m1", "m2"] {
        assert_sent(room.send_raw(ALICE, message(id)), &[]);
    }
    let effects = window_ends(&mut room);
    assert_eq!(shape(&effects), [(Audience::One(ALICE), 2), (Audience::All, 3)]);
    assert!(matches!(effects.last(), Some(Effect::Published { fault: None, .. })), "{effects:?}");
    assert_eq!(room.store.appends, 1);

    room.begin_call(event).0.unwrap();
    room.store.failing = true;
    let effects = window_ends(&mut room);
    assert_eq!(shape(&effects), []);
    let [Effect::Published { fault: Some(problem), .. }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(problem.code.as_str(), "storage-failed");
}

#[test]
fn people_who_take_turns_do_not_wait_for_each_other() {
    let mut room = TestRoom::limited(r#"{"kind":"chat"}"#, FAST);
    for n in 0..8 {
        room.connect(Slot(n), connection(&format!("c{n}"), &format!("u{n}"), "Name"));
    }
    let waits = (0..1000_u32).filter(|n| {
        // Ten in a millisecond, each as soon as the one before was told.
        room.now += u64::from(n % 10 == 0);
        let waited = room.send_raw(BOB, message(&format!("t{n}"))).is_empty();
        if waited {
            assert_eq!(window_ends(&mut room).len(), 2);
        }
        waited
    });
    let waits = waits.count();
    assert!(waits <= 10, "{waits} of 1000 had to wait");
}

#[test]
fn a_window_of_zero_groups_nothing() {
    let mut room = TestRoom::limited(r#"{"kind":"chat"}"#, r#"{"flushMs":0}"#);
    room.connect(ALICE, alice());
    for n in 1..=20 {
        assert_eq!(room.send_raw(ALICE, message(&format!("m{n}"))).len(), 2);
        assert_eq!(room.store.appends, n);
    }
    assert_eq!(room.room.next_deadline(), None);
}

#[test]
fn a_repeat_of_what_waits_is_acked_when_it_is_written() {
    let mut room = busy();
    room.send_raw(ALICE, message("m1"));
    let mut again = message("m1");
    again["ref"] = json!("again");
    assert_sent(room.send_raw(ALICE, again), &[]);
    let repeated = json!({
        "type": "ack", "messageId": "m1", "seq": after(1), "timestamp": START, "ref": "again",
        "duplicate": true,
    });
    let expected = [
        ack(&room, ALICE, "m1", after(1)),
        one(ALICE, repeated),
        all(new_message(&room, &alice(), "m1", after(1))),
    ];
    assert_sent(window_ends(&mut room), &expected);
}

#[test]
fn a_group_that_cannot_be_written_is_refused_as_a_whole_and_leaves_no_gap() {
    let mut room = busy();
    let mut named = message("m1");
    named["ref"] = json!("r1");
    for (slot, frame) in [(ALICE, named), (BOB, message("m2")), (BOB, message("m2"))] {
        assert_sent(room.send_raw(slot, frame), &[]);
    }
    room.store.failing = true;
    let refused: Vec<_> = told(window_ends(&mut room))
        .into_iter()
        .map(|(to, frame)| (to, frame["code"].clone(), frame["ref"].clone()))
        .collect();
    let failed = |slot, about| (Audience::One(slot), json!("storage-failed"), json!(about));
    assert_eq!(refused, [failed(ALICE, "r1"), failed(BOB, "m2"), failed(BOB, "m2")]);
    room.store.failing = false;
    let expected =
        [ack(&room, BOB, "m2", after(1)), all(new_message(&room, &bob(), "m2", after(1)))];
    assert_sent(room.send(BOB, message("m2")), &expected);
}

#[test]
fn what_is_said_of_a_message_waits_behind_it() {
    let mut room = busy();
    room.send_raw(ALICE, json!({"type": "typing"}));
    room.send_raw(ALICE, message("m1"));
    room.send_raw(ALICE, json!({"type": "nonsense"}));
    let types: Vec<_> =
        told(window_ends(&mut room)).iter().map(|(_, frame)| frame["type"].clone()).collect();
    assert_eq!(types, ["user-typing", "ack", "new-message", "user-stop-typing", "error"]);
}

#[test]
fn entries_keep_their_order_whatever_they_are() {
    let mut room = busy();
    room.send_raw(ALICE, message("m1"));
    let mut sent = room.send_raw(ALICE, json!({"type": "edit", "messageId": "m0", "message": "y"}));
    sent.extend(room.send_raw(BOB, message("m2")));
    sent.extend(room.send_raw(BOB, json!({"type": "react", "messageId": "m1", "emoji": "👍"})));
    sent.extend(room.send_raw(BOB, message("m3")));
    sent.extend(window_ends(&mut room));
    let entries = told(sent).into_iter().filter(|(_, frame)| frame["type"] != "ack");
    let seqs: Vec<_> = entries.map(|(to, frame)| (to, frame["seq"].clone())).collect();
    assert_eq!(seqs, [1, 2, 3, 4, 5].map(after).map(|seq| (Audience::All, json!(seq))));
}

#[test]
fn a_newcomer_is_greeted_before_anything_else() {
    let mut room = busy();
    let newcomer = connection("c1", "carol", "Carol");
    let mut sent = room.enter(Slot(2), newcomer, None);
    sent.extend(room.send_raw(ALICE, message("m1")));
    sent.extend(window_ends(&mut room));
    let heard = told(sent).into_iter().filter(|(to, _)| match to {
        Audience::One(slot) => *slot == Slot(2),
        Audience::All => true,
        _ => false,
    });
    let heard: Vec<Value> = heard.map(|(_, frame)| frame["type"].clone()).collect();
    assert_eq!(heard, ["welcome", "online-users", "new-message"]);
}

#[test]
fn an_answer_comes_before_what_was_said_after_it() {
    let mut room = busy();
    let mut sent = room.send_raw(BOB, json!({"type": "history"}));
    sent.extend(room.send_raw(ALICE, message("m1")));
    sent.extend(window_ends(&mut room));
    let types: Vec<_> = told(sent).iter().map(|(_, frame)| frame["type"].clone()).collect();
    assert_eq!(types, ["history", "ack", "new-message"]);
}

#[test]
fn whoever_reads_finds_what_waits() {
    let questions = [
        json!({"type": "history"}),
        json!({"type": "thread", "messageId": "m0"}),
        json!({"type": "receipts"}),
    ];
    for question in questions {
        let mut room = busy();
        let mut reply = message("m1");
        reply["replyTo"] = json!("m0");
        room.send_raw(ALICE, reply);
        let mut sent = room.send_raw(BOB, question.clone());
        sent.extend(window_ends(&mut room));
        let answer = told(sent).into_iter().find(|(_, frame)| frame["type"] == question["type"]);
        let (_, answer) = answer.unwrap();
        let last = answer["messages"].as_array().and_then(|messages| messages.last());
        let last = last.map_or(&answer["unread"], |message| &message["seq"]);
        assert_eq!(last, after(1), "{question}");
    }
    let mut room = busy();
    room.send_raw(ALICE, message("m1"));
    assert_eq!(room.ask("position", &[]), Ok(json!({"epoch": "memory", "seq": after(1)})));
    assert_eq!(room.store.appends, 1);
}

#[test]
fn nobody_has_read_what_could_not_be_written() {
    let mut room = busy();
    room.send_raw(ALICE, message("m1"));
    room.store.failing = true;
    let mut sent = room.send_raw(ALICE, json!({"type": "delivered", "messageId": "m1"}));
    sent.extend(window_ends(&mut room));
    let codes: Vec<_> = told(sent).iter().map(|(_, frame)| frame["code"].clone()).collect();
    assert_eq!(codes, ["storage-failed", "unknown-message"]);
}

#[test]
fn the_messages_of_somebody_who_goes_are_kept_and_told() {
    let mut room = busy();
    room.send_raw(BOB, message("m1"));
    assert_sent(room.handle_raw(Input::Closed { slot: BOB, clean: true }).list, &[]);
    let expected = all(new_message(&room, &bob(), "m1", after(1)));
    assert_sent(window_ends(&mut room), &[expected]);
    let again = room.enter(Slot(2), connection("b2", "bob", "Bob"), None);
    assert_eq!(told(again).len(), 2, "no noise");
    let acked = told(room.send(Slot(2), message("m1")));
    assert_eq!((&acked[0].1["seq"], &acked[0].1["duplicate"]), (&json!(after(1)), &json!(true)));
}

#[test]
fn nothing_that_was_for_the_one_before_reaches_the_next_in_a_slot() {
    let mut room = busy();
    room.send_raw(BOB, message("m1"));
    room.send_raw(BOB, json!({"type": "ping"}));
    room.send_raw(BOB, json!({"type": "nonsense"}));
    assert_sent(room.handle_raw(Input::Closed { slot: BOB, clean: true }).list, &[]);
    // As the shell does: what waits goes out to those who are there, then comes the newcomer.
    let before = room.enter(BOB, connection("c1", "carol", "Carol"), None);
    let expected = new_message(&room, &bob(), "m1", after(1));
    assert_eq!(told(before)[0], all(expected));
    let mut sent = room.send_raw(ALICE, message("m2"));
    sent.extend(window_ends(&mut room));
    assert_eq!(told(sent).len(), 2, "an ack and a message");
}

#[test]
fn a_room_whose_last_words_are_for_nobody_has_no_deadline() {
    let mut room = busy();
    assert_sent(room.send_raw(BOB, json!({"type": "ping"})), &[]);
    assert!(room.room.next_deadline().is_some());
    assert_sent(room.handle_raw(Input::Closed { slot: BOB, clean: true }).list, &[]);
    assert_eq!(room.room.next_deadline().unwrap().as_millis(), START + 3000, "Bob may come back");
}

#[test]
fn who_is_closed_has_been_acked_before() {
    let mut room = busy();
    room.connect(MALLORY, restricted(connection("k1", "kim", "Kim"), &[Capability::Kick]));
    assert_sent(room.send_raw(BOB, message("m1")), &[]);
    let kicked = told(room.send_raw(MALLORY, json!({"type": "kick", "userId": "bob"})));
    let expected =
        [ack(&room, BOB, "m1", after(1)), all(new_message(&room, &bob(), "m1", after(1)))];
    assert_eq!(kicked[..2], expected);
    assert_eq!(kicked.last().unwrap().1, json!({"closed": 4001}));
}
