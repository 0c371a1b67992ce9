//! The room's end of its history: it gives out `seq`.
//!
//! Invariant: `position.last` is the `seq` of the last entry in the store. A failed write does not move it, so
//! there are no gaps.

use crate::ids::{MessageId, UserId};
use crate::store::{Appended, Entry, Position, Seq, Store, StoreError};
use crate::time::Timestamp;

pub(crate) struct History {
    position: Position,
}

/// An entry that is in the store.
pub(crate) struct Kept {
    pub(crate) seq: Seq,
    pub(crate) at: Timestamp,
    pub(crate) frame: String,
    /// It was there before; `frame` is not what was stored then.
    pub(crate) duplicate: bool,
}

impl History {
    pub(crate) fn new(position: Position) -> Self {
        Self { position }
    }

    pub(crate) fn position(&self) -> &Position {
        &self.position
    }

    /// Writes the next entry. `frame` makes its text, which carries the `seq`.
    pub(crate) fn append(
        &mut self,
        store: &mut dyn Store,
        now: Timestamp,
        author: Option<&UserId>,
        id: &MessageId,
        frame: impl FnOnce(Seq) -> String,
    ) -> Result<Kept, StoreError> {
        let full = || StoreError("the history has reached its last seq".into());
        let seq = self.position.last.next().ok_or_else(full)?;
        let frame = frame(seq);
        match store.append(&Entry { seq, at: now, author, id, frame: &frame })? {
            Appended::Stored => {
                self.position.last = seq;
                Ok(Kept { seq, at: now, frame, duplicate: false })
            }
            Appended::Duplicate { seq, at } => Ok(Kept { seq, at, frame, duplicate: true }),
        }
    }
}
