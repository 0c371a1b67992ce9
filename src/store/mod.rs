//! The history of a room as the core sees it: a list of entries by `seq`, and what belongs to its messages.
//!
//! A store is synchronous, because a room's SQLite is: what a call returned for is written before anything that the
//! same turn sends can leave. [`MemStore`] is for tests; [`sql::SqlStore`] is the one over SQLite.

pub mod id_index;
mod mem;
mod mem_outbox;
mod outbox;
mod rule;
pub mod sql;

pub use mem::MemStore;
pub use outbox::{DeadLetter, OutboxStore, Parcel};
pub use rule::Rule;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{MessageId, UserId, Username};
use crate::json::Whole;
use crate::time::Timestamp;

/// A position in a room's history: dense, from 1. 0 is the position before the first entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Whole")]
pub struct Seq(u64);

#[cfg(not(target_arch = "wasm32"))]
impl schemars::JsonSchema for Seq {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Seq".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A position in the room's history.",
            "type": "integer", "minimum": 0, "maximum": Self::MAX.0,
        })
    }
}

impl TryFrom<Whole> for Seq {
    type Error = &'static str;
    fn try_from(Whole(seq): Whole) -> Result<Self, Self::Error> {
        Self::new(seq).ok_or("no seq is that large")
    }
}

impl Seq {
    /// The largest: clients read it as a JavaScript number.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// A position, unless it lies past [`Seq::MAX`].
    pub const fn new(seq: u64) -> Option<Self> {
        if seq <= Self::MAX.0 { Some(Self(seq)) } else { None }
    }

    /// As a number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The position after this, if there is one.
    pub const fn next(self) -> Option<Self> {
        Self::new(self.0.saturating_add(1))
    }
}

/// Names one incarnation of a room's history. A client's `seq` means nothing under another epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(inline))]
pub struct Epoch(String);

impl Epoch {
    /// An epoch as it was stored.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How far a room's history goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The incarnation.
    pub epoch: Epoch,
    /// The last entry's `seq`, 0 if there never was one.
    pub last: Seq,
    /// Entries up to here are no longer kept, 0 if all are.
    pub floor: Seq,
}

/// What an entry of the history is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A message of somebody.
    Message,
    /// An event of the backend.
    Event,
    /// A message was edited; the text of [`Entry::about`] is in the frame.
    Edit,
    /// Anything else that happened to a message or to a user's content.
    Change,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Message, Self::Event, Self::Edit, Self::Change];

    /// The number, as it is stored. What has a place in the pages of the history has a number below 2.
    pub const fn number(self) -> u8 {
        match self {
            Self::Message => 0,
            Self::Event => 1,
            Self::Edit => 2,
            Self::Change => 3,
        }
    }

    /// Whether it has a place in the pages of the history, and not only in the log that is resumed from.
    pub const fn in_pages(self) -> bool {
        matches!(self, Self::Message | Self::Event)
    }
}

/// A new entry of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// One more than the last entry's.
    pub seq: Seq,
    /// When it was accepted.
    pub at: Timestamp,
    /// What it is.
    pub kind: EntryKind,
    /// Who wrote it; nobody for a backend's event.
    pub author: Option<UserId>,
    /// The message's or event's id; that of the message in question for changes.
    pub id: MessageId,
    /// The message that a reply answers, or that a change is about.
    pub about: Option<Seq>,
    /// The frame as it is delivered: JSON text.
    pub frame: String,
    /// A message's text, if it is to be found by [`Store::search`].
    pub text: Option<String>,
    /// The users whom a message mentions.
    pub mentions: Vec<UserId>,
}

/// An entry as it is kept. A message's frame is its current form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it lies.
    pub seq: Seq,
    /// When it was accepted.
    pub at: Timestamp,
    /// What it is.
    pub kind: EntryKind,
    /// Who wrote it.
    pub author: Option<UserId>,
    /// Its id.
    pub id: MessageId,
    /// The message that it answers or is about.
    pub about: Option<Seq>,
    /// JSON text.
    pub frame: String,
}

/// Where a page lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cursor {
    /// The latest entries.
    Latest,
    /// The entries that precede this one.
    Before(Seq),
    /// The entries that follow this one.
    After(Seq),
}

/// A page of the history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The entries' `seq` and frames, by ascending `seq`.
    pub frames: Vec<(Seq, String)>,
    /// Whether there are more in the direction of the cursor.
    pub has_more: bool,
}

/// Somebody's emoji on a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// Who.
    pub user: UserId,
    /// What they were called then.
    pub username: Username,
    /// The emoji.
    pub emoji: String,
}

/// What is kept about a user who was here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// What they were last called.
    pub username: Username,
    /// Everything up to here has reached them.
    pub delivered: Seq,
    /// They have read up to here, and others may know.
    pub read: Seq,
    /// They have read up to here. Never below `read`.
    pub read_privately: Seq,
    /// When they were here last, or did something last.
    pub seen: Timestamp,
}

/// What a call with an `Idempotency-Key` was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// When.
    pub at: Timestamp,
    /// A hash of the call's body.
    pub digest: String,
    /// JSON text.
    pub answer: String,
}

/// A storage call failed. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError(pub String);

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "storage failed: {}", self.0)
    }
}

impl std::error::Error for StoreError {}

/// A room's history, and what belongs to it.
///
/// # Errors
/// Every method fails if the storage does, and then has changed nothing.
pub trait Store: OutboxStore {
    /// Where the history begins and ends.
    fn position(&self) -> Result<Position, StoreError>;

    /// Writes entries, all or none. Their `seq`s follow the last one without gap; no message among them has an id that its
    /// author has used ([`Store::accepted`]).
    fn append(&mut self, entries: &[Entry]) -> Result<(), StoreError>;

