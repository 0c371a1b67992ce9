//! The history of a room as the core sees it: an append-only list of frames by `seq`.
//!
//! A store is synchronous, because a room's SQLite is: what `append` returned for is written before anything
//! that the same turn sends can leave. [`MemStore`] is for tests; the shell has one over SQLite.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{MessageId, UserId};
use crate::time::Timestamp;

/// A position in a room's history: dense, from 1. 0 is the position before the first entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Seq(u64);

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
    /// The last entry's `seq`, 0 if there is none.
    pub last: Seq,
}

/// A new entry of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// One more than the last entry's.
    pub seq: Seq,
    /// When it was accepted.
    pub at: Timestamp,
    /// Who wrote it; nobody for a backend's event.
    pub author: Option<&'a UserId>,
    /// Unique among the author's entries.
    pub id: &'a MessageId,
    /// The frame as it is delivered: JSON text.
    pub frame: &'a str,
}

/// What became of an [`Entry`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is written.
    Stored,
    /// The author wrote an entry with this id before; nothing was written.
    Duplicate {
        /// Where that one lies.
        seq: Seq,
        /// When that one was accepted.
        at: Timestamp,
    },
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
    /// The frames by ascending `seq`.
    pub frames: Vec<String>,
    /// Whether there are more in the direction of the cursor.
    pub has_more: bool,
}

/// A rule of moderation that is in force until it is removed or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// A user is kept out.
    Ban {
        /// Whom.
        user: UserId,
        /// When it ends; never, without.
        until: Option<Timestamp>,
    },
    /// A user's messages are not taken.
    Mute {
        /// Whose.
        user: UserId,
        /// When it ends; never, without.
        until: Option<Timestamp>,
    },
    /// A user's tokens from before a moment are refused.
    Revoke {
        /// Whose.
        user: UserId,
        /// The moment.
        issued_before: Timestamp,
    },
    /// Everybody waits between messages.
    SlowMode {
        /// How long, in milliseconds; 0 is off.
        millis: u64,
    },
}

impl Rule {
    /// The kind, as it is stored. With [`Rule::target`] it is the key: a new rule replaces the one before.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Ban { .. } => "ban",
            Self::Mute { .. } => "mute",
            Self::Revoke { .. } => "revoke",
            Self::SlowMode { .. } => "slow-mode",
        }
    }

    /// The user, or nothing for a rule for everybody.
    pub fn target(&self) -> &str {
        match self {
            Self::Ban { user, .. } | Self::Mute { user, .. } | Self::Revoke { user, .. } => {
                user.as_str()
            }
            Self::SlowMode { .. } => "",
        }
    }

    /// The number, as it is stored.
    pub const fn value(&self) -> Option<u64> {
        match self {
            Self::Ban { until, .. } | Self::Mute { until, .. } => match until {
                Some(until) => Some(until.as_millis()),
                None => None,
            },
            Self::Revoke { issued_before, .. } => Some(issued_before.as_millis()),
            Self::SlowMode { millis } => Some(*millis),
        }
    }

    /// From what was stored; nothing, if this version does not know the kind.
    pub fn restore(kind: &str, target: &str, value: Option<u64>) -> Option<Self> {
        let user = || UserId::parse(target).ok();
        let moment = value.map(Timestamp::from_millis);
        Some(match kind {
            "ban" => Self::Ban { user: user()?, until: moment },
            "mute" => Self::Mute { user: user()?, until: moment },
            "revoke" => Self::Revoke { user: user()?, issued_before: moment? },
            "slow-mode" => Self::SlowMode { millis: value? },
            _ => return None,
        })
    }
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

/// A room's history.
pub trait Store {
    /// Where the history ends.
    ///
    /// # Errors
    /// If the storage fails; so for all methods.
    fn position(&self) -> Result<Position, StoreError>;

    /// Writes one entry, unless its author has written one with the same id.
    fn append(&mut self, entry: &Entry<'_>) -> Result<Appended, StoreError>;

    /// Where the entry with this id lies; the latest, if several authors chose the same.
    fn find(&self, id: &MessageId) -> Result<Option<Seq>, StoreError>;

    /// At most `limit` entries.
    fn page(&self, cursor: Cursor, limit: u32) -> Result<Page, StoreError>;

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

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemStore {
    rows: Vec<MemRow>,
    rules: Vec<Rule>,
    trail: Vec<String>,
    /// Makes the next calls of [`Store::append`] fail, as a full disk would.
    pub failing: bool,
}

#[derive(Debug)]
struct MemRow {
    seq: Seq,
    at: Timestamp,
    author: Option<UserId>,
    id: MessageId,
    frame: String,
}

impl MemStore {
    /// The epoch of every store in memory.
    pub const EPOCH: &str = "memory";

    /// An empty history.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Store for MemStore {
    fn position(&self) -> Result<Position, StoreError> {
        let last = self.rows.last().map(|row| row.seq).unwrap_or_default();
        Ok(Position { epoch: Epoch::new(Self::EPOCH), last })
    }

    fn append(&mut self, entry: &Entry<'_>) -> Result<Appended, StoreError> {
        if self.failing {
            return Err(StoreError("told to fail".into()));
        }
        let same = |row: &&MemRow| {
            entry.author.is_some() && row.author.as_ref() == entry.author && row.id == *entry.id
        };
        if let Some(row) = self.rows.iter().find(same) {
            return Ok(Appended::Duplicate { seq: row.seq, at: row.at });
        }
        self.rows.push(MemRow {
            seq: entry.seq,
            at: entry.at,
            author: entry.author.cloned(),
            id: entry.id.clone(),
            frame: entry.frame.to_owned(),
        });
        Ok(Appended::Stored)
    }

    fn find(&self, id: &MessageId) -> Result<Option<Seq>, StoreError> {
        Ok(self.rows.iter().rev().find(|row| row.id == *id).map(|row| row.seq))
    }

    fn page(&self, cursor: Cursor, limit: u32) -> Result<Page, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let inside = self.rows.iter().filter(|row| match cursor {
            Cursor::Latest => true,
            Cursor::Before(seq) => row.seq < seq,
            Cursor::After(seq) => row.seq > seq,
        });
        let inside: Vec<_> = inside.map(|row| row.frame.clone()).collect();
        let surplus = inside.len().saturating_sub(limit);
        let frames = match cursor {
            Cursor::Latest | Cursor::Before(_) => inside.into_iter().skip(surplus).collect(),
            Cursor::After(_) => inside.into_iter().take(limit).collect(),
        };
        Ok(Page { frames, has_more: surplus > 0 })
    }

    fn rules(&self) -> Result<Vec<Rule>, StoreError> {
        Ok(self.rules.clone())
    }

    fn put_rule(&mut self, rule: &Rule) -> Result<(), StoreError> {
        self.remove_rule(rule.kind(), rule.target())?;
        self.rules.push(rule.clone());
        Ok(())
    }

    fn remove_rule(&mut self, kind: &str, target: &str) -> Result<(), StoreError> {
        self.rules.retain(|rule| rule.kind() != kind || rule.target() != target);
        Ok(())
    }

    fn audit(&mut self, entry: &str) -> Result<(), StoreError> {
        self.trail.push(entry.to_owned());
        Ok(())
    }

    fn audit_trail(&self, limit: u32) -> Result<Vec<String>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(self.trail.iter().rev().take(limit).cloned().collect())
    }
}
