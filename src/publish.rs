//! An event that a backend publishes: docs/protocol.md, section 6.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::codes::ErrorCode;
use crate::ids::{ConnectionId, MAX_CHARS, MessageId, UserId};
use crate::problem::Problem;
use crate::store::Seq;

/// One event, checked. The payload is passed on as the backend wrote it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The envelope's `type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Any JSON.
    pub payload: Box<RawValue>,
    /// Milliseconds since the Unix epoch; the room's clock if left out.
    #[serde(default)]
    pub timestamp: Option<u64>,
    /// Nobody of this user gets it.
    #[serde(default)]
    pub exclude_user_id: Option<UserId>,
    /// This connection does not get it.
    #[serde(default)]
    pub exclude_connection_id: Option<ConnectionId>,
    /// Only these users get it.
    #[serde(default)]
    pub only_user_ids: Option<Vec<UserId>>,
    /// Whether to keep it; the party's default if left out.
    #[serde(default)]
    pub persist: Option<bool>,
}

impl Event {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// `invalid-json` or `invalid-event`, with the place and the reason.
    pub fn parse(body: &[u8]) -> Result<Self, Problem> {
        let invalid = |detail: String| Problem::new(ErrorCode::InvalidEvent, detail);
        let event: Self = serde_json::from_slice(body).map_err(|fault| {
            if fault.is_data() {
                invalid(format!("Not an event: {fault}."))
            } else {
                let detail = format!("The body is not valid JSON: {fault}.");
                Problem::new(ErrorCode::InvalidJson, detail)
            }
        })?;
        if event.kind.is_empty() || event.kind.chars().nth(MAX_CHARS).is_some() {
            let detail = format!("\"type\" must have 1 to {MAX_CHARS} characters.");
            return Err(invalid(detail));
        }
        if event.persist == Some(true) && event.only_user_ids.is_some() {
            let detail = "What is kept is for everybody: leave out \"onlyUserIds\" or \"persist\".";
            return Err(invalid(detail.into()));
        }
        Ok(event)
    }
}

/// The answer to a published event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// The event's id.
    pub id: MessageId,
    /// Where it lies in the history, if it was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
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
}
