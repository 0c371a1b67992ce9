//! Where things are brought, and what the shell is asked to bring.

use std::fmt;

use crate::access::backend_url::BackendUrl;
use crate::ids::{PartyName, RoomName};
use crate::publish::Idempotency;
use crate::relay::Source;

/// The name of the webhook's lane: rooms' have a slash.
const WEBHOOK: &str = "webhook";

/// The end of a lane. What is for the same one is brought one after the other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Destination {
    /// The application's backend.
    Webhook,
    /// Another room.
    Room(PartyName, RoomName),
}

impl Destination {
    /// From how it is stored.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text == WEBHOOK {
            return Some(Self::Webhook);
        }
        let (party, room) = text.split_once('/')?;
        Some(Self::Room(PartyName::parse(party).ok()?, RoomName::parse(room).ok()?))
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Webhook => f.write_str(WEBHOOK),
            Self::Room(party, room) => write!(f, "{party}/{room}"),
        }
    }
}

/// One attempt to bring something. What comes of it is for [`super::super::Input::Delivered`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// What it is known by, the same at every attempt: `webhook-id`, or the `Idempotency-Key`.
    pub id: String,
    /// How it is brought.
    pub by: Transport,
    /// JSON text.
    pub body: String,
}

/// How something is brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// By POST.
    Webhook {
        /// Where to.
        url: BackendUrl,
        /// `webhook-timestamp`: seconds since 1970.
        timestamp: u64,
        /// `webhook-signature`
        signature: String,
    },
    /// By publishing it in another room.
    Event {
        /// Its party.
        party: PartyName,
        /// The room.
        room: RoomName,
        /// Where it comes from.
        source: Source,
        /// What the other room knows it by.
        key: Idempotency,
    },
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is there.
    Accepted,
    /// It is not, or nobody knows.
    Failed {
        /// Why: the end of a sentence that begins with whose fault it is.
        error: String,
        /// How long the receiver wants to be left alone, in milliseconds.
        retry_after_ms: Option<u64>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_is_stored_as_text() {
        let room = Destination::Room(
            PartyName::parse("main").unwrap(),
            RoomName::parse("webhook/a b").unwrap(),
        );
        for destination in [Destination::Webhook, room] {
            assert_eq!(Destination::parse(&destination.to_string()), Some(destination));
        }
        assert_eq!(Destination::parse("x"), None);
        assert_eq!(Destination::parse("main/"), None);
    }
}
