//! Pages of history over the socket.

use crate::support::*;
use serde_json::{Value, json};

fn room_with(messages: u64) -> TestRoom {
    let mut room = TestRoom::chat_of_two();
    for n in 1..=messages {
        room.send(ALICE, json!({"type": "message", "messageId": format!("m{n}"), "message": "x"}));
        room.now += 100;
    }
    room
}

/// The `seq`s of a page, and whether there are more.
fn page(room: &mut TestRoom, request: Value) -> (Vec<u64>, bool) {
    let effects = room.send(BOB, request);
    let sent = told(effects);
    let [(to, frame)] = sent.as_slice() else { panic!("expected one page, got {sent:?}") };
    assert_eq!(to, &durable_rooms::room::Audience::One(BOB));
    let messages = frame["messages"].as_array().unwrap();
    let seqs = messages.iter().map(|message| message["seq"].as_u64().unwrap());
    (seqs.collect(), frame["hasMore"].as_bool().unwrap())
}

#[test]
fn without_a_cursor_it_is_the_latest_page_in_order() {
    let mut room = room_with(60);
    assert_eq!(page(&mut room, json!({"type": "history"})), ((11..=60).collect(), true));
    assert_eq!(page(&mut room, json!({"type": "history", "limit": 2})), (vec![59, 60], true));
    assert_eq!(
        page(&mut room, json!({"type": "history", "limit": 60})),
        ((1..=60).collect(), false)
    );
}

#[test]
fn paging_back_sees_everything_once() {
    let mut room = room_with(25);
    let mut seen = Vec::new();
    let mut before = 26;
    loop {
        let request = json!({"type": "history", "before": before, "limit": 10});
        let (seqs, more) = page(&mut room, request);
        before = seqs[0];
        seen.splice(0..0, seqs);
        if !more {
            break;
        }
    }
    assert_eq!(seen, (1..=25).collect::<Vec<_>>());
}

#[test]
fn paging_forward_sees_everything_once() {
    let mut room = room_with(25);
    let mut seen = vec![];
    loop {
        let after = seen.last().copied().unwrap_or(0);
        let (seqs, more) = page(&mut room, json!({"type": "history", "after": after, "limit": 10}));
        seen.extend(seqs);
        if !more {
            break;
        }
    }
    assert_eq!(seen, (1..=25).collect::<Vec<_>>());
}

#[test]
fn the_limit_is_kept_between_1_and_300() {
    let mut room = room_with(310);
    let long = page(&mut room, json!({"type": "history", "limit": 4_000_000_000_u32}));
    assert_eq!(long, ((11..=310).collect(), true));
    assert_eq!(page(&mut room, json!({"type": "history", "limit": 0})), (vec![310], true));
}

#[test]
fn beyond_the_ends_there_is_nothing() {
    let mut room = room_with(3);
    for request in [
        json!({"type": "history", "before": 1}),
        json!({"type": "history", "before": 0}),
        json!({"type": "history", "after": 3}),
        json!({"type": "history", "after": 9_007_199_254_740_991_u64}),
    ] {
        assert_eq!(page(&mut room, request), (vec![], false));
    }
}

#[test]
fn history_holds_the_very_frames_that_were_delivered() {
    let mut room = room_with(0);
    let frame =
        json!({"type": "message", "messageId": "m", "message": "\"é\" ", "meta": {"b": 1, "a": 2}});
    let effects = room.send(ALICE, frame);
    let delivered = effects.iter().find_map(|effect| match effect {
        durable_rooms::room::Effect::Send { to: durable_rooms::room::Audience::All, frames } => {
            frames.first().cloned()
        }
        _ => None,
    });
    let effects = room.send(BOB, json!({"type": "history"}));
    assert!(
        format!("{effects:?}")
            .contains(&format!("{:?}", delivered.unwrap()).trim_matches('"').to_owned())
    );
}