    /// Has `work` write several things, all or none.
    fn atomically(
        &mut self,
        work: &mut dyn FnMut(&mut dyn Store) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;

    /// Where and when this author's message with this id was accepted.
    fn accepted(
        &self,
        author: &UserId,
        id: &MessageId,
    ) -> Result<Option<(Seq, Timestamp)>, StoreError>;

    /// The first message or event with this id; the one of `author` before all others, if given.
    fn find(&self, id: &MessageId, author: Option<&UserId>) -> Result<Option<Seq>, StoreError>;

    /// One entry.
    fn row(&self, seq: Seq) -> Result<Option<Row>, StoreError>;

    /// Replaces the frame of an entry, and what [`Store::search`] finds it by (nothing, if `None`).
    fn replace(&mut self, seq: Seq, frame: &str, text: Option<&str>) -> Result<(), StoreError>;

    /// The edits of a message.
    fn edits(&self, about: Seq) -> Result<Vec<Row>, StoreError>;

    /// The entries of an author after `after`, at most `limit`.
    fn authored(&self, author: &UserId, after: Seq, limit: u32) -> Result<Vec<Row>, StoreError>;

    /// At most `limit` entries of those that have a place in pages.
    fn page(&self, cursor: Cursor, limit: u32) -> Result<Page, StoreError>;

    /// At most `limit` messages that answer `parent`.
    fn thread(&self, parent: Seq, cursor: Cursor, limit: u32) -> Result<Page, StoreError>;

    /// At most `limit` entries of any kind after `after`: the log.
    fn log(&self, after: Seq, limit: u32) -> Result<Page, StoreError>;

    /// The last entry that was accepted before a moment; 0 if none was.
    fn last_before(&self, moment: Timestamp) -> Result<Seq, StoreError>;

    /// When the oldest entry that is kept was accepted.
    fn oldest(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Makes messages findable, those that are there included. Called once a wake where the party wants it.
    fn enable_search(&mut self) -> Result<(), StoreError>;

    /// The latest messages, before `before` if given, whose text has all words of `query`; the last word may be a beginning.
    fn search(&self, query: &str, before: Option<Seq>, limit: u32) -> Result<Page, StoreError>;

    /// The reactions to a message, oldest first.
    fn reactions(&self, message: Seq) -> Result<Vec<Reaction>, StoreError>;

    /// A user's reactions to the messages from `first` to `last`.
    fn reacted(
        &self,
        user: &UserId,
        first: Seq,
        last: Seq,
    ) -> Result<Vec<(Seq, String)>, StoreError>;

    /// Adds a reaction; nothing happens if it is there.
    fn add_reaction(&mut self, message: Seq, reaction: &Reaction) -> Result<(), StoreError>;

    /// Removes a user's reaction to a message; all of theirs to it, without `emoji`.
    fn remove_reaction(
        &mut self,
        message: Seq,
        user: &UserId,
        emoji: Option<&str>,
    ) -> Result<(), StoreError>;

    /// The messages that a user has reacted to.
    fn reacted_by(&self, user: &UserId) -> Result<Vec<Seq>, StoreError>;

    /// Removes all reactions to a message.
    fn clear_reactions(&mut self, message: Seq) -> Result<(), StoreError>;

    /// Adds a message to the pinned ones.
    fn pin(&mut self, message: Seq) -> Result<(), StoreError>;

    /// Removes a message from the pinned ones.
    fn unpin(&mut self, message: Seq) -> Result<(), StoreError>;

    /// The pinned messages, in the order in which they were pinned.
    fn pins(&self) -> Result<Vec<(Seq, String)>, StoreError>;

    /// What is kept about a user.
    fn member(&self, user: &UserId) -> Result<Option<Member>, StoreError>;

    /// The users who were here, last seen first.
    fn members(&self, limit: u32) -> Result<Vec<Member>, StoreError>;

    /// Keeps what is known about users.
    fn put_members(&mut self, members: &[Member]) -> Result<(), StoreError>;

    /// Removes what is kept about a user.
    fn remove_member(&mut self, user: &UserId) -> Result<(), StoreError>;

    /// How many messages of others follow `after`, and how many of them mention the user; both at most `cap`.
    fn unread(&self, user: &UserId, after: Seq, cap: u32) -> Result<(u32, u32), StoreError>;

    /// What a call with this key was answered.
    fn answered(&self, key: &str) -> Result<Option<Answered>, StoreError>;

    /// Keeps what a call with this key was answered, in the place of what is there.
    fn keep_answer(&mut self, key: &str, answered: &Answered) -> Result<(), StoreError>;

    /// Removes what was answered before a moment. Looks at everything that is kept.
    fn forget_answers(&mut self, before: Timestamp) -> Result<(), StoreError>;

    /// Removes all entries up to `through`, and what belongs to them.
    fn drop_through(&mut self, through: Seq) -> Result<(), StoreError>;

    /// Removes everything, rules, audit trail, answers and what others are to be told included, and begins a new epoch.
    fn wipe(&mut self) -> Result<(), StoreError>;

    /// The rules of moderation.
    fn rules(&self) -> Result<Vec<Rule>, StoreError>;

    /// Adds a rule, or replaces the one of its kind and target.
    fn put_rule(&mut self, rule: &Rule) -> Result<(), StoreError>;

    /// Removes a rule, if there is one.
    fn remove_rule(&mut self, kind: &str, target: &str) -> Result<(), StoreError>;

    /// Adds an entry to the audit trail: JSON text.
    fn audit(&mut self, entry: &str) -> Result<(), StoreError>;

    /// The latest entries of the audit trail, by ascending age.
    fn audit_trail(&self, limit: u32) -> Result<Vec<String>, StoreError>;
}
