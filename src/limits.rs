//! Every limit, with its unit and its default. `LIMITS` in the configuration changes them one by one.

use serde::Deserialize;

use crate::access::rate::Rate;

/// The limits of a deployment. Sources: docs/protocol.md and docs/configuration.md.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes of a client's frame that are read. A longer frame is answered with an error.
    pub frame_bytes: usize,
    /// UTF-16 units or bytes past which a frame closes the socket.
    pub frame_hard_bytes: usize,
    /// Bytes of the JSON in a message's `meta`.
    pub meta_bytes: usize,
    /// Bytes of an HTTP body.
    pub body_bytes: usize,
    /// Messages in a history page when the client does not say.
    pub history_page: u32,
    /// The most messages in a history page.
    pub history_page_max: u32,
    /// Milliseconds after which typing ends without renewal.
    pub typing_ms: u64,
    /// Milliseconds for which a user whose last connection was closed counts as here.
    pub grace_ms: u64,
    /// The same, if the connection broke.
    pub broken_grace_ms: u64,
    /// How often clients that send heartbeats send them, in milliseconds. Two and a half times that is taken for dead.
    pub heartbeat_ms: u64,
    /// Bytes that may wait for a connection to read them before it gets no fleeting frames.
    pub slow_bytes: usize,
    /// Bytes that may wait for a connection to read them before it is closed.
    pub slow_hard_bytes: usize,
    /// Milliseconds for which a busy room gathers what it has to send and to write; 0 sends everything at once.
    pub flush_ms: u64,
    /// The most events in one call of the HTTP API.
    pub events_per_call: usize,
    /// The most rooms in one call of the HTTP API.
    pub rooms_per_call: usize,
    /// Milliseconds for which a room knows an `Idempotency-Key`.
    pub idempotency_ms: u64,
    /// Milliseconds by which the time of a signed request may differ from the server's.
    pub signature_ms: u64,
    /// Milliseconds between two reports of a room to the directory, at least; 0 for none.
    pub report_ms: u64,
    /// Milliseconds for which the directory lists a room that nobody is in and in which nothing happens.
    pub recent_ms: u64,
    /// Milliseconds of silence after which the directory asks a room that somebody is in.
    pub directory_silent_ms: u64,
    /// Milliseconds that a webhook's receiver has to answer.
    pub webhook_timeout_ms: u64,
    /// Milliseconds before a webhook is tried again for the first time; twice as many each time after.
    pub webhook_retry_ms: u64,
    /// Milliseconds for which a webhook is tried again and again.
    pub webhook_give_up_ms: u64,
    /// How often.
    pub rates: Rates,
}

/// How often somebody may do something. The burst of messages lets through what a client queued while it was offline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Rates {
    /// Messages of a user.
    pub messages: Rate,
    /// Messages of a guest.
    pub guest_messages: Rate,
    /// Typing and presence frames of a user.
    pub ephemeral: Rate,
    /// History pages of a user.
    pub history: Rate,
    /// Receipts of a user.
    pub receipts: Rate,
    /// Frames of any kind of one connection.
    pub connection: Rate,
    /// Frames of any kind in one room.
    pub room: Rate,
    /// Refusals that a connection may collect before it is closed.
    pub refusals: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        const fn rate(burst: u32, per_second: u32) -> Rate {
            Rate { burst, per_second }
        }
        Self {
            messages: rate(64, 10),
            guest_messages: rate(64, 1),
            ephemeral: rate(20, 5),
            history: rate(20, 5),
            receipts: rate(50, 10),
            connection: rate(200, 50),
            room: rate(5000, 2000),
            refusals: rate(50, 1),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame_bytes: 64 * 1024,
            frame_hard_bytes: 1024 * 1024,
            meta_bytes: 1024,
            body_bytes: 1024 * 1024,
            history_page: 50,
            history_page_max: 300,
            typing_ms: 3000,
            // What Pusher waits before it tells of a vacated channel, and Ably of a member whose line broke.
            grace_ms: 3000,
            broken_grace_ms: 15_000,
            heartbeat_ms: 30_000,
            slow_bytes: 1024 * 1024,
            slow_hard_bytes: 4 * 1024 * 1024,
            flush_ms: 3,
            events_per_call: 100,
            rooms_per_call: 100,
            idempotency_ms: 24 * 60 * 60 * 1000,
            signature_ms: 300_000,
            // Below the ten seconds after which a room sleeps: a report that waits would keep it awake.
            report_ms: 5000,
            recent_ms: 10 * 60 * 1000,
            directory_silent_ms: 6 * 60 * 60 * 1000,
            webhook_timeout_ms: 15_000,
            webhook_retry_ms: 1000,
            webhook_give_up_ms: 24 * 60 * 60 * 1000,
            rates: Rates::default(),
        }
    }
}

