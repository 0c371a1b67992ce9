//! What a room tells the directory.

use serde::{Deserialize, Serialize};

use super::{Counters, is_default};
use crate::time::Timestamp;

/// How a room is, and what it has counted since its last report. As JSON it leaves out what is zero.
///
/// The directory applies each `n` of a wake once, so that a report may be sent again if no answer came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Report {
    /// Its number since the room woke, from 1.
    pub n: u64,
    /// How many connections there are.
    #[serde(skip_serializing_if = "is_default")]
    pub connections: u64,
    /// How many users are here, as people see it.
    #[serde(skip_serializing_if = "is_default")]
    pub users: u64,
    /// When somebody last came, went or sent something, if that was since the room woke.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_activity: Option<Timestamp>,
    /// Its webhooks.
    #[serde(skip_serializing_if = "is_default")]
    pub webhooks: WebhookQueue,
    /// What was counted since the report before.
    #[serde(skip_serializing_if = "is_default")]
    pub counted: Counters,
}

/// The webhooks of a room that are not delivered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct WebhookQueue {
    /// Those still to be delivered.
    pub waiting: u64,
    /// Those that were given up.
    pub dead: u64,
}

impl WebhookQueue {
    /// Adds those of others.
    pub fn add(&mut self, other: Self) {
        self.waiting = self.waiting.saturating_add(other.waiting);
        self.dead = self.dead.saturating_add(other.dead);
    }

    /// Whether there are any.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
