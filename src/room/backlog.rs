//! Who reads more slowly than the room speaks.
//!
//! What a peer does not take waits in the runtime's memory, which all rooms of the isolate share. So the room looks from time to
//! time how much that is for each socket: after every [`LOOK_BYTES`] that it has said, and while somebody is slow.
//!
//! - Who is *slow* gets no fleeting frames: typing, and events that nobody keeps. Everything else is sent.
//! - Who has too much waiting, or takes nothing for [`PATIENCE_MS`], is closed with 4100, and comes back for what it lacks.
//! - Who is being brought up to date gets the next page once it has taken most of the one before.
//!
//! A runtime that cannot say how much waits says nothing: then nobody is slow.

use super::Slot;
use crate::limits::Limits;
use crate::sorted::{Map, Set};
use crate::time::Timestamp;

/// How much is said before the room looks again: a socket may have that much more waiting than was last seen.
const LOOK_BYTES: usize = 256 * 1024;
/// How much a page of the log has, unless it is one entry.
pub(super) const PAGE_BYTES: usize = 256 * 1024;
/// How much may wait for a connection that is to get another page: the one that was sent just now, and one before.
const AHEAD_BYTES: usize = 2 * PAGE_BYTES;
/// How many entries a page has at most.
const PAGE_ENTRIES: u32 = 300;
/// How long to wait before looking again, while somebody has to be waited for.
const LOOK_MS: u64 = 50;
/// How long somebody for whom much waits may take nothing.
const PATIENCE_MS: u64 = 30_000;

pub(crate) struct Backlog {
    /// What was said since the last look, in bytes.
    said: usize,
    /// Somebody wants to know, however little was said.
    wanted: bool,
    /// For whom much waited at the last look.
    waiting: Map<Slot, Waiting>,
    slow: Set<Slot>,
    looked_at: Option<Timestamp>,
    /// How many entries fit into a page, by those before.
    page: u32,
}

#[derive(Clone, Copy)]
struct Waiting {
    bytes: usize,
    /// Since when it has not become less.
    since: Timestamp,
}

impl Default for Backlog {
    fn default() -> Self {
        Self {
            said: 0,
            wanted: false,
            waiting: Map::new(),
            slow: Set::default(),
            looked_at: None,
            page: PAGE_ENTRIES,
        }
    }
}

impl Backlog {
    /// Frames of so many bytes have gone to somebody, or to everybody.
    pub(crate) fn said(&mut self, bytes: usize) {
        self.said = self.said.saturating_add(bytes);
    }

    /// Whether the room is to look now.
    pub(crate) fn take_look(&mut self, now: Timestamp) -> bool {
        let again = self.next_look().is_some_and(|at| at <= now);
        let look = self.wanted || again || self.said >= LOOK_BYTES;
        if look {
            (self.said, self.wanted) = (0, false);
            self.looked_at = Some(now);
        }
        look
    }

    /// Takes what was seen: how many bytes wait for whom. Gives those who are to be closed.
    pub(crate) fn judge(
        &mut self,
        unsent: &[(Slot, usize)],
        limits: &Limits,
        now: Timestamp,
    ) -> Vec<Slot> {
        let before = std::mem::take(&mut self.waiting);
        let much = |(_, bytes): &&(Slot, usize)| *bytes > AHEAD_BYTES.min(limits.slow_bytes);
        self.waiting = unsent
            .iter()
            .filter(much)
            .map(|(slot, bytes)| {
                let same = before.get(slot).filter(|before| before.bytes <= *bytes);
                (*slot, Waiting { bytes: *bytes, since: same.map_or(now, |same| same.since) })
            })
            .collect();
        let over = |one: &Waiting| {
            one.bytes > limits.slow_hard_bytes || now.millis_since(one.since) >= PATIENCE_MS
        };
        let slow = self.waiting.iter().filter(|(_, one)| one.bytes > limits.slow_bytes);
        self.slow = slow.map(|(slot, _)| *slot).collect();
        self.waiting.iter().filter(|(_, one)| over(one)).map(|(slot, _)| *slot).collect()
    }

    /// A connection has gone.
    pub(crate) fn leave(&mut self, slot: Slot) {
        self.waiting.remove(&slot);
        self.slow.remove(&slot);
    }

    /// Those who get no fleeting frames.
    pub(crate) fn slow(&self) -> &Set<Slot> {
        &self.slow
    }

    /// Whether a connection is to be sent another page of the log.
    pub(crate) fn takes_pages(&self, slot: Slot) -> bool {
        !self.waiting.contains_key(&slot)
    }

    /// How many entries of the log to read for the next page.
    pub(crate) fn page_entries(&self) -> u32 {
        self.page
    }

    /// A page was sent: so many entries, whether or not more were read than fit.
    pub(crate) fn page_sent(&mut self, entries: u32, too_many: bool) {
        let fits = if too_many { entries } else { self.page.saturating_mul(2) };
        self.page = fits.clamp(1, PAGE_ENTRIES);
        // Who is to get the next one has to have taken this one.
        self.wanted = true;
    }

    /// When the room is to look, though nothing is said.
    pub(crate) fn next_look(&self) -> Option<Timestamp> {
        let looked_at = self.looked_at.filter(|_| !self.waiting.is_empty());
        looked_at.map(|at| at.plus_millis(LOOK_MS))
    }
}
