//! Writing and sending in groups: what waits while the disk is busy, and that nobody can tell.

use crate::support::*;
use durable_rooms::access::Capability;
use durable_rooms::room::{Audience, Effect, Input, Slot};
use serde_json::{Value, json};

/// A chat of two whose first message is on its way to the disk.
fn busy() -> TestRoom {
    let mut room = TestRoom::chat_of_two();
    room.send_raw(ALICE, message("m0"));
    room
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
    assert_sent(room.committed(), &[]);
    assert_eq!(room.room.next_deadline(), None);
}

#[test]
fn an_idle_room_sends_changes_at_once_as_well() {
    let mut room = TestRoom::chat_of_two();
    room.send(ALICE, message("m1"));
    let edit = json!({"type": "edit", "seq": 1, "message": "y"});
    assert_eq!(told(room.send_raw(ALICE, edit)).len(), 2);
    let react = json!({"type": "react", "seq": 1, "emoji": "👍"});
    assert_sent(room.send_raw(BOB, react), &[]);
    assert_eq!(told(room.committed()).len(), 2, "the edit was on its way to the disk");
}

#[test]
fn what_comes_while_the_disk_is_busy_is_written_and_sent_together() {
    let mut room = busy();
    for (slot, id) in [(ALICE, "m1"), (BOB, "m2"), (ALICE, "m3")] {
        assert_sent(room.send_raw(slot, message(id)), &[]);
    }
    assert_eq!(room.store.appends, 1);
    let effects = room.committed();
    assert_eq!(
        shape(&effects),
        [(Audience::One(ALICE), 2), (Audience::One(BOB), 1), (Audience::All, 3)],
    );
    let expected = [
        ack(&room, ALICE, "m1", 2),
        ack(&room, ALICE, "m3", 4),
        ack(&room, BOB, "m2", 3),
        all(new_message(&room, &alice(), "m1", 2)),
        all(new_message(&room, &bob(), "m2", 3)),
        all(new_message(&room, &alice(), "m3", 4)),
    ];
    assert_sent(effects, &expected);
    assert_eq!(room.store.appends, 2);
}

#[test]
fn nothing_waits_longer_than_the_window() {
    let mut room = busy();
    room.now += 3;
    assert_sent(room.send_raw(BOB, message("m1")), &[]);
    let expected = [ack(&room, BOB, "m1", 2), all(new_message(&room, &bob(), "m1", 2))];
    assert_eq!(room.room.next_deadline().unwrap().as_millis(), START + 8);
    room.now = START + 7;
    assert_sent(room.handle_raw(Input::DeadlineReached).list, &[]);
    room.now = START + 8;
    assert_sent(room.handle_raw(Input::DeadlineReached).list, &expected);
    assert_eq!(room.room.next_deadline(), None);
}

#[test]
fn in_a_busy_room_the_window_is_waited_for() {
    let mut room = busy();
    for n in 1..=32 {
        room.send_raw(ALICE, message(&format!("m{n}")));
    }
    assert_eq!(room.committed().len(), 2);
    assert_sent(room.committed(), &[]);
    for id in ["n1", "n2", "n3"] {
        assert_sent(room.send_raw(BOB, message(id)), &[]);
    }
    assert_eq!(room.room.next_deadline().unwrap().as_millis(), START + 5);
    room.now += 5;
    assert_eq!(room.handle_raw(Input::DeadlineReached).list.len(), 2);
    assert_sent(room.committed(), &[]);
    room.now += 10;
    assert_eq!(room.send_raw(BOB, message("n4")).len(), 2, "it is quiet again");
}

#[test]
fn people_who_take_turns_do_not_wait_for_each_other() {
    let fast = r#"{"rates":{"messages":{"burst":9999,"perSecond":1},"connection":{"burst":9999,"perSecond":1}}}"#;
    let mut room = TestRoom::limited(r#"{"kind":"chat"}"#, fast);
    for n in 0..8 {
        room.connect(Slot(n), connection(&format!("c{n}"), &format!("u{n}"), "Name"));
    }
    let waits = (0..1000_u32).filter(|n| {
        // Ten in a millisecond, each as soon as the one before was told.
        room.now += u64::from(n % 10 == 0);
        let waited = room.send_raw(BOB, message(&format!("t{n}"))).is_empty();
        if waited {
            room.now += 5;
            assert_eq!(room.handle_raw(Input::DeadlineReached).list.len(), 2);
        }
        room.committed();
        waited
    });
    let waits = waits.count();
    assert!(waits <= 5, "{waits} of 1000 had to wait");
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
        "type": "ack", "messageId": "m1", "seq": 2, "timestamp": START, "ref": "again",
        "duplicate": true,
    });
    let expected = [
        ack(&room, ALICE, "m1", 2),
        one(ALICE, repeated),
        all(new_message(&room, &alice(), "m1", 2)),
    ];
    assert_sent(room.committed(), &expected);
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
    let refused: Vec<_> = told(room.committed())
        .into_iter()
        .map(|(to, frame)| (to, frame["code"].clone(), frame["ref"].clone()))
        .collect();
    let failed = |slot, about| (Audience::One(slot), json!("storage-failed"), json!(about));
    assert_eq!(refused, [failed(ALICE, "r1"), failed(BOB, "m2"), failed(BOB, "m2")]);
    room.store.failing = false;
    room.committed();
    let expected = [ack(&room, BOB, "m2", 2), all(new_message(&room, &bob(), "m2", 2))];
    assert_sent(room.send(BOB, message("m2")), &expected);
}

