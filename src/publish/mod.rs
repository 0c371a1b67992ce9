//! What a backend publishes: docs/protocol.md, section 6.
//!
//! A [`Publication`] is what one room is asked for, a [`Broadcast`] the same for several rooms. Either may come with an
//! [`Idempotency`], by which a room knows what it has done already.

mod broadcast;
mod idempotency;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use broadcast::Rooms;
pub use broadcast::{Broadcast, BroadcastAnswer, RoomAnswer, Target};
pub use idempotency::Idempotency;
pub(crate) use idempotency::hex;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::codes::ErrorCode;
use crate::ids::{ConnectionId, MAX_CHARS, MessageId, UserId};
use crate::json;
use crate::limits::Limits;
use crate::problem::Problem;
use crate::store::Seq;
use crate::time::Timestamp;

/// One event, checked. The payload is passed on as the backend wrote it.
#[derive(Debug, Deserialize, Serialize)]
#[cfg_attr(
    not(target_arch = "wasm32"),
    derive(schemars::JsonSchema),
    schemars(extend("not" = {
        "properties": { "persist": { "const": true }, "onlyUserIds": { "type": "array" } },
        "required": ["persist", "onlyUserIds"],
    }))
)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The envelope's `type`.
    #[serde(rename = "type")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(min = 1, max = 128)))]
    pub kind: String,
    /// Any JSON.
    pub payload: Box<RawValue>,
    /// In milliseconds since the Unix epoch; the room's clock if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
    /// Nobody of this user gets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclude_user_id: Option<UserId>,
    /// This connection does not get it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclude_connection_id: Option<ConnectionId>,
    /// Only these users get it. Not together with `persist`: what is kept is for everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_user_ids: Option<Vec<UserId>>,
    /// Whether to keep it; the party's default if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persist: Option<bool>,
}

impl Event {
    /// Reads an event.
    ///
    /// # Errors
    /// `invalid-json` or `invalid-event`, with the place and the reason.
    pub fn parse(body: &[u8]) -> Result<Self, Problem> {
        let event: Self = parse_body(body, "Not an event")?;
        if event.kind.is_empty() || event.kind.chars().nth(MAX_CHARS).is_some() {
            let detail = format!("\"type\" must have 1 to {MAX_CHARS} characters.");
            return Err(invalid(detail));
        }
        if event.persist == Some(true) && event.only_user_ids.is_some() {
            let detail = "What is kept is for everybody: leave out \"onlyUserIds\" or \"persist\".";
            return Err(invalid(detail));
        }
        Ok(event)
    }
}

fn invalid(detail: impl Into<String>) -> Problem {
    Problem::new(ErrorCode::InvalidEvent, detail)
}

/// Reads JSON; `what` says of something else that it is not what was asked for.
fn parse_body<'a, T: Deserialize<'a>>(body: &'a [u8], what: &str) -> Result<T, Problem> {
    json::read(body).map_err(|fault| {
        if fault.is_data() {
            invalid(format!("{what}: {fault}."))
        } else {
            Problem::new(ErrorCode::InvalidJson, format!("The body is not valid JSON: {fault}."))
        }
    })
}

/// What a room is asked to publish: one event, or several that are delivered all or none.
#[derive(Debug, Serialize)]
pub struct Publication {
    /// At least one.
    pub events: Vec<Event>,
    /// Whether the body was a list. It is answered in kind.
    #[serde(skip)]
    pub several: bool,
}

impl Publication {
    /// Reads the body of a request: an event, or `{"events": [an event, …]}`.
    ///
    /// # Errors
    /// `invalid-json` or `invalid-event`, with the place and the reason.
    pub fn parse(body: &[u8], limits: &Limits) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        struct Several<'a> {
            #[serde(borrow, default)]
            events: Option<Vec<&'a RawValue>>,
        }
        let Several { events } = parse_body(body, "Not events")?;
        let Some(events) = events else {
            return Ok(Self { events: vec![Event::parse(body)?], several: false });
        };
        let most = limits.events_per_call;
        if events.is_empty() || events.len() > most {
            return Err(invalid(format!("\"events\" must have 1 to {most} events.")));
        }
        let events = events.into_iter().enumerate().map(|(index, event)| {
            let place = |Problem { code, detail }| Problem {
                code,
                detail: format!("events[{index}]: {detail}"),
            };
            Event::parse(event.get().as_bytes()).map_err(place)
        });
        Ok(Self { events: events.collect::<Result<_, _>>()?, several: true })
    }
}

