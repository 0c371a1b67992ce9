//! The JSON of the chat kind, one type per frame. Shapes: docs/protocol.md, section 3.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::ids::{MessageId, UserId, Username};
use crate::room::{Shown, Status};
use crate::store::Seq;
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

/// `edit`, beside the message's name.
#[derive(Debug, Deserialize)]
pub(super) struct Edit<'a> {
    #[serde(borrow)]
    pub(super) message: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) meta: Option<&'a RawValue>,
}

/// `react`, beside the message's name.
#[derive(Debug, Deserialize)]
pub(super) struct React<'a> {
    #[serde(borrow)]
    pub(super) emoji: Cow<'a, str>,
    #[serde(default)]
    pub(super) remove: bool,
}

/// `read-receipt` and `delivered`, beside the message's name.
#[derive(Debug, Deserialize)]
pub(super) struct Privacy {
    #[serde(default)]
    pub(super) private: bool,
}

/// `search`, beside the page.
#[derive(Debug, Deserialize)]
pub(super) struct Search<'a> {
    #[serde(borrow)]
    pub(super) query: Cow<'a, str>,
}

/// `presence`. What is left out stays as it is; a `meta` of `null` goes.
#[derive(Debug, Deserialize)]
pub(super) struct Presence<'a> {
    #[serde(borrow, default, deserialize_with = "given")]
    pub(super) meta: Option<&'a RawValue>,
    #[serde(default)]
    pub(super) status: Option<Status>,
}

/// A field that was given, be it `null`.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// `event`
#[derive(Debug, Deserialize)]
pub(super) struct Event<'a> {
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) payload: &'a RawValue,
}

/// The mentions in a message's `meta`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Mentions {
    #[serde(default)]
    pub(super) mentions: Vec<UserId>,
}

/// How often an emoji stands at a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub(crate) struct Tally {
    pub(super) emoji: String,
    pub(super) count: u32,
}

/// `new-message`, as it is kept: a message in its current form.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "ChatMessage"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Kept<'a> {
    #[serde(borrow)]
    pub(super) r#type: Cow<'a, str>,
    pub(super) message_id: MessageId,
    #[serde(borrow)]
    pub(super) message: Cow<'a, str>,
    pub(super) user_id: UserId,
    #[serde(borrow)]
    pub(super) username: Cow<'a, str>,
    pub(super) timestamp: Timestamp,
    pub(super) seq: Seq,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reply_to: Option<MessageId>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) meta: Option<&'a RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) edited_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) reactions: Vec<Tally>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) deleted: bool,
}

/// The `type` of [`Kept`].
pub(super) const NEW_MESSAGE: &str = "new-message";

/// What the room sends.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(super) enum ServerFrame<'a> {
    OnlineUsers {
        users: Vec<Shown<'a>>,
    },
    UserJoined {
        #[serde(flatten)]
        user: Shown<'a>,
        total_users: usize,
        timestamp: Timestamp,
    },
    UserLeft {
        user_id: &'a UserId,
        username: &'a Username,
        total_users: usize,
        timestamp: Timestamp,
    },
    UserUpdated {
        #[serde(flatten)]
        user: Shown<'a>,
        timestamp: Timestamp,
    },
    PresenceDiff {
        joined: Vec<Shown<'a>>,
        left: Vec<Left<'a>>,
        updated: Vec<Shown<'a>>,
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
    Ack {
        message_id: &'a MessageId,
        seq: Seq,
        timestamp: Timestamp,
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        duplicate: bool,
    },
    MessageEdited {
        message_id: &'a MessageId,
        message_seq: Seq,
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        meta: Option<&'a RawValue>,
        user_id: &'a UserId,
        timestamp: Timestamp,
        seq: Seq,
        /// The message has been deleted since, and the edit's text with it.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        deleted: bool,
    },
    MessageDeleted {
        message_id: &'a MessageId,
        message_seq: Seq,
        user_id: &'a UserId,
        timestamp: Timestamp,
        seq: Seq,
    },
    Reaction {
        message_id: &'a MessageId,
        message_seq: Seq,
        emoji: &'a str,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        removed: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        replaced: Option<&'a str>,
        user_id: &'a UserId,
        username: &'a Username,
        reactions: &'a [Tally],
        timestamp: Timestamp,
        seq: Seq,
    },
    MessagePinned {
        message_id: &'a MessageId,
        message_seq: Seq,
        user_id: &'a UserId,
        timestamp: Timestamp,
        seq: Seq,
    },
    MessageUnpinned {
        message_id: &'a MessageId,
        message_seq: Seq,
        user_id: &'a UserId,
        timestamp: Timestamp,
        seq: Seq,
    },
    MessageStatusUpdate {
        #[serde(flatten)]
        update: StatusUpdate<'a>,
    },
    MessageStatusUpdates {
        updates: Vec<StatusUpdate<'a>>,
    },
    Event {
        name: &'a str,
        payload: &'a RawValue,
        user_id: &'a UserId,
        username: &'a Username,
        timestamp: Timestamp,
    },
}

/// Somebody who has left.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Left<'a> {
    pub(super) user_id: &'a UserId,
    pub(super) username: &'a Username,
}

/// How far a user has come.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StatusUpdate<'a> {
    pub(super) user_id: &'a UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message_id: Option<&'a MessageId>,
    pub(super) up_to: Seq,
    pub(super) status: &'static str,
}
