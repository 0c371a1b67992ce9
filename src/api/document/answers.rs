//! Answers of which a part is JSON text that is passed on as it lies in the store: types that say what is in it.

use schemars::JsonSchema;
use serde_json::value::RawValue;

use crate::chat::{Everybody, Kept, Own, SearchHead, ThreadHead};
use crate::ids::UserId;
use crate::publish::Event;
use crate::room::reading::PageEnd;
use crate::room::wire::{AuditEntry, AuditErasure, Envelope};

/// A page of the history.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only the schema is used")]
pub(super) struct HistoryPage<'a> {
    /// Messages and kept events by ascending `seq`.
    messages: Vec<Entry<'a>>,
    #[serde(flatten)]
    end: PageEnd,
}

/// A message in its current form, or an event that was kept.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "HistoryEntry")]
#[allow(dead_code, reason = "only the schema is used")]
pub(super) enum Entry<'a> {
    Message(Kept<'a>),
    Event(Envelope<'a, RawValue>),
}

/// The replies to a message.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only the schema is used")]
pub(super) struct ThreadPage<'a> {
    #[serde(flatten)]
    head: ThreadHead<'a>,
    /// By ascending `seq`.
    messages: Vec<Kept<'a>>,
    #[serde(flatten)]
    end: PageEnd,
}

/// Messages with certain words.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only the schema is used")]
pub(super) struct SearchPage<'a> {
    #[serde(flatten)]
    head: SearchHead<'a>,
    /// By ascending `seq`.
    messages: Vec<Kept<'a>>,
    #[serde(flatten)]
    end: PageEnd,
}

/// The pinned messages.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only the schema is used")]
pub(super) struct Pins<'a> {
    /// By ascending `seq`.
    messages: Vec<Kept<'a>>,
}

/// How far everybody has come, and one user in particular, if one was named.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only the schema is used")]
pub(super) struct Receipts<'a> {
    #[serde(flatten)]
    own: Option<Own>,
    #[serde(flatten)]
    everybody: Everybody<'a>,
}

/// The latest of what moderators did.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only the schema is used")]
pub(super) struct AuditTrail<'a> {
    /// Newest first.
    entries: Vec<Audited<'a>>,
}

#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
#[allow(dead_code, reason = "only the schema is used")]
enum Audited<'a> {
    Action(AuditEntry<'a>),
    Erasure(AuditErasure<'a>),
}

/// Several events.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only the schema is used")]
pub(super) struct Events {
    /// They are delivered in this order, all or none.
    #[schemars(length(min = 1, max = 100))]
    events: Vec<Event>,
}

/// The parameters of `search`, beside the page.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only the schema is used")]
pub(super) struct SearchParameters {
    /// The words; the last one may be the beginning of a word.
    query: String,
}

/// The parameters of `receipts`.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "only the schema is used")]
pub(super) struct ReceiptsParameters {
    /// Whose own pointers and counts to add.
    user_id: Option<UserId>,
}
