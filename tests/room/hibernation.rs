//! A room that slept does what one does that never slept.
//!
//! Every step of a random trace goes to two rooms: one stays awake, the other is rebuilt from its store and its
//! sockets' attachments whenever a runtime would let it sleep: after ten seconds in which nothing happened and with no timer
//! pending, as there is while somebody types or may come back.

use std::collections::BTreeMap;

use crate::support::*;
use durable_rooms::metrics::Counters;
use durable_rooms::room::{Connection, Effect, Input, Slot};
use proptest::prelude::*;
use serde_json::{Value, json};

#[derive(Debug, Clone)]
enum Step {
    Connect { slot: u32, connection: u8, user: u8, since: Option<u8> },
    Close { slot: u32, clean: bool },
    Frame { slot: u32, frame: Value },
    Publish { event: Value, key: Option<u8> },
    Wait { millis: u64 },
    Rest,
}

fn step() -> impl Strategy<Value = Step> {
    let slot = 0..5_u32;
    prop_oneof![
        3 => (slot.clone(), 0..6_u8, 0..3_u8, prop::option::of(0..9_u8)).prop_map(
            |(slot, connection, user, since)| Step::Connect { slot, connection, user, since }
        ),
        2 => (slot.clone(), any::<bool>()).prop_map(|(slot, clean)| Step::Close { slot, clean }),
        6 => (slot, frame()).prop_map(|(slot, frame)| Step::Frame { slot, frame }),
        2 => (0..3_u8, any::<bool>(), prop::option::of(0..3_u8)).prop_map(|(user, persist, key)| Step::Publish {
            event: json!({"type": "T", "payload": 1, "excludeUserId": format!("u{user}"), "persist": persist}),
            key,
        }),
        2 => (0..4000_u64).prop_map(|millis| Step::Wait { millis }),
        3 => Just(Step::Rest),
    ]
}

fn frame() -> impl Strategy<Value = Value> {
    let id = (0..4_u8).prop_map(|n| format!("m{n}"));
    prop_oneof![
        4 => id.clone().prop_map(|id| json!({"type": "message", "messageId": id, "message": "x"})),
        1 => Just(json!({"type": "message", "message": "no id"})),
        2 => Just(json!({"type": "typing"})),
        1 => Just(json!({"type": "stop-typing"})),
        1 => id.clone().prop_map(|id| json!({"type": "read-receipt", "messageId": id})),
        1 => id.clone().prop_map(|id| json!({"type": "delivered", "messageId": id})),
        1 => id.clone().prop_map(|id| json!({"type": "edit", "messageId": id, "message": "y"})),
        1 => id.clone().prop_map(|id| json!({"type": "delete", "messageId": id})),
        1 => (id.clone(), any::<bool>())
            .prop_map(|(id, remove)| json!({"type": "react", "messageId": id, "emoji": "👍", "remove": remove})),
        1 => id.clone().prop_map(|id| json!({"type": "message", "message": "reply", "replyTo": id})),
        1 => (0..3_u8).prop_map(|n| json!({"type": "presence", "meta": {"n": n}, "status": "idle"})),
        1 => id.clone()
            .prop_map(|id| json!({"type": "read-receipt", "messageId": id, "private": true})),
        1 => (id.clone(), any::<bool>())
            .prop_map(|(id, pin)| json!({"type": if pin { "pin" } else { "unpin" }, "messageId": id})),
        1 => id.clone().prop_map(|id| json!({"type": "thread", "messageId": id})),
        1 => Just(json!({"type": "presence", "status": "away"})),
        1 => Just(json!({"type": "event", "name": "x", "payload": 1})),
        1 => Just(json!({"type": "pins"})),
        1 => Just(json!({"type": "receipts"})),
        1 => (0..9_u8).prop_map(|n| json!({"type": "history", "before": n, "limit": 2})),
        1 => Just(json!({"type": "nonsense"})),
    ]
}

/// A room, and which sockets the runtime would hold for it.
struct Subject {
    room: TestRoom,
    open: BTreeMap<Slot, Connection>,
    sleepy: bool,
    /// What its reports have counted.
    counted: Counters,
}

