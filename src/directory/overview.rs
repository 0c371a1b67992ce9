//! The numbers of a deployment: what the shards know, added up, and how `/stats` says it.

use serde::{Deserialize, Serialize};

use super::parties::Minute;
use crate::metrics::{Counters, Minutes, Plain, Rejects, WebhookQueue, minute_of};
use crate::sorted::Map;
use crate::time::Timestamp;

/// How many minutes there are in `/stats`.
const MINUTES: u64 = 60;

/// The numbers of a shard, or of all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// By party. The edge's refusals are under [`super::EDGE`].
    pub parties: Map<String, PartyOverview>,
}

/// The numbers of a party.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyOverview {
    /// As it is.
    pub now: PartyNumbers,
    /// All that was ever counted.
    pub counted: Counters,
    /// What happened lately.
    pub minutes: Minutes<Minute, 60>,
}

/// How many there are in the live rooms of a party.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PartyNumbers {
    /// Live rooms.
    pub rooms: u64,
    /// Connections.
    pub connections: u64,
    /// Users, once for each room that they are in.
    pub users: u64,
    /// Webhooks that are not delivered.
    pub webhooks: WebhookQueue,
}

impl PartyNumbers {
    fn add(&mut self, other: Self) {
        self.rooms = self.rooms.saturating_add(other.rooms);
        self.connections = self.connections.saturating_add(other.connections);
        self.users = self.users.saturating_add(other.users);
        self.webhooks.add(other.webhooks);
    }
}

/// The numbers of a deployment, minute by minute as well.
#[derive(Default)]
pub struct Merged {
    /// By party.
    pub parties: Map<String, (PartyNumbers, Counters)>,
    /// By the number of the minute.
    minutes: Map<u64, Minute>,
}

impl Overview {
    /// Adds up what all shards know.
    pub fn merge(shards: impl IntoIterator<Item = Self>) -> Merged {
        let mut merged = Merged::default();
        for (name, party) in shards.into_iter().flat_map(|shard| shard.parties) {
            let (numbers, counted) = merged.parties.entry(name).or_default();
            numbers.add(party.now);
            counted.add(&party.counted);
            for (minute, value) in party.minutes.values() {
                merged.minutes.entry(minute).or_default().add(*value);
            }
        }
        merged
    }
}

impl Merged {
    /// The answer of `/stats`, as JSON.
    pub fn stats(&self, now: Timestamp) -> String {
        let mut totals = PartyNumbers::default();
        self.parties.values().for_each(|(numbers, _)| totals.add(*numbers));
        let parties = self.parties.iter().map(|(name, (numbers, counted))| {
            let (counters, rejects) = (counted.plain(), &counted.rejects);
            (name.as_str(), Party { numbers: *numbers, counters, rejects })
        });
        let current = minute_of(now);
        let minutes = (current.saturating_sub(MINUTES - 1)..=current).map(|minute| {
            let Minute { received, sent, rejects } =
                self.minutes.get(&minute).copied().unwrap_or_default();
            let at = Timestamp::from_millis(minute.saturating_mul(60_000));
            ShownMinute { at, received, sent, rejects }
        });
        let stats = Stats {
            server_time: now,
            totals,
            parties: parties.collect(),
            minutes: minutes.collect(),
        };
        // Numbers and strings always serialize.
        serde_json::to_string(&stats).unwrap_or_default()
    }
}

/// What `/stats` answers.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Stats<'a> {
    /// When it was asked.
    server_time: Timestamp,
    /// Of all parties together.
    totals: PartyNumbers,
    /// By name; the refusals of the edge, before there is a room, under "".
    parties: Map<&'a str, Party<'a>>,
    /// The last 60, oldest first.
    minutes: Vec<ShownMinute>,
}

/// The numbers of a party.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "PartyStats"))]
struct Party<'a> {
    #[serde(flatten)]
    numbers: PartyNumbers,
    /// Since the deployment is there.
    counters: Plain,
    /// How often something was refused, by code.
    rejects: &'a Rejects,
}

/// What happened in a minute.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Minute"))]
struct ShownMinute {
    /// When it began.
    at: Timestamp,
    /// Frames that were received.
    received: u64,
    /// Frames that were sent.
    sent: u64,
    /// Refusals.
    rejects: u64,
}
