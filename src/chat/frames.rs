//! The JSON of the chat kind, one type per frame. Shapes: docs/protocol.md, section 3.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::access::Role;
use crate::ids::{ConnectionId, MessageId, UserId, Username};
use crate::limits::Limits;
use crate::store::{Epoch, Seq};
use crate::time::Timestamp;

/// `message`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    pub(super) message: Cow<'a, str>,
    #[serde(default)]
    pub(super) message_id: Option<MessageId>,
    #[serde(default)]
    pub(super) reply_to: Option<MessageId>,
    #[serde(borrow, default)]
    pub(super) meta: Option<&'a RawValue>,
}

/// `read-receipt`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReadReceipt {
    pub(super) message_id: MessageId,
}

/// What the room sends.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(super) enum ServerFrame<'a> {
    Welcome {
        connection_id: &'a ConnectionId,
        user_id: &'a UserId,
        role: Role,
        epoch: &'a Epoch,
        seq: Seq,
        recovered: bool,
        limits: ClientLimits,
        server_time: Timestamp,
    },
    OnlineUsers {
        users: Vec<User<'a>>,
    },
    UserJoined {
        user_id: &'a UserId,
        username: &'a Username,
        total_users: usize,
        timestamp: Timestamp,
    },
    UserLeft {
        user_id: &'a UserId,
        username: &'a Username,
        total_users: usize,
        timestamp: Timestamp,
    },
    UserTyping {
        user_id: &'a UserId,
        username: &'a Username,
    },
    UserStopTyping {
        user_id: &'a UserId,
    },
    NewMessage {
        message_id: &'a MessageId,
        message: &'a str,
        user_id: &'a UserId,
        username: &'a Username,
        timestamp: Timestamp,
        seq: Seq,
        #[serde(skip_serializing_if = "Option::is_none")]
        reply_to: Option<&'a MessageId>,
        #[serde(skip_serializing_if = "Option::is_none")]
        meta: Option<&'a RawValue>,
    },
    Ack {
        message_id: &'a MessageId,
        seq: Seq,
        timestamp: Timestamp,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        duplicate: bool,
    },
    MessageStatusUpdate {
        user_id: &'a UserId,
        message_id: &'a MessageId,
        up_to: Seq,
        status: &'static str,
    },
}

/// A user in `online-users`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User<'a> {
    pub(super) user_id: &'a UserId,
    pub(super) username: &'a Username,
}

/// The limits that a client should know.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClientLimits {
    frame_bytes: usize,
    history_page: u32,
    history_page_max: u32,
    typing_ms: u64,
}

impl From<&Limits> for ClientLimits {
    fn from(limits: &Limits) -> Self {
        Self {
            frame_bytes: limits.frame_bytes,
            history_page: limits.history_page,
            history_page_max: limits.history_page_max,
            typing_ms: limits.typing_ms,
        }
    }
}
