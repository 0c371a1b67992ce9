//! The room's end of its history: it gives out `seq`, and writes entries in groups.
//!
//! An entry that has a `seq` but is not written yet is *pending*. Nobody has seen it, nobody was told that it is kept. If writing
//! the group fails, all of it is refused and its `seq`s are given out again, so there are no gaps.
//! Invariant: `position.last` is the `seq` of the last entry in the store plus the number of the pending ones.

use super::wire::{Refusal, skipped};
use super::{Audience, Slot};
use crate::ids::{MessageId, UserId};
use crate::store::{Entry, EntryKind, Position, Seq, Store, StoreError};
use crate::time::Timestamp;

pub(crate) struct History {
    position: Position,
    /// When the latest entry was accepted. A clock that is set back does not put a later entry before it: what goes by time
    /// searches for it.
    latest: Timestamp,
    entries: Vec<Entry>,
    /// What is to be sent about each of `entries`.
    notices: Vec<Notice>,
    /// Acks of what was sent again while it was pending: the index of the entry, and whom to tell.
    repeats: Vec<(usize, Receipt)>,
}

/// An entry without what the history itself knows.
pub(crate) struct Draft {
    pub(crate) at: Timestamp,
    pub(crate) kind: EntryKind,
    pub(crate) author: Option<UserId>,
    pub(crate) id: MessageId,
    pub(crate) about: Option<Seq>,
    pub(crate) text: Option<String>,
    pub(crate) mentions: Vec<UserId>,
}

impl Draft {
    /// A draft of the bare necessities.
    pub(crate) fn new(at: Timestamp, kind: EntryKind, id: MessageId) -> Self {
        Self { at, kind, author: None, id, about: None, text: None, mentions: Vec::new() }
    }
}

struct Notice {
    to: Recipients,
    receipt: Option<Receipt>,
}

/// Who gets an entry.
pub(crate) struct Recipients {
    /// Those who get its frame.
    pub(crate) to: Audience,
    /// Those who count entries, and are only told that there is one.
    pub(crate) left_out: Audience,
}

impl From<Audience> for Recipients {
    fn from(to: Audience) -> Self {
        Self { to, left_out: Audience::Only(Vec::new()) }
    }
}

/// Who wants to know what became of an entry.
pub(crate) struct Receipt {
    pub(crate) slot: Slot,
    /// The ack, if it is kept.
    pub(crate) ack: String,
    /// What an error is to refer to.
    pub(crate) reference: Option<String>,
}

/// What was written, to be told in this order.
#[derive(Default)]
pub(crate) struct Written {
    pub(crate) acks: Vec<(Slot, String)>,
    pub(crate) frames: Vec<(Audience, String)>,
    /// Nothing was: the acks are errors.
    pub(crate) fault: Option<StoreError>,
}

impl History {
    pub(crate) fn new(position: Position, latest: Timestamp) -> Self {
        Self { position, latest, entries: Vec::new(), notices: Vec::new(), repeats: Vec::new() }
    }

    pub(crate) fn position(&self) -> &Position {
        &self.position
    }

    /// How many entries are pending.
    pub(crate) fn pending(&self) -> usize {
        self.entries.len()
    }

    /// The last entry that is written.
    pub(crate) fn written(&self) -> Seq {
        let pending = u64::try_from(self.entries.len()).unwrap_or(u64::MAX);
        Seq::new(self.position.last.get().saturating_sub(pending)).unwrap_or_default()
    }

    /// Whether the entry at `seq` is one of them.
    pub(crate) fn is_pending(&self, seq: Seq) -> bool {
        self.entries.first().is_some_and(|first| first.seq <= seq)
    }

    /// Where and when the author's message with this id was accepted, and its place among the pending ones.
    pub(crate) fn accepted(
        &self,
        store: &dyn Store,
        author: &UserId,
        id: &MessageId,
    ) -> Result<Option<(Seq, Timestamp, Option<usize>)>, StoreError> {
        let same = |entry: &Entry| {
            entry.kind == EntryKind::Message
                && entry.id == *id
                && entry.author.as_ref() == Some(author)
        };
        if let Some(index) = self.entries.iter().position(same) {
            return Ok(self.entries.get(index).map(|entry| (entry.seq, entry.at, Some(index))));
        }
        Ok(store.accepted(author, id)?.map(|(seq, at)| (seq, at, None)))
    }

