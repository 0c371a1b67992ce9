//! Where things are brought, and what the shell is asked to bring.

use std::fmt;

use std::time::SystemTime;

use crate::access::backend_url::BackendUrl;
use crate::ids::{PartyName, RoomName};
use crate::publish::Idempotency;
use crate::relay::Source;
use crate::time::Timestamp;

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

impl Outcome {
    /// By the answer of a receiver: its status, and its header `Retry-After` if it has one.
    pub fn of_answer(status: u16, retry_after: Option<&str>, now: Timestamp) -> Self {
        if (200..300).contains(&status) {
            return Self::Accepted;
        }
        let retry_after_ms = retry_after.and_then(|header| wait_ms(header.trim(), now));
        Self::Failed { error: format!("answered {status}"), retry_after_ms }
    }

    /// Nobody answered.
    pub fn unanswered(error: impl Into<String>) -> Self {
        Self::Failed { error: error.into(), retry_after_ms: None }
    }
}

/// What `Retry-After` says: seconds, or a moment.
fn wait_ms(header: &str, now: Timestamp) -> Option<u64> {
    if let Ok(seconds) = header.parse::<u64>() {
        return Some(seconds.saturating_mul(1000));
    }
    let moment = httpdate::parse_http_date(header).ok()?;
    let moment = moment.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_millis();
    Some(u64::try_from(moment).ok()?.saturating_sub(now.as_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_says_by_its_status_whether_it_has_it() {
        let now = Timestamp::from_millis(1_760_000_000_000);
        let of = |status, header| Outcome::of_answer(status, header, now);
        for status in [200, 202, 204, 299] {
            assert_eq!(of(status, Some("7")), Outcome::Accepted);
        }
        for status in [100, 199, 301, 400, 410, 500, 503] {
            assert_eq!(of(status, None), Outcome::unanswered(format!("answered {status}")));
        }
        for (header, wait) in [
            ("120", Some(120_000)),
            (" 0 ", Some(0)),
            ("Thu, 09 Oct 2025 08:54:20 GMT", Some(60_000)),
            ("Thu, 09 Oct 2025 08:52:20 GMT", Some(0)),
            ("18446744073709551615", Some(u64::MAX)),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            let error = "answered 503".to_owned();
            let expected = Outcome::Failed { error, retry_after_ms: wait };
            assert_eq!(of(503, Some(header)), expected, "{header}");
        }
    }

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
