//! Whatever comes in whatever order while the room is busy, whoever goes and comes back: acked means written, and everybody
//! sees one order without gaps.

use std::collections::BTreeMap;

use crate::support::*;
use durable_rooms::room::{Audience, Effect, Effects, Input, Since, Slot};
use durable_rooms::store::{Seq, Store};
use durable_rooms::time::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

const ENDLESS: &str = r#"{"rates":{
    "messages":{"burst":100000,"perSecond":1},"connection":{"burst":100000,"perSecond":1},
    "room":{"burst":100000,"perSecond":1}}}"#;

#[derive(Debug, Clone)]
enum Step {
    Message { slot: u32, id: u8 },
    Edit { slot: u32, id: u8 },
    Typing { slot: u32 },
    Burst { slot: u32 },
    Wait { millis: u64 },
    Close { slot: u32 },
    Connect { slot: u32 },
    Fail { failing: bool },
}

fn step() -> impl Strategy<Value = Step> {
    let slot = 0..3_u32;
    prop_oneof![
        12 => (slot.clone(), 0..20_u8).prop_map(|(slot, id)| Step::Message { slot, id }),
        2 => (slot.clone(), 0..20_u8).prop_map(|(slot, id)| Step::Edit { slot, id }),
        1 => slot.clone().prop_map(|slot| Step::Typing { slot }),
        2 => slot.clone().prop_map(|slot| Step::Burst { slot }),
        3 => (0..8_u64).prop_map(|millis| Step::Wait { millis }),
        1 => slot.clone().prop_map(|slot| Step::Close { slot }),
        2 => slot.prop_map(|slot| Step::Connect { slot }),
        1 => any::<bool>().prop_map(|failing| Step::Fail { failing }),
    ]
}

/// What a client has got, and how many answers it waits for.
#[derive(Default)]
struct Client {
    seqs: Vec<u64>,
    unanswered: usize,
}

struct Run {
    room: TestRoom,
    clients: BTreeMap<Slot, Client>,
    /// Those who are away, with what they have got.
    away: BTreeMap<Slot, Client>,
    /// How many messages bursts had.
    said: usize,
}

impl Run {
    fn apply(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Message { slot, id } => self.text(*slot, message(&format!("m{id}"))),
            Step::Edit { slot, id } => {
                let text = format!("{}", self.room.now);
                let frame = json!({"type": "edit", "messageId": format!("m{id}"), "message": text});
                self.text(*slot, frame)
            }
            Step::Typing { slot } => {
                let frame = json!({"type": "typing"});
                let effects = self.room.send_raw(Slot(*slot), frame);
                self.perform(effects)
            }
            // Enough to make the room busy.
            Step::Burst { slot } => (0..24).try_for_each(|_| {
                self.said += 1;
                let id = format!("burst-{}", self.said);
                self.text(*slot, message(&id))
            }),
            Step::Wait { millis } => {
                let until = self.room.now + millis;
                while let Some(at) = self.room.room.next_deadline().map(Timestamp::as_millis)
                    && at <= until
                {
                    self.room.now = self.room.now.max(at);
                    let effects = self.room.handle_raw(Input::DeadlineReached).list;
                    self.perform(effects)?;
                    let next = self.room.room.next_deadline().map(Timestamp::as_millis);
                    prop_assert!(next != Some(at), "a deadline that was met does not come again");
                }
                self.room.now = until;
                Ok(())
            }
            Step::Close { slot } => {
                let slot = Slot(*slot);
                let gone = self.clients.remove(&slot).map(|gone| Client { unanswered: 0, ..gone });
                self.away.extend(gone.map(|gone| (slot, gone)));
                let effects = self.room.handle_raw(Input::Closed { slot, clean: true }).list;
                self.perform(effects)
            }
            Step::Connect { slot } => self.connect(Slot(*slot)),
            Step::Fail { failing } => {
                self.room.store.failing = *failing;
                Ok(())
            }
        }
    }

    fn connect(&mut self, slot: Slot) -> Result<(), TestCaseError> {
        if self.clients.contains_key(&slot) {
            return Ok(());
        }
        let now = Timestamp::from_millis(self.room.now);
        let Effects { list, .. } = self.room.room.flush(now, &mut self.room.store);
        self.perform(list)?;
        let client = self.away.remove(&slot).unwrap_or_default();
        let since = client.seqs.last().map(|last| Since::parse(&format!("memory:{last}")));
        self.clients.insert(slot, client);
        let user = format!("u{}", slot.0);
        let connection = connection(&user, &user, "Name");
        let effects = self.room.handle_raw(Input::Connect { slot, connection, since });
        self.perform(effects.list)
    }

    fn text(&mut self, slot: u32, frame: Value) -> Result<(), TestCaseError> {
        if let Some(client) = self.clients.get_mut(&Slot(slot)) {
            client.unanswered += 1;
        }
        let effects = self.room.send_raw(Slot(slot), frame);
        self.perform(effects)
    }

    fn perform(&mut self, effects: Vec<Effect>) -> Result<(), TestCaseError> {
        for (to, frame) in told(effects) {
            if let Some(seq) = frame["seq"].as_u64().and_then(Seq::new)
                && frame["type"] != "welcome"
            {
                let row = self.room.store.row(seq).unwrap();
                prop_assert!(row.is_some(), "sent, but not written: {frame}");
                let row = row.unwrap();
                prop_assert_eq!(row.id.as_str(), frame["messageId"].as_str().unwrap());
            }
            let gets = |slot: &Slot| match &to {
                Audience::All => true,
                Audience::One(one) => slot == one,
                Audience::Except(slots) => !slots.contains(slot),
                Audience::Only(slots) => slots.contains(slot),
            };
            prop_assert!(!matches!(&to, Audience::One(slot) if !self.clients.contains_key(slot)));
            for (_, client) in self.clients.iter_mut().filter(|(slot, _)| gets(slot)) {
                match frame["type"].as_str().unwrap_or_default() {
                    "ack" | "error" => client.unanswered -= 1,
                    "welcome" => {
                        prop_assert_eq!(frame["recovered"] == true, !client.seqs.is_empty());
                        if client.seqs.is_empty() {
                            client.seqs.push(frame["seq"].as_u64().unwrap());
                        }
                    }
                    _ => client.seqs.extend(frame["seq"].as_u64()),
                }
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn acked_is_written_and_everybody_sees_one_order(
        trace in prop::collection::vec(step(), 1..60),
    ) {
        let mut run = Run {
            room: TestRoom::limited(r#"{"kind":"chat"}"#, ENDLESS),
            clients: BTreeMap::new(),
            away: BTreeMap::new(),
            said: 0,
        };
        for slot in 0..3 {
            run.connect(Slot(slot))?;
        }
        for step in &trace {
            run.apply(step)?;
        }
        for step in [Step::Fail { failing: false }, Step::Wait { millis: 10 }] {
            run.apply(&step)?;
        }
        let log = run.room.store.log(Seq::default(), 1000).unwrap();
        let written: Vec<_> = log.frames.iter().map(|(seq, _)| seq.get()).collect();
        let last = u64::try_from(written.len()).unwrap();
        prop_assert_eq!(written, (1..=last).collect::<Vec<_>>());
        for client in run.clients.values() {
            let from = client.seqs[0];
            prop_assert_eq!(&client.seqs, &(from..=last).collect::<Vec<_>>());
            prop_assert_eq!(client.unanswered, 0);
        }
    }
}
