//! How much a room takes in: per connection and per room before a frame is read, per user by what the frame asks for.
//!
//! Buckets live in memory alone. A room that slept gives everybody full ones, which is what ten seconds of silence
//! would nearly have done as well.

use super::{Connection, Slot};
use crate::access::rate::{Bucket, Buckets};
use crate::ids::UserId;
use crate::limits::Rates;
use crate::sorted::Map;
use crate::time::Timestamp;

/// What a frame asks for, beyond being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spending {
    /// A message, an edit, a reaction: what others are told and what is kept.
    Message,
    /// Typing and presence: what others are told and nobody keeps.
    Ephemeral,
    /// A page of the history.
    History,
    /// A receipt: kept and told, but only the latest of a user.
    Receipt,
}

/// A frame came too soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooSoon {
    pub(crate) retry_after_ms: u64,
}

#[derive(Default)]
pub(crate) struct Flow {
    room: Option<Bucket>,
    lanes: Map<Slot, Lane>,
    messages: Buckets<UserId>,
    ephemeral: Buckets<UserId>,
    history: Buckets<UserId>,
    receipts: Buckets<UserId>,
}

/// What one connection may do.
struct Lane {
    frames: Bucket,
    /// How many more refusals it may collect before it is closed.
    patience: Bucket,
}

impl Flow {
    /// Whether a frame of this connection is read at all.
    pub(crate) fn admit(
        &mut self,
        rates: &Rates,
        slot: Slot,
        connection: &Connection,
        now: Timestamp,
    ) -> Result<(), TooSoon> {
        // A token with limits of its own is a bot, a bridge or a benchmark: its messages are counted, its frames not.
        if connection.grant.limits.is_some() {
            return Ok(());
        }
        let lane = self.lane(rates, slot, now);
        lane.frames.take(rates.connection, now).map_err(too_soon)?;
        let room = self.room.get_or_insert_with(|| Bucket::full(rates.room, now));
        room.take(rates.room, now).map_err(too_soon)
    }

    /// Whether what a frame asks for is done.
    pub(crate) fn spend(
        &mut self,
        rates: &Rates,
        connection: &Connection,
        spending: Spending,
        now: Timestamp,
    ) -> Result<(), TooSoon> {
        let grant = &connection.grant;
        let own = grant.limits.and_then(|limits| limits.messages);
        let user = &grant.user_id;
        let default = if user.is_guest() { rates.guest_messages } else { rates.messages };
        let outcome = match spending {
            Spending::Message => self.messages.take(user, own.unwrap_or(default), now),
            Spending::Ephemeral => self.ephemeral.take(user, rates.ephemeral, now),
            Spending::History => self.history.take(user, rates.history, now),
            Spending::Receipt => self.receipts.take(user, rates.receipts, now),
        };
        outcome.map_err(too_soon)
    }

    /// A frame was refused for coming too soon; says whether that is enough now.
    pub(crate) fn strike(&mut self, rates: &Rates, slot: Slot, now: Timestamp) -> bool {
        self.lane(rates, slot, now).patience.take(rates.refusals, now).is_err()
    }

    /// A connection has gone. Its user's buckets stay, so that reconnecting fills none.
    pub(crate) fn leave(&mut self, slot: Slot) {
        self.lanes.remove(&slot);
    }

    fn lane(&mut self, rates: &Rates, slot: Slot, now: Timestamp) -> &mut Lane {
        self.lanes.entry(slot).or_insert_with(|| Lane {
            frames: Bucket::full(rates.connection, now),
            patience: Bucket::full(rates.refusals, now),
        })
    }
}

fn too_soon(retry_after_ms: u64) -> TooSoon {
    TooSoon { retry_after_ms }
}
