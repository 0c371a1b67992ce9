//! What a room has to say, until it goes out: at once while the room is quiet, in groups while it is busy ([`super::pace`]).
//!
//! A group is one write to the store and one WebSocket message for each recipient who takes batches, however many frames
//! are in it. Grouping pays because frames and commits cost more than what is in them: docs/performance.md.
//!
//! Whoever reads the store, and whoever closes a socket, lets go first what waits. So nobody can tell that something waited.

use super::pace::Pace;
use super::{Audience, Slot, Ticket};
use crate::time::Timestamp;

/// Frames, those for the same people in a row together.
pub(super) type Frames = Vec<(Audience, Vec<String>)>;

/// What waited.
pub(super) struct Taken {
    /// What goes before the entries.
    pub(super) early: Frames,
    /// What goes after them.
    pub(super) late: Frames,
    /// Calls that wait for the answer.
    pub(super) calls: Vec<Ticket>,
    /// How long the first of it has waited; nothing, if there was nothing to wait.
    pub(super) waited_ms: Option<u64>,
}

#[derive(Default)]
pub(crate) struct Flush {
    /// Frames that are written already or never will be, and were said before the entries that wait.
    early: Frames,
    /// The same, said while entries wait.
    late: Frames,
    /// How many frames these are.
    frames: usize,
    /// Calls that are answered when what they brought has gone out.
    calls: Vec<Ticket>,
    pace: Pace,
}

impl Flush {
    /// Adds a frame that is not one of the entries that wait, of which there are so many.
    pub(crate) fn push(&mut self, to: Audience, frame: String, entries: usize) {
        let frames = if entries == 0 { &mut self.early } else { &mut self.late };
        self.frames = self.frames.saturating_add(usize::from(add(frames, to, frame)));
    }

    /// Adds a call that is answered when everything has gone out.
    pub(crate) fn call(&mut self, ticket: Ticket) {
        self.calls.push(ticket);
    }

    /// A connection has gone: frames for it alone are for nobody.
    pub(crate) fn forget(&mut self, slot: Slot) {
        for frames in [&mut self.early, &mut self.late] {
            frames.retain(|(to, _)| *to != Audience::One(slot));
        }
        let left = self.early.iter().chain(&self.late);
        self.frames = left.map(|(_, frames)| frames.len()).sum();
    }

    /// Whether what waits goes out now. `entries`: how many of the history wait as well.
    pub(crate) fn is_due(&mut self, now: Timestamp, window_ms: u64, entries: usize) -> bool {
        // What a call brought may have been for nobody.
        let waiting = self.frames.saturating_add(entries).max(self.calls.len());
        self.pace.is_due(now, window_ms, waiting)
    }

    /// When what waits goes out without further input.
    pub(crate) fn next_deadline(&self, window_ms: u64) -> Option<Timestamp> {
        self.pace.next_deadline(window_ms)
    }

    /// Takes what waits, to go out now. `people`: how many get the entries.
    pub(super) fn take(
        &mut self,
        now: Timestamp,
        window_ms: u64,
        entries: usize,
        people: usize,
    ) -> Taken {
        let frames = std::mem::take(&mut self.frames).saturating_add(entries);
        let (early, late) = (std::mem::take(&mut self.early), std::mem::take(&mut self.late));
        let waited_ms = (frames > 0)
            .then(|| self.pace.went(now, window_ms, frames, entries.saturating_mul(people)));
        Taken { early, late, calls: std::mem::take(&mut self.calls), waited_ms }
    }
}

/// Adds a frame to others; says whether it is for anybody.
pub(super) fn add(frames: &mut Frames, to: Audience, frame: String) -> bool {
    if to.is_nobody() {
        return false;
    }
    match frames.last_mut() {
        Some((audience, frames)) if *audience == to => frames.push(frame),
        _ => frames.push((to, vec![frame])),
    }
    true
}