#[test]
fn what_is_said_of_a_message_waits_behind_it() {
    let mut room = busy();
    room.send_raw(ALICE, json!({"type": "typing"}));
    room.send_raw(ALICE, message("m1"));
    room.send_raw(ALICE, json!({"type": "nonsense"}));
    let types: Vec<_> =
        told(room.committed()).iter().map(|(_, frame)| frame["type"].clone()).collect();
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
    sent.extend(room.committed());
    let entries = told(sent).into_iter().filter(|(_, frame)| frame["type"] != "ack");
    let seqs: Vec<_> = entries.map(|(to, frame)| (to, frame["seq"].clone())).collect();
    assert_eq!(seqs, [2, 3, 4, 5, 6].map(|seq| (Audience::All, json!(seq))));
}

#[test]
fn a_newcomer_is_greeted_before_anything_else() {
    let mut room = busy();
    let newcomer = connection("c1", "carol", "Carol");
    let mut sent = room.enter(Slot(2), newcomer, None);
    sent.extend(room.send_raw(ALICE, message("m1")));
    sent.extend(room.committed());
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
    sent.extend(room.committed());
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
        sent.extend(room.committed());
        let answer = told(sent).into_iter().find(|(_, frame)| frame["type"] == question["type"]);
        let (_, answer) = answer.unwrap();
        let last = answer["messages"].as_array().and_then(|messages| messages.last());
        let last = last.map_or(&answer["unread"], |message| &message["seq"]);
        assert_eq!(last, 2, "{question}");
    }
    let mut room = busy();
    room.send_raw(ALICE, message("m1"));
    assert_eq!(room.ask("position", &[]), Ok(json!({"epoch": "memory", "seq": 2})));
    assert_eq!(room.store.appends, 2);
}

#[test]
fn nobody_has_read_what_could_not_be_written() {
    let mut room = busy();
    room.send_raw(ALICE, message("m1"));
    room.store.failing = true;
    let mut sent = room.send_raw(ALICE, json!({"type": "delivered", "messageId": "m1"}));
    sent.extend(room.committed());
    let codes: Vec<_> = told(sent).iter().map(|(_, frame)| frame["code"].clone()).collect();
    assert_eq!(codes, ["storage-failed", "unknown-message"]);
}

#[test]
fn the_messages_of_somebody_who_goes_are_kept_and_told() {
    let mut room = busy();
    room.send_raw(BOB, message("m1"));
    assert_sent(room.handle_raw(Input::Closed { slot: BOB, clean: true }).list, &[]);
    let expected = all(new_message(&room, &bob(), "m1", 2));
    assert_sent(room.committed(), &[expected]);
    room.committed();
    let again = room.enter(Slot(2), connection("b2", "bob", "Bob"), None);
    assert_eq!(told(again).len(), 2, "no noise");
    let acked = told(room.send(Slot(2), message("m1")));
    assert_eq!((&acked[0].1["seq"], &acked[0].1["duplicate"]), (&json!(2), &json!(true)));
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
    let expected = new_message(&room, &bob(), "m1", 2);
    assert_eq!(told(before)[0], all(expected));
    let mut after = room.send_raw(ALICE, message("m2"));
    after.extend(room.committed());
    assert_eq!(told(after).len(), 2, "an ack and a message");
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
    let mut room = TestRoom::chat_of_two();
    room.connect(MALLORY, restricted(connection("k1", "kim", "Kim"), &[Capability::Kick]));
    room.send_raw(ALICE, message("m0"));
    assert_sent(room.send_raw(BOB, message("m1")), &[]);
    let kicked = told(room.send_raw(MALLORY, json!({"type": "kick", "userId": "bob"})));
    let expected = [ack(&room, BOB, "m1", 2), all(new_message(&room, &bob(), "m1", 2))];
    assert_eq!(kicked[..2], expected);
    assert_eq!(kicked.last().unwrap().1, json!({"closed": 4001}));
}