impl Limits {
    /// The names of limits that make no sense, with the reason.
    pub(crate) fn faults(&self) -> Vec<String> {
        // A stored frame carries the message plus ids and names, and production takes rows up to 2 MB.
        const ROW_BYTES: usize = 1024 * 1024;
        let mut faults = Vec::new();
        if self.frame_bytes == 0 || self.frame_bytes > ROW_BYTES {
            faults.push(format!("LIMITS.frameBytes must be 1 to {ROW_BYTES}"));
        }
        if self.frame_hard_bytes < self.frame_bytes {
            faults.push("LIMITS.frameHardBytes must not be below frameBytes".into());
        }
        if self.body_bytes == 0 || self.body_bytes > ROW_BYTES {
            faults.push(format!("LIMITS.bodyBytes must be 1 to {ROW_BYTES}"));
        }
        if self.history_page == 0 || self.history_page > self.history_page_max {
            faults.push("LIMITS.historyPage must be 1 to historyPageMax".into());
        }
        if self.typing_ms == 0 || self.typing_ms > 10_000 {
            // Past 10 s of silence the room would be asleep but for the typing timer.
            faults.push("LIMITS.typingMs must be 1 to 10000".into());
        }
        for (name, value) in [("graceMs", self.grace_ms), ("brokenGraceMs", self.broken_grace_ms)] {
            if value > 15_000 {
                // The room is kept awake that long.
                faults.push(format!("LIMITS.{name} must be 0 to 15000"));
            }
        }
        if self.slow_bytes == 0 || self.slow_hard_bytes < self.slow_bytes {
            faults.push("LIMITS.slowBytes must be 1 to slowHardBytes".into());
        }
        if !(1000..=600_000).contains(&self.heartbeat_ms) {
            faults.push("LIMITS.heartbeatMs must be 1000 to 600000".into());
        }
        if self.flush_ms > 1000 {
            faults.push("LIMITS.flushMs must be 0 to 1000".into());
        }
        for (name, value) in
            [("eventsPerCall", self.events_per_call), ("roomsPerCall", self.rooms_per_call)]
        {
            // A request may ask a thousand objects, and no more.
            if !(1..=1000).contains(&value) {
                faults.push(format!("LIMITS.{name} must be 1 to 1000"));
            }
        }
        if !(1000..=2_592_000_000).contains(&self.idempotency_ms) {
            faults.push("LIMITS.idempotencyMs must be 1000 to 2592000000".into());
        }
        if !(1000..=3_600_000).contains(&self.signature_ms) {
            faults.push("LIMITS.signatureMs must be 1000 to 3600000".into());
        }
        if self.report_ms != 0 && !(50..=60_000).contains(&self.report_ms) {
            faults.push("LIMITS.reportMs must be 0 or 50 to 60000".into());
        }
        for (name, value) in
            [("recentMs", self.recent_ms), ("directorySilentMs", self.directory_silent_ms)]
        {
            if !(1000..=2_592_000_000).contains(&value) {
                faults.push(format!("LIMITS.{name} must be 1000 to 2592000000"));
            }
        }
        for (name, value, most) in [
            ("webhookTimeoutMs", self.webhook_timeout_ms, 60_000),
            ("webhookRetryMs", self.webhook_retry_ms, 3_600_000),
            ("webhookGiveUpMs", self.webhook_give_up_ms, 2_592_000_000),
        ] {
            if !(1..=most).contains(&value) {
                faults.push(format!("LIMITS.{name} must be 1 to {most}"));
            }
        }
        faults
    }
}
