//! Whatever becomes of requests and answers, what a room counts is added up once.
//!
//! A real room talks to a real shard through a network that loses requests, loses answers, and delivers copies late; the shard
//! restarts, and so does the room, which sleeps only when the runtime would let it.

use std::collections::VecDeque;

use durable_rooms::access::{Capabilities, Grant, Role};
use durable_rooms::config::Config;
use durable_rooms::directory::Told;
use durable_rooms::ids::{ConnectionId, RoomName, UserId, Username};
use durable_rooms::metrics::Report;
use durable_rooms::room::{Connection, Effect, Effects, Input, Room, Settings, Slot};
use durable_rooms::store::MemStore;
use durable_rooms::time::Timestamp;
use proptest::prelude::*;

use crate::support::*;

#[derive(Debug, Clone)]
enum Step {
    /// Somebody sends something.
    Frame,
    /// Time passes, until the room's next deadline at most.
    Wait { millis: u64 },
    /// The request that is under way arrives, or not, and its answer does, or not.
    Network { arrives: bool, answered: bool, again: bool },
    /// A copy of an earlier request arrives.
    Late,
    /// The shard begins anew.
    Restart,
    /// The room sleeps, if it may.
    Sleep,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => Just(Step::Frame),
        4 => (0..7000_u64).prop_map(|millis| Step::Wait { millis }),
        6 => (any::<bool>(), any::<bool>(), any::<bool>())
            .prop_map(|(arrives, answered, again)| Step::Network { arrives, answered, again }),
        2 => Just(Step::Late),
        1 => Just(Step::Restart),
        2 => Just(Step::Sleep),
    ]
}

struct World {
    shards: Shards,
    room: Room,
    store: MemStore,
    settings: Settings,
    run: u32,
    under_way: Option<Report>,
    /// Copies that the network may still deliver.
    copies: VecDeque<(u64, Told)>,
    frames: u64,
    wakes: u64,
}

const ALICE: Slot = Slot(0);

/// The latest that a copy arrives. The shard knows four wakes, and a room is awake for ten seconds at least.
const LATEST_MS: u64 = 30_000;

fn alice() -> Connection {
    let grant = Grant {
        user_id: UserId::parse("alice").unwrap(),
        username: Username::parse("Alice").unwrap(),
        role: Role::User,
        capabilities: Capabilities::default_of(Role::User),
        expires_at: None,
        issued_at: None,
        limits: None,
    };
    Connection::new(ConnectionId::parse("a1").unwrap(), grant, false)
}

impl World {
    fn new() -> Self {
        let config = Config::parse(|name| {
            (name == "PARTIES").then(|| r#"{"chat":{"kind":"chat"}}"#.to_owned())
        })
        .unwrap();
        let (party_name, party) = config.parties.first().unwrap();
        let name = RoomName::parse("r").unwrap();
        let settings = Settings::new(&config, party_name, party, name);
        let mut store = MemStore::new();
        let now = Timestamp::from_millis(START);
        let room = Room::restore(settings.clone(), now, &mut store, []).unwrap();
        let mut world = Self {
            shards: Shards::one(),
            room,
            store,
            settings,
            run: 0,
            under_way: None,
            copies: VecDeque::new(),
            frames: 0,
            wakes: 1,
        };
        world.handle(Input::Connect { slot: ALICE, connection: alice(), since: None });
        world
    }

    fn handle(&mut self, input: Input<'_>) {
        let now = self.shards.now();
        let Effects { list, time_commit, .. } = self.room.handle(now, input, &mut self.store);
        for effect in list {
            match effect {
                Effect::Report(report) => self.under_way = Some(*report),
                Effect::CheckHeartbeats => self.handle(Input::Heartbeats(&[(ALICE, None)])),
                _ => {}
            }
        }
        if time_commit {
            self.handle(Input::Committed);
        }
    }

    fn deadline(&self) -> Option<u64> {
        self.room.next_deadline().map(Timestamp::as_millis)
    }

    fn apply(&mut self, step: &Step) {
        match step {
            Step::Frame => {
                self.frames += 1;
                self.handle(Input::Text { slot: ALICE, text: r#"{"type":"ping"}"# });
            }
            Step::Wait { millis } => {
                let until = self.shards.now + millis;
                self.shards.now = self.deadline().map_or(until, |deadline| until.min(deadline));
                if self.deadline().is_some_and(|deadline| deadline <= self.shards.now) {
                    self.handle(Input::DeadlineReached);
                }
            }
            Step::Network { arrives, answered, again } => {
                let Some(report) = self.under_way.take() else { return };
                let n = report.n;
                let told = Told { room: "chat/r".into(), run: self.run.to_string(), report };
                if *again || !arrives {
                    self.copies.push_back((self.shards.now, told.clone()));
                }
                if *arrives {
                    self.shards.shards[0].take(self.shards.now(), &told).unwrap();
                }
                self.handle(Input::Reported { n, taken: *arrives && *answered });
            }
            Step::Late => {
                let Some((sent_at, told)) = self.copies.pop_front() else { return };
                if self.shards.now - sent_at < LATEST_MS {
                    self.shards.shards[0].take(self.shards.now(), &told).unwrap();
                }
            }
            Step::Restart => self.shards.restart(),
            Step::Sleep => self.sleep(),
        }
    }

    /// Everything that is under way arrives, and time passes until nothing is left to do.
    fn settle(&mut self) {
        loop {
            self.apply(&Step::Network { arrives: true, answered: true, again: false });
            let Some(deadline) = self.deadline() else { break };
            self.shards.now = self.shards.now.max(deadline);
            self.handle(Input::DeadlineReached);
        }
    }

    fn sleep(&mut self) {
        // A report that was given up keeps no room awake, and is lost with it: the one case in which counts are.
        // So something happens before.
        self.apply(&Step::Frame);
        self.settle();
        self.shards.now += 10_000;
        self.run += 1;
        self.wakes += 1;
        let now = self.shards.now();
        let connections = [(ALICE, alice())];
        self.room =
            Room::restore(self.settings.clone(), now, &mut self.store, connections).unwrap();
        self.handle(Input::DeadlineReached);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn what_is_counted_is_added_up_once(trace in prop::collection::vec(step(), 1..80)) {
        let mut world = World::new();
        for step in &trace {
            world.apply(step);
        }
        // The next change brings what was given up for now.
        world.apply(&Step::Frame);
        world.settle();
        while !world.copies.is_empty() {
            world.apply(&Step::Late);
        }
        let stats = world.shards.stats();
        let counters = &stats["parties"]["chat"]["counters"];
        prop_assert_eq!(&counters["received"], world.frames);
        prop_assert_eq!(&counters["wakeUps"], world.wakes);
        prop_assert_eq!(&counters["connects"], 1);
        prop_assert_eq!(world.shards.names(&[]), ["chat/r"]);
        let activity = stats["minutes"].as_array().unwrap().iter();
        let activity: u64 = activity.map(|minute| minute["received"].as_u64().unwrap()).sum();
        prop_assert_eq!(activity, world.frames);
    }
}
