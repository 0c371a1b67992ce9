//! The JSON that all kinds of room share: reading a frame's head, errors, pong, history, the event envelope.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Connection;
use super::moderation::Outcome;
use crate::access::Role;
use crate::codes::ErrorCode;
use crate::ids::{ConnectionId, MAX_CHARS, MessageId, UserId};
use crate::json;
use crate::limits::Limits;
use crate::problem::Problem;
use crate::relay::Source;
use crate::store::{Epoch, Position, Seq};
use crate::time::Timestamp;

/// The part of a client's frame that says what it is. The rest is read by [`Head::body`] once that is known.
#[derive(Debug, Deserialize)]
pub struct Head<'a> {
    /// `type`
    #[serde(borrow, rename = "type")]
    pub kind: Cow<'a, str>,
    /// `messageId`, unread: only errors need it.
    #[serde(borrow, default, rename = "messageId")]
    message_id: Option<&'a RawValue>,
    /// `ref`, unread: answers, acks and errors carry it.
    #[serde(borrow, default, rename = "ref")]
    reference: Option<&'a RawValue>,
    #[serde(skip)]
    text: &'a str,
}

impl<'a> Head<'a> {
    /// Reads the head of a frame.
    ///
    /// # Errors
    /// `invalid-json`, or `invalid-frame` if it is no object with a `type`.
    pub fn parse(text: &'a str) -> Result<Self, Refusal> {
        let mut head: Self = read(text)?;
        head.text = text;
        Ok(head)
    }

    /// The frame's `ref`, if it has a usable one.
    pub fn own_reference(&self) -> Option<String> {
        let text: String = json::read_any(self.reference?.get()).ok()?;
        (1..=MAX_CHARS).contains(&text.chars().count()).then_some(text)
    }

    /// What an error about the frame refers to: its `ref`, or else its `messageId`.
    pub(crate) fn reference(&self) -> Option<String> {
        let id = || json::read_any(self.message_id?.get()).ok();
        self.own_reference().or_else(id)
    }

    /// Reads the whole frame as what its `type` calls for.
    ///
    /// # Errors
    /// `invalid-frame` if a field is missing or of the wrong type.
    pub fn body<T: Deserialize<'a>>(&self) -> Result<T, Refusal> {
        read(self.text)
    }
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Refusal> {
    json::read(text).map_err(|fault| {
        if !fault.is_data() {
            let message = format!("This is not valid JSON: {fault}.");
            Refusal::new(ErrorCode::InvalidJson, message)
        } else if text.trim_ascii_start().starts_with('{') {
            Refusal::new(ErrorCode::InvalidFrame, format!("Cannot use this frame: {fault}."))
        } else {
            Refusal::new(ErrorCode::InvalidFrame, "A frame is a JSON object.")
        }
    })
}

/// Why a frame was not accepted. The connection lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    code: ErrorCode,
    message: String,
    reference: Option<String>,
    retry_after_ms: Option<u64>,
}

impl Refusal {
    /// A refusal of a frame that has no id, or whose id is not known yet.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), reference: None, retry_after_ms: None }
    }

    /// The same, saying how long to wait.
    #[must_use]
    pub(crate) fn retry_after(mut self, millis: Option<u64>) -> Self {
        self.retry_after_ms = millis;
        self
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn code(&self) -> ErrorCode {
        self.code
    }

    /// The same refusal over HTTP.
    pub(crate) fn into_problem(self) -> Problem {
        Problem::new(self.code, self.message)
    }

    /// The same, naming the frame that it is about.
    #[must_use]
    pub(crate) fn about(self, head: &Head<'_>) -> Self {
        self.referring_to(head.reference())
    }

    /// The same, naming what it is about.
    #[must_use]
    pub(crate) fn referring_to(mut self, reference: Option<String>) -> Self {
        self.reference = reference;
        self
    }

    /// The `error` frame.
    pub fn frame(&self) -> String {
        #[derive(Serialize)]
        struct Error<'a> {
            r#type: &'static str,
            code: &'static str,
            message: &'a str,
            retryable: bool,
            #[serde(skip_serializing_if = "Option::is_none", rename = "retryAfterMs")]
            retry_after_ms: Option<u64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            r#ref: Option<&'a str>,
        }
        encode(&Error {
            r#type: "error",
            code: self.code.as_str(),
            message: &self.message,
            retryable: self.code.retryable(),
            retry_after_ms: self.retry_after_ms,
            r#ref: self.reference.as_deref(),
        })
    }
}

/// `ping`: whatever `timestamp` is, it comes back.
#[derive(Debug, Deserialize)]
pub(crate) struct Ping<'a> {
    #[serde(borrow, default)]
    timestamp: Option<&'a RawValue>,
}

pub(crate) fn pong(ping: &Ping<'_>) -> String {
    #[derive(Serialize)]
    struct Pong<'a> {
        r#type: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        timestamp: Option<&'a RawValue>,
    }
    encode(&Pong { r#type: "pong", timestamp: ping.timestamp })
}

/// `welcome`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Welcome<'a> {
    r#type: &'static str,
    connection_id: &'a ConnectionId,
    user_id: &'a UserId,
    role: Role,
    epoch: &'a Epoch,
    seq: Seq,
    recovered: bool,
    limits: ClientLimits,
    server_time: Timestamp,
}

