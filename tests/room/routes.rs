use crate::support::*;
use durable_rooms::relay::Source;
use durable_rooms::room::{Delivery, Effect, Input, Outcome, Transport};
use durable_rooms::store::OutboxStore;
use serde_json::{Value, json};

/// A party whose events of the type `comment:new` go on to `admin`.
fn party(kind: &str) -> TestRoom {
    TestRoom::of(&format!(
        r#"{{"kind":"{kind}","routes":[
            {{"events":["comment:new"],"rooms":"r*","to":"nowhere"}},
            {{"events":["comment:new"],"rooms":"*","to":"admin","as":"notification"}},
            {{"events":["comment:new"],"to":"r1"}}
        ]}}"#
    ))
}

#[track_caller]
fn one(effects: &[Effect]) -> Delivery {
    let deliveries = deliveries(effects);
    assert_eq!(deliveries.len(), 1, "{effects:?}");
    deliveries[0].clone()
}

fn failed() -> Outcome {
    Outcome::Failed { error: "could not be reached".into(), retry_after_ms: None }
}

#[test]
fn an_event_goes_on_to_the_room_that_a_route_names_and_nowhere_else() {
    let mut room = party("events");
    let (_, effects) = room.publish(json!({"type": "comment:new", "payload": {"n": 1}}));
    let Delivery { id, by, body } = one(&effects);
    let Transport::Event { party, room: to, source, key } = by else { panic!("{by:?}") };
    assert_eq!((party.as_str(), to.as_str()), ("test", "admin"));
    assert_eq!((source.party.as_str(), source.room.as_str()), ("test", "r1"));
    assert_eq!(key.key, id);
    assert_eq!(
        serde_json::from_str::<Value>(&body).unwrap(),
        json!({"type": "notification", "payload": {"n": 1}, "timestamp": START})
    );
    let (_, effects) = room.publish(json!({"type": "comment:old", "payload": 1}));
    assert_eq!(deliveries(&effects), []);
}

#[test]
fn what_is_for_some_people_stays_among_them() {
    let mut room = party("events");
    let event = json!({"type": "comment:new", "payload": 1, "onlyUserIds": ["alice"]});
    assert_eq!(deliveries(&room.publish(event).1), []);
}

#[test]
fn events_of_a_chat_s_clients_go_on_as_well() {
    let mut room = party("chat");
    room.connect(ALICE, alice());
    let frame = json!({"type": "event", "name": "comment:new", "payload": 7});
    let Delivery { body, .. } = one(&room.send(ALICE, frame.clone()));
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body, json!({"type": "notification", "payload": 7, "timestamp": START}));
    room.store.failing = true;
    assert_refused(room.send(ALICE, frame), ALICE, "storage-failed");
}

#[test]
fn an_event_that_came_from_another_room_says_so_and_goes_no_further() {
    let mut room = party("chat");
    room.connect(ALICE, alice());
    let source: Source = serde_json::from_value(json!({"party": "p", "room": "r9"})).unwrap();
    let event = json!({"type": "comment:new", "payload": 1, "persist": true});
    let effects = room.call_from(event, Some("k"), Some(&source)).1;
    let frame = json!({
        "type": "comment:new", "payload": 1, "timestamp": START,
        "source": {"party": "p", "room": "r9"}, "id": "event-1", "seq": 1,
    });
    assert_sent(effects, &[all(frame)]);
}

#[test]
fn nobody_can_claim_that_an_event_came_from_another_room() {
    let mut room = TestRoom::events();
    room.connect(ALICE, alice());
    let event = json!({"type": "T", "payload": 1, "source": {"party": "p", "room": "r9"}});
    let effects = room.publish(event).1;
    assert_sent(effects, &[all(json!({"type": "T", "payload": 1, "timestamp": START}))]);
}

#[test]
fn events_come_to_a_room_in_order_and_under_ids_of_their_own() {
    let mut room = party("events");
    let event = json!({"type": "comment:new", "payload": 1});
    let (_, effects) = room.call(json!({"events": [event, event]}), None);
    let first = one(&effects);
    assert_eq!(deliveries(&room.publish(event).1), [], "one at a time");
    room.answer(&first.id, failed());
    room.wake(&[]);
    let again = one(&room.advance_to_deadline());
    assert_eq!((&again.id, &again.by), (&first.id, &first.by));
    let second = one(&room.answer(&first.id, Outcome::Accepted));
    let third = one(&room.answer(&second.id, Outcome::Accepted));
    assert_eq!(second.body, third.body);
    assert!(first.id != second.id && second.id != third.id);
    assert_eq!(deliveries(&room.answer(&third.id, Outcome::Accepted)), []);
    assert_eq!(room.store.lanes().unwrap(), [], "nothing is kept of a lane that is clear");
    let fourth = one(&room.publish(json!({"type": "comment:new", "payload": 1})).1);
    assert!(fourth.id != third.id, "not even when what came before is forgotten");
}

#[test]
fn an_event_is_queued_together_with_its_answer_or_not_at_all() {
    let mut room = party("events");
    room.store.failing = true;
    let event = json!({"type": "comment:new", "payload": 1, "persist": true});
    let (receipts, effects) = room.call(event.clone(), Some("k"));
    assert_eq!((receipts.err(), deliveries(&effects)), (Some("storage-failed"), Vec::new()));
    room.store.failing = false;
    let (receipts, effects) = room.call(event.clone(), Some("k"));
    assert!(receipts.is_ok());
    one(&effects);
    let (receipts, effects) = room.call(event, Some("k"));
    assert!(receipts.is_ok());
    assert_eq!(deliveries(&effects), [], "what is answered as before goes on as before");
    assert_eq!(room.room.webhooks().waiting, 1);
}

#[test]
fn what_cannot_be_brought_is_given_up_before_the_other_room_forgets_that_it_has_it() {
    let mut room = party("events");
    let event = json!({"type": "comment:new", "payload": 1});
    let mut attempt = one(&room.publish(event).1);
    loop {
        let effects = room.answer(&attempt.id, failed());
        if effects.iter().any(|effect| matches!(effect, Effect::Warn { .. })) {
            break;
        }
        attempt = one(&room.advance_to_deadline());
    }
    assert_eq!(room.now - START, 18 * 3600 * 1000);
    let dead = room.ask("webhooks", &[]).unwrap()["dead"].clone();
    assert_eq!((&dead[0]["to"], &dead[0]["type"]), (&json!("test/admin"), &json!("notification")));
    let (replayed, _) = room.replay(json!({"ids": [attempt.id]}));
    assert_eq!(replayed, 1);
    room.now += 10_000;
    let again = one(&room.handle(Input::DeadlineReached));
    assert_eq!((&again.id, &again.by), (&attempt.id, &attempt.by));
}
