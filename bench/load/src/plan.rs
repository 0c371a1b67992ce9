//! What to do, as the runner says it.

use serde::Deserialize;

use crate::dialect::Dialect;

/// One scenario on one server.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Plan {
    /// `127.0.0.1:port`. The process that listens there is the one that is measured, with all of its children.
    pub(crate) address: String,
    pub(crate) dialect: Dialect,
    /// Path and query of a room's socket, with `{room}` and `{user}` in it.
    pub(crate) socket: String,
    /// Path of the room for HTTP, with `{room}` in it.
    #[serde(default)]
    pub(crate) http: String,
    /// Sent with every HTTP request.
    #[serde(default)]
    pub(crate) authorization: Option<String>,
    /// Offer permessage-deflate, as browsers do.
    pub(crate) compression: bool,
    /// The server's log, if it writes a line with `"wake"` in it whenever an object wakes.
    #[serde(default)]
    pub(crate) log: Option<String>,
    /// So long nothing comes when a room has nothing more to say.
    pub(crate) quiet_ms: u64,
    /// The same after many have come, of whom a room may speak later.
    pub(crate) gather_ms: u64,
    /// How long everybody may take to get what was sent.
    pub(crate) patience_ms: u64,
    pub(crate) scenario: Scenario,
}

/// What the clients do.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    tag = "name",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub(crate) enum Scenario {
    /// Members of rooms talk: with a number of messages in flight each, or at a pace.
    Talk { rooms: usize, members: usize, publishers: usize, pace: Pace, time: Time },
    /// Callers publish over HTTP into one room, each the next one when the one before is answered.
    Post { members: usize, callers: usize, time: Time },
    /// All come at once.
    Join { members: usize },
    /// A room falls asleep, and somebody speaks.
    Wake { members: usize, silence_ms: u64 },
    /// A room where nothing happens but heartbeats.
    Idle { members: usize, heartbeat_ms: u64, silence_ms: u64, time: Time },
    /// Pages out of a long history, and one who comes back after missing a part of it.
    History { entries: u64, pages: usize, missed: u64 },
}

/// When publishers send.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Pace {
    /// The next one when one is acked, with this many on the way.
    InFlight(usize),
    /// One every so many milliseconds, whatever becomes of it.
    EveryMs(u64),
}

/// How long.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Time {
    /// Before anything is measured.
    pub(crate) warm_up_ms: u64,
    pub(crate) measure_ms: u64,
}