/// The limits that a client should know.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ClientLimits {
    frame_bytes: usize,
    history_page: u32,
    history_page_max: u32,
    typing_ms: u64,
}

/// The first frame to a connection. `recovered`: it goes on from where it said it was.
pub(crate) fn welcome(
    connection: &Connection,
    position: &Position,
    recovered: bool,
    limits: &Limits,
    now: Timestamp,
) -> String {
    encode(&Welcome {
        r#type: "welcome",
        connection_id: &connection.id,
        user_id: &connection.grant.user_id,
        role: connection.grant.role,
        epoch: &position.epoch,
        seq: position.last,
        recovered,
        limits: ClientLimits {
            frame_bytes: limits.frame_bytes,
            history_page: limits.history_page,
            history_page_max: limits.history_page_max,
            typing_ms: limits.typing_ms,
        },
        server_time: now,
    })
}

/// `auth`
#[derive(Debug, Deserialize)]
pub(crate) struct Auth<'a> {
    #[serde(borrow)]
    pub(crate) token: Cow<'a, str>,
}

/// The answer to `auth`.
pub(crate) fn authenticated(expires_at: Option<Timestamp>) -> String {
    about_token("authenticated", expires_at)
}

/// The warning before a token's end.
pub(crate) fn token_expiring(expires_at: Timestamp) -> String {
    about_token("token-expiring", Some(expires_at))
}

fn about_token(kind: &'static str, expires_at: Option<Timestamp>) -> String {
    #[derive(Serialize)]
    struct AboutToken {
        r#type: &'static str,
        #[serde(skip_serializing_if = "Option::is_none", rename = "expiresAt")]
        expires_at: Option<Timestamp>,
    }
    encode(&AboutToken { r#type: kind, expires_at })
}

/// The answer to a moderator's frame.
pub(crate) fn moderated(outcome: &Outcome) -> String {
    about_moderation("moderated", outcome)
}

/// What those are told whom it concerns.
pub(crate) fn moderation(outcome: &Outcome) -> String {
    about_moderation("moderation", outcome)
}

fn about_moderation(kind: &'static str, outcome: &Outcome) -> String {
    #[derive(Serialize)]
    struct AboutModeration<'a> {
        r#type: &'static str,
        #[serde(flatten)]
        outcome: &'a Outcome,
    }
    encode(&AboutModeration { r#type: kind, outcome })
}

/// An entry of the audit trail.
pub(crate) fn audit(actor: &str, at: Timestamp, outcome: &Outcome) -> String {
    encode(&AuditEntry { at, actor, outcome })
}

/// What a moderator did.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub(crate) struct AuditEntry<'a> {
    at: Timestamp,
    /// The token's `sub`, or `backend` for the bearer of the key.
    actor: &'a str,
    #[serde(flatten)]
    outcome: &'a Outcome,
}

/// An entry of the audit trail about the erasure of a user's content.
pub(crate) fn erasure(actor: &str, at: Timestamp, user: &UserId, erased: usize) -> String {
    encode(&AuditErasure { at, actor, action: "erase", user_id: user, erased })
}

/// That a user's content was removed.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditErasure<'a> {
    at: Timestamp,
    /// The token's `sub`, or `backend` for the bearer of the key.
    actor: &'a str,
    /// `erase`
    action: &'static str,
    user_id: &'a UserId,
    /// How many messages lost their content.
    erased: usize,
}

/// In the place of an entry that a connection is not to see.
pub(crate) fn skipped(seq: Seq) -> String {
    #[derive(Serialize)]
    struct Skipped {
        r#type: &'static str,
        seq: Seq,
    }
    encode(&Skipped { r#type: "skipped", seq })
}

/// An event as clients get it. `kept`: its id and `seq`, if it is part of the history. `source`: the room that it comes from, if
/// that is another one.
pub(crate) fn envelope<P: Serialize + ?Sized>(
    kind: &str,
    payload: &P,
    timestamp: Timestamp,
    kept: Option<(&MessageId, Seq)>,
    source: Option<&Source>,
) -> String {
    let (id, seq) = kept.unzip();
    encode(&Envelope { r#type: kind, payload, timestamp, source, id, seq })
}

/// An event of the backend.
#[derive(Serialize)]
#[cfg_attr(
    not(target_arch = "wasm32"),
    derive(schemars::JsonSchema),
    schemars(rename = "KeptEvent")
)]
pub(crate) struct Envelope<'a, P: ?Sized> {
    /// What has happened, as the backend calls it.
    r#type: &'a str,
    /// Any JSON, as the backend sent it.
    payload: &'a P,
    timestamp: Timestamp,
    /// The room from which it came on.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a MessageId>,
    /// Where it lies in the history.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<Seq>,
}

/// The JSON text of a frame.
pub(crate) fn encode(frame: &(impl Serialize + ?Sized)) -> String {
    // Frames are structs of strings, numbers and raw JSON, which always serialize.
    serde_json::to_string(frame).unwrap_or_default()
}
