//! Finding messages beside their order: replies, words, pins, moments.

use crate::support::*;
use durable_rooms::access::Capability;
use durable_rooms::room::{Effect, Slot};
use serde_json::{Value, json};

const ROOT: Slot = Slot(2);

fn chat() -> TestRoom {
    let mut room = TestRoom::of(r#"{"kind":"chat","search":true}"#);
    room.connect(ALICE, alice());
    room.connect(BOB, bob());
    room.connect(ROOT, admin(connection("r1", "root", "Root")));
    room
}

fn say(room: &mut TestRoom, id: &str, text: &str, reply_to: Option<&str>) {
    let mut frame = json!({"type": "message", "messageId": id, "message": text});
    if let Some(parent) = reply_to {
        frame["replyTo"] = json!(parent);
    }
    room.send(ALICE, frame);
    room.now += 1000;
}

/// The answer to Bob's question.
fn answer(room: &mut TestRoom, question: Value) -> Value {
    let [(to, frame)] = told(room.send(BOB, question)).try_into().expect("one answer");
    assert_eq!(to, durable_rooms::room::Audience::One(BOB));
    frame
}

fn ids(answer: &Value) -> Vec<&str> {
    let messages = answer["messages"].as_array().unwrap().iter();
    messages.map(|message| message["messageId"].as_str().unwrap()).collect()
}

#[test]
fn a_thread_has_the_replies_to_one_message_in_order() {
    let mut room = chat();
    say(&mut room, "m1", "question", None);
    say(&mut room, "m2", "aside", None);
    for n in 1..=4 {
        say(&mut room, &format!("r{n}"), "answer", Some("m1"));
    }
    say(&mut room, "rr", "deeper", Some("r1"));
    room.send(ALICE, json!({"type": "edit", "messageId": "r2", "message": "better"}));
    let question = json!({"type": "thread", "messageId": "m1", "ref": "q"});
    let thread = answer(&mut room, question);
    assert_eq!(ids(&thread), ["r1", "r2", "r3", "r4"]);
    assert_eq!((&thread["ref"], &thread["hasMore"]), (&json!("q"), &json!(false)));
    assert_eq!((&thread["messageId"], &thread["messageSeq"]), (&json!("m1"), &json!(1)));
    let second = &thread["messages"][1];
    assert_eq!((&second["message"], &second["replyTo"]), (&json!("better"), &json!("m1")));
    for (page, expected) in [
        (json!({"limit": 2}), ["r3", "r4"]),
        (json!({"before": 5, "limit": 2}), ["r1", "r2"]),
        (json!({"after": 3, "limit": 2}), ["r2", "r3"]),
        (json!({"afterId": "r1", "limit": 2}), ["r2", "r3"]),
    ] {
        let mut question = json!({"type": "thread", "seq": 1});
        question.as_object_mut().unwrap().extend(page.as_object().unwrap().clone());
        let thread = answer(&mut room, question);
        assert_eq!(ids(&thread), expected, "{page}");
        assert_eq!(thread["hasMore"], page.get("before").is_none(), "{page}");
    }
    let nested = answer(&mut room, json!({"type": "thread", "messageId": "r1"}));
    assert_eq!(ids(&nested), ["rr"]);
}

#[test]
fn a_thread_goes_on_when_its_message_is_deleted() {
    let mut room = chat();
    say(&mut room, "m1", "question", None);
    say(&mut room, "r1", "answer", Some("m1"));
    room.send(ALICE, json!({"type": "delete", "messageId": "m1"}));
    assert_eq!(ids(&answer(&mut room, json!({"type": "thread", "messageId": "m1"}))), ["r1"]);
}

#[test]
fn a_reply_to_what_is_not_there_is_a_message() {
    let mut room = chat();
    say(&mut room, "r1", "answer", Some("nope"));
    let history = answer(&mut room, json!({"type": "history"}));
    assert_eq!(history["messages"][0]["replyTo"], "nope");
    assert_refused(
        room.send(BOB, json!({"type": "thread", "messageId": "nope"})),
        BOB,
        "unknown-message",
    );
}

#[test]
fn messages_are_found_by_their_words_in_their_current_form() {
    let mut room = chat();
    say(&mut room, "m1", "The quick brown fox", None);
    say(&mut room, "m2", "A QUICK answer", None);
    say(&mut room, "m3", "nothing", None);
    let mut find = |query: &str| {
        let answer = answer(&mut room, json!({"type": "search", "query": query, "ref": "q"}));
        assert_eq!((&answer["query"], &answer["ref"]), (&json!(query), &json!("q")));
        ids(&answer).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(find("quick"), ["m1", "m2"]);
    assert_eq!(find("quick fo"), ["m1"]);
    assert_eq!(find("qui fox"), [""; 0]);
    assert_eq!(find(""), [""; 0]);
    assert_eq!(find("\" OR *"), [""; 0]);
    room.send(BOB, json!({"type": "react", "messageId": "m1", "emoji": "👍"}));
    room.send(ALICE, json!({"type": "edit", "messageId": "m2", "message": "slow"}));
    room.send(ALICE, json!({"type": "edit", "messageId": "m3", "message": "quick after all"}));
    let search = json!({"type": "search", "query": "quick"});
    assert_eq!(ids(&answer(&mut room, search.clone())), ["m1", "m3"]);
    room.send(ALICE, json!({"type": "delete", "messageId": "m1"}));
    assert_eq!(ids(&answer(&mut room, search)), ["m3"]);
}

#[test]
fn what_is_found_comes_page_by_page_the_latest_first() {
    let mut room = chat();
    for n in 1..=5 {
        say(&mut room, &format!("m{n}"), "word", None);
    }
    let page = answer(&mut room, json!({"type": "search", "query": "word", "limit": 2}));
    assert_eq!((ids(&page), &page["hasMore"]), (vec!["m4", "m5"], &json!(true)));
    let next = json!({"type": "search", "query": "word", "before": 4, "limit": 3});
    let page = answer(&mut room, next);
    assert_eq!((ids(&page), &page["hasMore"]), (vec!["m1", "m2", "m3"], &json!(false)));
}

#[test]
fn where_search_is_not_wanted_there_is_none() {
    let mut room = TestRoom::chat_of_two();
    let search = json!({"type": "search", "query": "x"});
    assert_refused(room.send(BOB, search), BOB, "not-enabled");
    assert_eq!(room.ask("search", &[("query", "x")]), Err("not-enabled"));
}

#[test]
fn pins_are_told_and_listed_in_their_current_form() {
    let mut room = chat();
    say(&mut room, "m1", "x", None);
    say(&mut room, "m2", "x", None);
    let pinned = |room: &TestRoom, kind: &str, seq: u64| {
        all(json!({
            "type": kind, "messageId": "m1", "messageSeq": 1, "userId": "root",
            "timestamp": room.now, "seq": seq,
        }))
    };
    let pin = json!({"type": "pin", "messageId": "m1"});
    let expected = [pinned(&room, "message-pinned", 3), ack(&room, ROOT, "m1", 3)];
    assert_sent(room.send(ROOT, pin.clone()), &expected);
    assert_eq!(told(room.send(ROOT, pin))[0].1["duplicate"], true);
    room.send(ROOT, json!({"type": "pin", "seq": 2}));
    room.send(ALICE, json!({"type": "edit", "messageId": "m1", "message": "y"}));
    let pins = answer(&mut room, json!({"type": "pins", "ref": "q"}));
    assert_eq!((ids(&pins), &pins["ref"]), (vec!["m1", "m2"], &json!("q")));
    assert_eq!(pins["messages"][0]["message"], "y");
    let unpin = json!({"type": "unpin", "seq": 1});
    let expected = [pinned(&room, "message-unpinned", 6), ack(&room, ROOT, "m1", 6)];
    assert_sent(room.send(ROOT, unpin.clone()), &expected);
    assert_eq!(told(room.send(ROOT, unpin))[0].1["duplicate"], true);
    assert_eq!(ids(&answer(&mut room, json!({"type": "pins"}))), ["m2"]);
}

#[test]
fn fifty_messages_may_be_pinned() {
    let mut room = chat();
    for n in 1..=51 {
        say(&mut room, &format!("m{n}"), "x", None);
    }
    let mut pin = |seq: u64| {
        room.now += 1000;
        room.send(ROOT, json!({"type": "pin", "seq": seq}))
    };
    for seq in 1..=50 {
        assert_eq!(pin(seq).len(), 2);
    }
    assert_eq!(told(pin(50))[0].1["duplicate"], true);
    assert_refused(pin(51), ROOT, "limit-reached");
    room.send(ROOT, json!({"type": "unpin", "seq": 1}));
    assert_eq!(room.send(ROOT, json!({"type": "pin", "seq": 51})).len(), 2);
}

#[test]
fn history_can_begin_at_an_id_or_a_moment() {
    let mut room = chat();
    for n in 1..=5 {
        say(&mut room, &format!("m{n}"), "x", None);
        room.send(ALICE, json!({"type": "react", "messageId": "m1", "emoji": n.to_string()}));
    }
    // Messages were sent at 0, 1000, … after the start.
    for (cursor, expected) in [
        (json!({"beforeId": "m3"}), vec!["m1", "m2"]),
        (json!({"afterId": "m3"}), vec!["m4", "m5"]),
        (json!({"beforeTime": START + 2000}), vec!["m1", "m2"]),
        (json!({"afterTime": START + 2000}), vec!["m4", "m5"]),
        (json!({"afterTime": START + 1999}), vec!["m3", "m4", "m5"]),
        (json!({"beforeTime": 0}), vec![]),
        (json!({"beforeTime": START + 99_000}), vec!["m1", "m2", "m3", "m4", "m5"]),
        (json!({"afterTime": START + 99_000}), vec![]),
        (json!({"afterTime": (1_u64 << 53) - 1}), vec![]),
    ] {
        let mut question = json!({"type": "history"});
        question.as_object_mut().unwrap().extend(cursor.as_object().unwrap().clone());
        let page = answer(&mut room, question);
        assert_eq!(ids(&page), expected, "{cursor}");
        assert_eq!(page["hasMore"], false);
    }
    let mut refused = |frame: Value, code: &str| {
        let effects: Vec<Effect> = room.send(BOB, frame);
        assert_refused(effects, BOB, code);
    };
    refused(json!({"type": "history", "beforeId": "nope"}), "unknown-message");
    refused(json!({"type": "history", "before": 1, "afterTime": 1}), "invalid-frame");
    refused(json!({"type": "history", "beforeId": "m1", "afterId": "m2"}), "invalid-frame");
    refused(json!({"type": "history", "beforeTime": "now"}), "invalid-frame");
}

#[test]
fn who_may_not_read_finds_nothing() {
    let mut room = chat();
    say(&mut room, "m1", "x", None);
    room.connect(Slot(3), restricted(connection("c1", "carol", "Carol"), &[Capability::Join]));
    for question in [
        json!({"type": "thread", "seq": 1}),
        json!({"type": "search", "query": "x"}),
        json!({"type": "pins"}),
        json!({"type": "reactions", "seq": 1}),
        json!({"type": "history"}),
    ] {
        assert_refused(room.send(Slot(3), question), Slot(3), "not-allowed");
    }
}
