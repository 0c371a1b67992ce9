//! A room that dies at any moment tells everything at least once, and in order.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::*;
use durable_rooms::room::{Connection, Delivery, Effect, Input, Outcome, Slot};
use durable_rooms::store::Store;
use proptest::prelude::*;
use serde_json::{Value, json};

#[derive(Debug, Clone)]
enum Step {
    Connect {
        slot: u32,
        user: u8,
    },
    Close {
        slot: u32,
        clean: bool,
    },
    Message {
        slot: u32,
    },
    Wait {
        millis: u64,
    },
    Answer {
        accept: bool,
    },
    /// The answer is lost, though the receiver has taken it.
    Lose,
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    let slot = 0..4_u32;
    prop_oneof![
        3 => (slot.clone(), 0..3_u8).prop_map(|(slot, user)| Step::Connect { slot, user }),
        2 => (slot.clone(), any::<bool>()).prop_map(|(slot, clean)| Step::Close { slot, clean }),
        5 => slot.prop_map(|slot| Step::Message { slot }),
        3 => (0..20_000_u64).prop_map(|millis| Step::Wait { millis }),
        6 => any::<bool>().prop_map(|accept| Step::Answer { accept }),
        1 => Just(Step::Lose),
        1 => Just(Step::Crash),
    ]
}

struct Subject {
    room: TestRoom,
    open: BTreeMap<Slot, Connection>,
    under_way: Vec<Delivery>,
    /// What the receiver has taken, in the order in which it first did.
    taken: Vec<(String, Value)>,
    sent: u64,
}

impl Subject {
    fn note(&mut self, effects: Vec<Effect>) {
        self.under_way.extend(deliveries(&effects));
        assert!(self.under_way.len() <= 1, "one at a time: {:?}", self.under_way);
    }

    fn take(&mut self, Delivery { id, body, .. }: &Delivery) {
        let body: Value = serde_json::from_str(body).unwrap();
        match self.taken.iter().find(|(known, _)| known == id) {
            Some((_, before)) => assert_eq!(*before, body, "the same id is the same content"),
            None => self.taken.push((id.clone(), body)),
        }
    }

    fn apply(&mut self, step: &Step) {
        match step {
            Step::Connect { slot, user } => {
                let slot = Slot(*slot);
                if self.open.contains_key(&slot) {
                    return;
                }
                let newcomer = connection(&format!("c{}", slot.0), &format!("u{user}"), "Name");
                self.open.insert(slot, newcomer.clone());
                let effects = self.room.enter(slot, newcomer, None);
                self.note(effects);
            }
            Step::Close { slot, clean } => {
                if self.open.remove(&Slot(*slot)).is_none() {
                    return;
                }
                let (slot, clean) = (Slot(*slot), *clean);
                let effects = self.room.handle(Input::Closed { slot, clean });
                self.note(effects);
            }
            Step::Message { slot } => {
                if !self.open.contains_key(&Slot(*slot)) {
                    return;
                }
                self.sent += 1;
                let effects = self.room.send(Slot(*slot), message(&format!("m{}", self.sent)));
                self.note(effects);
            }
            Step::Wait { millis } => self.wait(*millis),
            Step::Answer { accept } => {
                let Some(delivery) = self.under_way.pop() else { return };
                let outcome = if *accept {
                    self.take(&delivery);
                    Outcome::Accepted
                } else {
                    Outcome::Failed { error: "answered 500".into(), retry_after_ms: None }
                };
                let effects = self.room.answer(&delivery.id, outcome);
                self.note(effects);
            }
            Step::Lose => {
                let Some(delivery) = self.under_way.pop() else { return };
                self.take(&delivery);
                let error = "did not answer".to_owned();
                let outcome = Outcome::Failed { error, retry_after_ms: None };
                let effects = self.room.answer(&delivery.id, outcome);
                self.note(effects);
            }
            Step::Crash => {
                // What was under way may have arrived all the same.
                if let Some(delivery) = self.under_way.pop() {
                    self.take(&delivery);
                }
                self.open.clear();
                self.room.wake(&[]);
            }
        }
    }

    fn wait(&mut self, millis: u64) {
        let until = self.room.now + millis;
        while self.room.room.next_deadline().is_some_and(|at| at.as_millis() <= until) {
            if !self.under_way.is_empty() {
                // Its own timeout is for the shell.
                break;
            }
            let effects = self.room.advance_to_deadline();
            self.note(effects);
        }
        self.room.now = self.room.now.max(until);
    }

    /// Everybody goes, and the receiver takes everything.
    fn finish(&mut self) {
        self.apply(&Step::Crash);
        for _ in 0..1000 {
            self.apply(&Step::Answer { accept: true });
            self.wait(60_000);
            let quiet = self.under_way.is_empty() && self.room.room.webhooks().waiting == 0;
            if quiet && self.room.room.deadlines().assured.is_none() {
                return;
            }
        }
        panic!("it does not come to an end");
    }
}

/// What the receiver knows, told one thing after the other, makes sense at every step.
fn check(taken: &[(String, Value)], last: u64) {
    let mut here: BTreeSet<String> = BTreeSet::new();
    let mut occupied = false;
    let mut seq = 0;
    for (_, body) in taken {
        let data = &body["data"];
        let user = || data["userId"].as_str().unwrap().to_owned();
        match body["type"].as_str().unwrap() {
            "room.occupied" => {
                assert!(!occupied && here.is_empty());
                occupied = true;
            }
            "room.vacated" => {
                assert!(occupied && here.is_empty());
                occupied = false;
            }
            "member.joined" => {
                assert!(occupied && here.insert(user()), "{body}");
                assert_eq!(data["totalUsers"], json!(here.len()));
            }
            "member.left" => {
                assert!(here.remove(&user()), "{body}");
                assert_eq!(data["totalUsers"], json!(here.len()));
            }
            "messages.appended" => {
                for frame in data["messages"].as_array().unwrap() {
                    seq += 1;
                    assert_eq!(frame["seq"], json!(seq));
                    let author = frame["userId"].as_str().unwrap();
                    assert!(here.contains(author), "{author} wrote before they were here");
                }
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!(seq, last, "every message was told");
    assert!(here.is_empty() && !occupied, "everybody has left");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn everything_is_told_at_least_once_and_in_order(trace in prop::collection::vec(step(), 1..80)) {
        let room = TestRoom::of(r#"{"kind":"chat","webhook":{"url":"https://a.example"}}"#);
        let mut subject = Subject {
            room, open: BTreeMap::new(), under_way: Vec::new(), taken: Vec::new(), sent: 0,
        };
        for step in &trace {
            subject.apply(step);
        }
        subject.finish();
        let last = subject.room.store.position().unwrap().last.get();
        check(&subject.taken, last);
    }
}
