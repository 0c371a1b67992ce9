//! What is counted, each thing listed once: its name in JSON, its name in Prometheus, and what it means.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Histogram, is_default};
use crate::sorted::Map;

/// Refusals by code. The codes of this version are borrowed, those of others owned.
pub type Rejects = Map<Cow<'static, str>, u64>;

/// What became of attempts to deliver webhooks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Deliveries {
    /// They were taken.
    #[serde(skip_serializing_if = "is_default")]
    pub delivered: u64,
    /// They were not, and are tried again.
    #[serde(skip_serializing_if = "is_default")]
    pub failed: u64,
    /// They were not, and that was the last attempt.
    #[serde(skip_serializing_if = "is_default")]
    pub dead: u64,
}

impl Deliveries {
    /// Adds those of others.
    pub(crate) fn add(&mut self, other: &Self) {
        let Self { delivered, failed, dead } = self;
        for (count, more) in
            [(delivered, other.delivered), (failed, other.failed), (dead, other.dead)]
        {
            *count = count.saturating_add(more);
        }
    }
}

macro_rules! counters {
    ($($(#[doc = $doc:literal])+ $field:ident = $metric:literal;)*) => {
        /// Counts of things that happened. They only grow, and two of them add up.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub struct Counters {
            $($(#[doc = $doc])+ #[serde(skip_serializing_if = "is_default")] pub $field: u64,)*
            /// Frames and calls that were refused, by code.
            #[serde(skip_serializing_if = "is_default")]
            pub rejects: Rejects,
            /// How long the first frame of a group waited before the group was sent.
            #[serde(skip_serializing_if = "is_default")]
            pub broadcast: Histogram,
            /// From writing to being on disk.
            #[serde(skip_serializing_if = "is_default")]
            pub commit: Histogram,
            /// Attempts to deliver webhooks.
            #[serde(skip_serializing_if = "is_default")]
            pub deliveries: Deliveries,
            /// How long a webhook took to be answered.
            #[serde(skip_serializing_if = "is_default")]
            pub webhook: Histogram,
        }

        /// The plain counts alone: all of them, those that are zero as well.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
        #[serde(rename_all = "camelCase")]
        #[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
        #[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Counters"))]
        pub struct Plain { $($(#[doc = $doc])+ pub $field: u64,)* }

        impl Counters {
            /// The plain counts alone.
            pub fn plain(&self) -> Plain {
                Plain { $($field: self.$field,)* }
            }

            fn add_plain(&mut self, other: &Self) {
                $(self.$field = self.$field.saturating_add(other.$field);)*
            }

            /// Prometheus's name of each plain count, what it means, and the number.
            pub(super) fn metrics(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
                [$(($metric, concat!($($doc),+).trim_ascii(), self.$field),)*].into_iter()
            }
        }
    };
}

counters! {
    /// Frames that clients sent. Heartbeats that the runtime answers are not among them.
    received = "frames_received_total";
    /// Frames that were sent, once for each connection that got it.
    sent = "frames_sent_total";
    /// Bytes of the frames that clients sent, without those of frames that were too long to be read.
    received_bytes = "received_bytes_total";
    /// Bytes of the frames that were sent, once for each connection that got it.
    sent_bytes = "sent_bytes_total";
    /// Messages that were acknowledged, and with that are on disk.
    acks = "acks_total";
    /// Messages that were sent again although they had been kept.
    duplicates = "duplicates_total";
    /// Events that backends published.
    published = "events_published_total";
    /// Connections that came in.
    connects = "connects_total";
    /// Times that a room was woken, or came to be.
    wake_ups = "wakeups_total";
}

impl Counters {
    /// Adds what others have counted.
    pub fn add(&mut self, other: &Self) {
        self.add_plain(other);
        for (code, count) in &other.rejects {
            self.reject(code.clone(), *count);
        }
        self.broadcast.add(&other.broadcast);
        self.commit.add(&other.commit);
        self.deliveries.add(&other.deliveries);
        self.webhook.add(&other.webhook);
    }

    /// Counts refusals.
    pub fn reject(&mut self, code: impl Into<Cow<'static, str>>, count: u64) {
        let counted = self.rejects.entry(code.into()).or_default();
        *counted = counted.saturating_add(count);
    }

    /// All refusals together.
    pub fn rejected(&self) -> u64 {
        self.rejects.values().sum()
    }

    /// What counts as activity of a room: frames of clients, and events of backends.
    pub fn activity(&self) -> u64 {
        self.received.saturating_add(self.published)
    }
}
