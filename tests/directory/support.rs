//! Shards with a clock, and what rooms tell them.

use durable_rooms::directory::{Directory, Merged, Overview, RoomsRequest, Told, shard_of};
use durable_rooms::limits::Limits;
use durable_rooms::metrics::{Counters, Report, WebhookQueue};
use durable_rooms::time::Timestamp;
use serde_json::Value;

use crate::native::Native;

/// When every test begins: the start of a minute.
pub const START: u64 = 1_760_000_040_000;
pub const MINUTE: u64 = 60_000;
pub const HOUR: u64 = 60 * MINUTE;

/// A directory of some shards.
pub struct Shards {
    pub databases: Vec<Native>,
    pub shards: Vec<Directory<Native>>,
    pub now: u64,
}

impl Shards {
    pub fn new(count: u32) -> Self {
        let databases: Vec<_> = (0..count).map(|_| Native::new()).collect();
        let shards = databases.iter().map(open).collect();
        Self { databases, shards, now: START }
    }

    pub fn one() -> Self {
        Self::new(1)
    }

    /// Every shard begins anew with what is on disk.
    pub fn restart(&mut self) {
        self.shards = self.databases.iter().map(open).collect();
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    pub fn shard(&self, room: &str) -> &Directory<Native> {
        &self.shards[shard_of(room, self.shards.len() as u32) as usize]
    }

    pub fn tell(&self, room: &str, run: &str, report: Report) -> bool {
        let told = Told { room: room.into(), run: run.into(), report };
        // As it goes over the wire.
        let told = serde_json::from_str(&serde_json::to_string(&told).unwrap()).unwrap();
        self.shard(room).take(self.now(), &told).unwrap()
    }

    /// What `/rooms` answers.
    pub fn rooms(&self, parameters: &[(&str, &str)]) -> Value {
        let request = RoomsRequest::parse(parameters.iter().copied()).unwrap();
        let pages = self.shards.iter().map(|shard| shard.rooms(self.now(), &request).unwrap());
        let pages: Vec<_> = pages.map(|page| over_the_wire(&page)).collect();
        serde_json::from_str(&request.merge(pages)).unwrap()
    }

    /// The names in what `/rooms` answers.
    pub fn names(&self, parameters: &[(&str, &str)]) -> Vec<String> {
        let answer = self.rooms(parameters);
        let text = |room: &Value, field: &str| room[field].as_str().unwrap().to_owned();
        let rooms = answer["rooms"].as_array().unwrap().iter();
        rooms.map(|room| format!("{}/{}", text(room, "party"), text(room, "room"))).collect()
    }

    pub fn merged(&self) -> Merged {
        let overviews = self.shards.iter().map(|shard| shard.overview(self.now()).unwrap());
        Overview::merge(overviews.map(|overview| over_the_wire(&overview)))
    }

    /// What `/stats` answers.
    pub fn stats(&self) -> Value {
        serde_json::from_str(&self.merged().stats(self.now())).unwrap()
    }
}

fn open(database: &Native) -> Directory<Native> {
    Directory::open(database.clone(), &Limits::default()).unwrap()
}

fn over_the_wire<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

/// A report of a room with so many connections in which so many frames came.
pub fn report(n: u64, connections: u64, received: u64) -> Report {
    Report {
        n,
        connections,
        users: connections,
        last_activity: None,
        webhooks: WebhookQueue::default(),
        counted: Counters { received, ..Counters::default() },
    }
}

/// The same, of a room in which somebody did something then.
pub fn active(n: u64, connections: u64, received: u64, at: u64) -> Report {
    let last_activity = Some(Timestamp::from_millis(at));
    Report { last_activity, ..report(n, connections, received) }
}