    /// The first message or event with this id, the author's own before all others, if given.
    pub(crate) fn find(
        &self,
        store: &dyn Store,
        id: &MessageId,
        author: Option<&UserId>,
    ) -> Result<Option<Seq>, StoreError> {
        let same = |entry: &&Entry| entry.kind.in_pages() && entry.id == *id;
        let mut pending = self.entries.iter().filter(same);
        let first = pending.clone().next();
        let own = pending.find(|entry| author.is_some() && entry.author.as_ref() == author);
        if let Some(own) = own {
            return Ok(Some(own.seq));
        }
        Ok(store.find(id, author)?.or(first.map(|entry| entry.seq)))
    }

    /// An entry that is pending was sent again: its sender is told together with the first time.
    pub(crate) fn repeat(&mut self, index: usize, receipt: Receipt) {
        self.repeats.push((index, receipt));
    }

    /// Adds an entry to the pending ones. `frame` makes its text, which carries the `seq`; `receipt` the same for its sender.
    pub(crate) fn append(
        &mut self,
        draft: Draft,
        to: impl Into<Recipients>,
        frame: impl FnOnce(Seq) -> String,
        receipt: impl FnOnce(Seq) -> Option<Receipt>,
    ) -> Result<Seq, StoreError> {
        let entry = self.entry(0, draft, frame)?;
        let seq = entry.seq;
        self.entries.push(entry);
        self.notices.push(Notice { to: to.into(), receipt: receipt(seq) });
        self.position.last = seq;
        Ok(seq)
    }

    /// The entry that comes after so many others which are not counted yet. `frame` makes its text, which carries the `seq`.
    pub(crate) fn entry(
        &mut self,
        others: usize,
        draft: Draft,
        frame: impl FnOnce(Seq) -> String,
    ) -> Result<Entry, StoreError> {
        let seq = self.seq_past(others)?;
        let Draft { at, kind, author, id, about, text, mentions } = draft;
        self.latest = self.latest.max(at);
        let (at, frame) = (self.latest, frame(seq));
        Ok(Entry { seq, at, kind, author, id, about, frame, text, mentions })
    }

    /// Writes what is pending.
    pub(crate) fn write(&mut self, store: &mut dyn Store) -> Written {
        if self.entries.is_empty() {
            return Written::default();
        }
        let entries = std::mem::take(&mut self.entries);
        let notices = std::mem::take(&mut self.notices);
        let repeats = std::mem::take(&mut self.repeats).into_iter().map(|(_, receipt)| receipt);
        if let Err(fault) = store.append(&entries) {
            let first = entries.first().map_or(0, |entry| entry.seq.get());
            self.position.last = Seq::new(first.saturating_sub(1)).unwrap_or_default();
            let refused = notices.into_iter().filter_map(|notice| notice.receipt);
            let refused = refused.chain(repeats).map(|receipt| {
                let refusal = Refusal::from(fault.clone()).referring_to(receipt.reference);
                (receipt.slot, refusal.frame())
            });
            return Written { acks: refused.collect(), frames: Vec::new(), fault: Some(fault) };
        }
        let mut written = Written::default();
        for (entry, notice) in entries.into_iter().zip(notices) {
            written.acks.extend(notice.receipt.map(|receipt| (receipt.slot, receipt.ack)));
            let Recipients { to, left_out } = notice.to;
            written.frames.push((to, entry.frame));
            if !left_out.is_nobody() {
                // Who counts entries is not to take this for a gap.
                written.frames.push((left_out, skipped(entry.seq)));
            }
        }
        written.acks.extend(repeats.map(|receipt| (receipt.slot, receipt.ack)));
        written
    }

    /// The `seq` of the next entry.
    pub(crate) fn next_seq(&self) -> Result<Seq, StoreError> {
        self.seq_past(0)
    }

    /// The `seq` of the entry that comes after so many others.
    pub(crate) fn seq_past(&self, others: usize) -> Result<Seq, StoreError> {
        let full = || StoreError("the history has reached its last seq".into());
        let past = u64::try_from(others).unwrap_or(u64::MAX).saturating_add(1);
        Seq::new(self.position.last.get().saturating_add(past)).ok_or_else(full)
    }

    /// Entries up to this were written beside the pending ones, of which there are none.
    pub(crate) fn wrote(&mut self, seq: Seq) {
        self.position.last = seq;
    }

    /// Entries up to here are no longer kept.
    pub(crate) fn dropped(&mut self, through: Seq) {
        self.position.floor = through;
    }

    /// The store was emptied.
    pub(crate) fn restart(&mut self, position: Position) {
        *self = Self::new(position, self.latest);
    }

    /// A connection has gone: nobody is to be told in its place.
    pub(crate) fn forget(&mut self, slot: Slot) {
        for notice in &mut self.notices {
            notice.receipt.take_if(|receipt| receipt.slot == slot);
        }
        self.repeats.retain(|(_, receipt)| receipt.slot != slot);
    }
}