/// The body of the answer to a call: a list, if that was one.
pub fn answer(receipts: &[Receipt], several: bool) -> String {
    let text = match receipts {
        [receipt] if !several => serde_json::to_string(receipt),
        results => serde_json::to_string(&Results { results }),
    };
    // Strings and numbers always serialize.
    text.unwrap_or_default()
}

/// The answer to a list of events, in its order.
#[derive(Serialize)]
#[cfg_attr(
    not(target_arch = "wasm32"),
    derive(schemars::JsonSchema),
    schemars(rename = "Receipts")
)]
pub(crate) struct Results<'a> {
    results: &'a [Receipt],
}

/// The answer to a published event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Receipt {
    /// The event's id.
    pub id: MessageId,
    /// Where it lies in the history, if it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<Seq>,
    /// How many connections it was sent to.
    pub delivered: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &str) -> ErrorCode {
        Event::parse(body.as_bytes()).unwrap_err().code
    }

    #[test]
    fn the_payload_is_kept_to_the_letter() {
        let event =
            Event::parse(br#"{"type":"T","payload":{"n": 1.50, "big":12345678901234567890123}}"#);
        assert_eq!(event.unwrap().payload.get(), r#"{"n": 1.50, "big":12345678901234567890123}"#);
    }

    #[test]
    fn what_is_no_event_is_refused_with_the_reason() {
        assert_eq!(code("{"), ErrorCode::InvalidJson);
        assert_eq!(code(""), ErrorCode::InvalidJson);
        for body in [
            "[]",
            r#"["T",1]"#,
            "1",
            "{}",
            r#"{"type":"T"}"#,
            r#"{"payload":1}"#,
            r#"{"type":"","payload":1}"#,
            r#"{"type":7,"payload":1}"#,
            r#"{"type":"T","payload":1,"timestamp":"now"}"#,
            r#"{"type":"T","payload":1,"excludeUserId":""}"#,
            r#"{"type":"T","payload":1,"onlyUserIds":"u1"}"#,
            r#"{"type":"T","payload":1,"persist":1}"#,
            r#"{"type":"T","payload":1,"persist":true,"onlyUserIds":["u1"]}"#,
        ] {
            assert_eq!(code(body), ErrorCode::InvalidEvent, "{body}");
        }
    }
    fn several(body: &str) -> Result<Publication, Problem> {
        Publication::parse(body.as_bytes(), &Limits::default())
    }

    #[test]
    fn a_list_of_events_is_answered_with_a_list() {
        let receipt = || {
            let id = MessageId::parse("e").unwrap();
            Receipt { id, seq: None, delivered: 2 }
        };
        let one = several(r#"{"type":"T","payload":1}"#).unwrap();
        assert_eq!(answer(&[receipt()], one.several), r#"{"id":"e","delivered":2}"#);
        let list = several(r#"{"events":[{"type":"T","payload":1}]}"#).unwrap();
        assert_eq!(answer(&[receipt()], list.several), r#"{"results":[{"id":"e","delivered":2}]}"#);
    }

    #[test]
    fn what_is_passed_on_to_a_room_is_what_was_asked_for() {
        let body = r#"{"events":[{"type":"T","payload":{"n": 1.50},"excludeUserId":"u1"},{"type":"U","payload":null}]}"#;
        let publication = several(body).unwrap();
        assert_eq!(serde_json::to_string(&publication).unwrap(), body);
    }

    #[test]
    fn a_bad_event_among_several_is_named() {
        let bad = several(r#"{"events":[{"type":"T","payload":1},{"type":"T"}]}"#).unwrap_err();
        assert_eq!(bad.code, ErrorCode::InvalidEvent);
        assert!(bad.detail.starts_with("events[1]: "), "{}", bad.detail);
        let many = format!(r#"{{"events":[{}1]}}"#, "1,".repeat(100));
        for body in [
            r#"{"events":[]}"#,
            r#"{"events":[["T",1]]}"#,
            r#"{"events":7}"#,
            r#"{"events":[7]}"#,
            &many,
        ] {
            assert_eq!(several(body).unwrap_err().code, ErrorCode::InvalidEvent, "{body}");
        }
        assert_eq!(several(r#"{"events":["#).unwrap_err().code, ErrorCode::InvalidJson);
    }
}
