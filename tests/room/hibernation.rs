//! A room that slept does what one does that never slept.
//!
//! Every step of a random trace goes to two rooms: one stays awake, the other is rebuilt from its store and its
//! sockets' attachments before each step, except while somebody types: then there is a timer, and no sleep.

use std::collections::BTreeMap;

use crate::support::*;
use durable_rooms::room::{Connection, Slot};
use proptest::prelude::*;
use serde_json::{Value, json};

#[derive(Debug, Clone)]
enum Step {
    Connect { slot: u32, connection: u8, user: u8 },
    Close { slot: u32 },
    Frame { slot: u32, frame: Value },
    Publish { event: Value },
    Wait { millis: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let slot = 0..5_u32;
    prop_oneof![
        3 => (slot.clone(), 0..6_u8, 0..3_u8)
            .prop_map(|(slot, connection, user)| Step::Connect { slot, connection, user }),
        2 => slot.clone().prop_map(|slot| Step::Close { slot }),
        6 => (slot, frame()).prop_map(|(slot, frame)| Step::Frame { slot, frame }),
        1 => (0..3_u8, any::<bool>()).prop_map(|(user, persist)| Step::Publish {
            event: json!({"type": "T", "payload": 1, "excludeUserId": format!("u{user}"), "persist": persist}),
        }),
        2 => (0..4000_u64).prop_map(|millis| Step::Wait { millis }),
    ]
}

fn frame() -> impl Strategy<Value = Value> {
    let id = (0..4_u8).prop_map(|n| format!("m{n}"));
    prop_oneof![
        4 => id.clone().prop_map(|id| json!({"type": "message", "messageId": id, "message": "x"})),
        1 => Just(json!({"type": "message", "message": "no id"})),
        2 => Just(json!({"type": "typing"})),
        1 => Just(json!({"type": "stop-typing"})),
        1 => id.prop_map(|id| json!({"type": "read-receipt", "messageId": id})),
        1 => (0..9_u8).prop_map(|n| json!({"type": "history", "before": n, "limit": 2})),
        1 => Just(json!({"type": "nonsense"})),
    ]
}

/// A room, and which sockets the runtime would hold for it.
struct Subject {
    room: TestRoom,
    open: BTreeMap<Slot, Connection>,
    sleepy: bool,
}

impl Subject {
    fn new(party: &str, sleepy: bool) -> Self {
        Self { room: TestRoom::of(party), open: BTreeMap::new(), sleepy }
    }

    fn apply(&mut self, step: &Step) -> String {
        if self.sleepy && self.room.room.next_deadline().is_none() {
            let open: Vec<_> = self.open.clone().into_iter().collect();
            self.room.sleep(&open);
        }
        let effects = match step {
            Step::Connect { slot, connection: id, user } => {
                let slot = Slot(*slot);
                if self.open.contains_key(&slot) {
                    return String::new();
                }
                let newcomer = connection(&format!("c{id}"), &format!("u{user}"), "Name");
                self.open.insert(slot, newcomer.clone());
                self.room.connect(slot, newcomer)
            }
            Step::Close { slot } => {
                self.open.remove(&Slot(*slot));
                self.room.close(Slot(*slot))
            }
            Step::Frame { slot, frame } => self.room.send(Slot(*slot), frame.clone()),
            Step::Publish { event } => self.room.publish(event.clone()).1,
            Step::Wait { millis } => {
                let until = self.room.now + millis;
                let mut effects = Vec::new();
                while self.room.room.next_deadline().is_some_and(|at| at.as_millis() <= until) {
                    effects.extend(self.room.advance_to_deadline());
                }
                self.room.now = until;
                effects
            }
        };
        for effect in &effects {
            if let durable_rooms::room::Effect::Close { slot, .. } = effect {
                self.open.remove(slot);
            }
        }
        format!("{effects:#?}")
    }
}

fn same_awake_and_asleep(party: &str, trace: &[Step]) -> Result<(), TestCaseError> {
    let mut awake = Subject::new(party, false);
    let mut sleepy = Subject::new(party, true);
    for step in trace {
        prop_assert_eq!(awake.apply(step), sleepy.apply(step), "at {:?}", step);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn sleep_is_invisible_in_a_chat(trace in prop::collection::vec(step(), 1..60)) {
        same_awake_and_asleep(r#"{"kind":"chat"}"#, &trace)?;
    }

    #[test]
    fn sleep_is_invisible_among_events(trace in prop::collection::vec(step(), 1..60)) {
        same_awake_and_asleep(r#"{"kind":"events"}"#, &trace)?;
    }

    #[test]
    fn no_text_makes_a_room_panic_or_stay_silent(text in ".*") {
        let mut room = TestRoom::chat_of_two();
        prop_assert!(!room.text(ALICE, &text).is_empty());
    }
}