impl Subject {
    fn new(party: &str, sleepy: bool) -> Self {
        let room = TestRoom::limited(party, r#"{"reportMs":5000}"#);
        Self { room, open: BTreeMap::new(), sleepy, counted: Counters::default() }
    }

    /// What becomes of a step, apart from reports.
    fn apply(&mut self, step: &Step) -> String {
        let effects = self.apply_effects(step);
        format!("{:#?}", self.take_reports(effects))
    }

    /// Takes the reports out of effects, as the directory does.
    fn take_reports(&mut self, mut effects: Vec<Effect>) -> Vec<Effect> {
        for effect in effects.extract_if(.., |effect| matches!(effect, Effect::Report(_))) {
            if let Effect::Report(report) = effect {
                self.counted.add(&report.counted);
                let taken = Input::Reported { n: report.n, taken: true };
                assert_eq!(self.room.handle(taken), []);
            }
        }
        effects
    }

    fn advance(&mut self) -> Vec<Effect> {
        let effects = self.room.advance_to_deadline();
        self.take_reports(effects)
    }

    fn apply_effects(&mut self, step: &Step) -> Vec<Effect> {
        let effects = match step {
            Step::Connect { slot, connection: id, user, since } => {
                let slot = Slot(*slot);
                if self.open.contains_key(&slot) {
                    return Vec::new();
                }
                let newcomer = connection(&format!("c{id}"), &format!("u{user}"), "Name");
                let newcomer = if *user == 0 { admin(newcomer) } else { newcomer };
                self.open.insert(slot, newcomer.clone());
                let since = since.map(|seq| format!("memory:{seq}"));
                self.room.enter(slot, newcomer, since.as_deref())
            }
            Step::Close { slot, clean } => {
                self.open.remove(&Slot(*slot));
                if *clean { self.room.close(Slot(*slot)) } else { self.room.lose(Slot(*slot)) }
            }
            Step::Frame { slot, frame } => self.room.send(Slot(*slot), frame.clone()),
            Step::Publish { event, key } => {
                let key = key.map(|key| format!("k{key}"));
                let twice = json!({"events": [event, {"type": "U", "payload": 2}]});
                self.room.call(twice, key.as_deref()).1
            }
            Step::Wait { millis } => {
                let until = self.room.now + millis;
                let mut effects = Vec::new();
                while self.room.room.next_deadline().is_some_and(|at| at.as_millis() <= until) {
                    effects.extend(self.advance());
                }
                self.room.now = until;
                effects
            }
            Step::Rest => {
                let mut effects = self.apply_effects(&Step::Wait { millis: 20_000 });
                while self.room.room.next_deadline().is_some() {
                    effects.extend(self.advance());
                }
                self.room.now += 10_000;
                if self.sleepy {
                    let open: Vec<_> = self.open.clone().into_iter().collect();
                    self.room.sleep(&open);
                }
                effects
            }
        };
        for effect in &effects {
            match effect {
                Effect::Close { slot, .. } => drop(self.open.remove(slot)),
                Effect::Remember { slot, connection } => {
                    self.open.insert(*slot, connection.clone());
                }
                Effect::Send { .. }
                | Effect::Authenticate { .. }
                | Effect::CheckHeartbeats
                | Effect::CheckUnsent
                | Effect::Report(_)
                | Effect::Deliver(_)
                | Effect::Published { .. }
                | Effect::Warn { .. } => {}
            }
        }
        effects
    }
}

fn same_awake_and_asleep(party: &str, trace: &[Step]) -> Result<(), TestCaseError> {
    let mut awake = Subject::new(party, false);
    let mut sleepy = Subject::new(party, true);
    for step in trace {
        prop_assert_eq!(awake.apply(step), sleepy.apply(step), "at {:?}", step);
    }
    // What was counted is reported before a room sleeps.
    for subject in [&mut awake, &mut sleepy] {
        subject.apply(&Step::Rest);
        prop_assert!(subject.counted.wake_ups > 0);
        subject.counted.wake_ups = 0;
    }
    prop_assert_eq!(awake.counted, sleepy.counted);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn sleep_is_invisible_in_a_chat(trace in prop::collection::vec(step(), 1..60)) {
        same_awake_and_asleep(r#"{"kind":"chat"}"#, &trace)?;
    }

    #[test]
    fn sleep_is_invisible_with_other_options(trace in prop::collection::vec(step(), 1..60)) {
        let party = r#"{
            "kind":"chat", "reactions":"one", "receipts":"private", "search":true,
            "retention":{"days":1,"entries":1}
        }"#;
        same_awake_and_asleep(party, &trace)?;
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
