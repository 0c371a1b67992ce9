//! Bringing a connection up to date that was here before: everything that it has missed, or the plain statement that this
//! cannot be done.
//!
//! A connection that is *behind* has everything up to some `seq` and gets the log from there, page after page, one a turn. What is
//! new meanwhile it gets from the log as well, in its turn. So entries come in order, none twice, none missing. Where it stands
//! is kept with its socket, so that sleep changes nothing. Who has not taken most of one page waits for the next ([`super::backlog`]).

use super::backlog::PAGE_BYTES;
use super::{Audience, Slot, Turn};
use crate::codes::CloseCode;
use crate::store::{Page, Position, Seq, StoreError};

/// Up to where a client has everything: the `since` of its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Since(Option<(String, Seq)>);

impl Since {
    /// Reads `epoch:seq`. Anything else is a position that no room knows.
    pub fn parse(text: &str) -> Self {
        let parts = text.rsplit_once(':');
        let seq = |digits: &str| digits.parse().ok().and_then(Seq::new);
        Self(parts.and_then(|(epoch, digits)| Some((epoch.to_owned(), seq(digits)?))))
    }

    /// The `seq` to go on from, if everything after it is there.
    fn within(&self, position: &Position) -> Option<Seq> {
        let (epoch, seq) = self.0.as_ref()?;
        let known = *epoch == position.epoch.as_str();
        (known && position.floor <= *seq && *seq <= position.last).then_some(*seq)
    }
}

impl Turn<'_> {
    /// Whether somebody can go on from where they were, and from where. What waits to be written is written before.
    pub(super) fn resume_from(&mut self, since: Option<&Since>) -> Option<Seq> {
        self.flush();
        since?.within(self.history.position())
    }

    /// Starts to bring a connection up to date.
    pub(super) fn catch_up_from(&mut self, slot: Slot, seq: Seq) {
        if seq < self.history.position().last {
            self.catch_up(slot, seq);
        }
    }

    /// Sends a page to each connection that is behind.
    pub(super) fn catch_up_all(&mut self) {
        let ready = |slot: &Slot| self.backlog.takes_pages(*slot);
        for slot in self.roster.behind().filter(ready).collect::<Vec<_>>() {
            if let Some(after) = self.roster.get(slot).and_then(|connection| connection.behind) {
                self.catch_up(slot, after);
            }
        }
    }

    fn catch_up(&mut self, slot: Slot, after: Seq) {
        self.flush();
        match self.log_page(slot, after) {
            // Most have missed no more than a page: their sockets have nothing to remember.
            Ok(behind) if self.roster.get(slot).is_some_and(|one| one.behind == behind) => {}
            Ok(behind) => self.change(slot, |connection| connection.behind = behind),
            // It comes back, and tries again from where it is.
            Err(_) => self.close(slot, CloseCode::Internal),
        }
    }

    /// Sends one page, and says where that leaves the connection.
    fn log_page(&mut self, slot: Slot, after: Seq) -> Result<Option<Seq>, StoreError> {
        let Page { frames, has_more } = self.store.log(after, self.backlog.page_entries())?;
        let mut frames = frames.into_iter();
        let (mut reached, mut bytes, mut sent) = (None, 0_usize, 0_u32);
        while bytes < PAGE_BYTES
            && let Some((seq, frame)) = frames.next()
        {
            bytes = bytes.saturating_add(frame.len());
            sent = sent.saturating_add(1);
            reached = Some(seq);
            self.send(Audience::One(slot), frame);
        }
        let too_many = frames.len() > 0;
        let behind = reached.filter(|_| has_more || too_many);
        if behind.is_some() {
            self.backlog.page_sent(sent, too_many);
        }
        Ok(behind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Epoch;

    #[test]
    fn a_position_is_known_if_everything_after_it_is_there() {
        let seq = |n| Seq::new(n).unwrap();
        let position = Position { epoch: Epoch::new("e"), last: seq(10), floor: seq(4) };
        let from = |text: &str| Since::parse(text).within(&position).map(Seq::get);
        for known in 4..=10 {
            assert_eq!(from(&format!("e:{known}")), Some(known));
        }
        for unknown in ["e:3", "e:11", "f:5", "e:", "e", "", ":5", "e:-1", "e:1e1", "e:x", "5"] {
            assert_eq!(from(unknown), None, "{unknown}");
        }
    }
}
