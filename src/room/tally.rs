//! What a room counts while it is awake.
//!
//! A few additions a turn, none per recipient. What was counted leaves with a report ([`super::reporting`]); asleep the room
//! would forget it, which is why a report that is due keeps it awake.

use super::reporting::Reporting;
use crate::codes::ErrorCode;
use crate::metrics::Counters;
use crate::time::Timestamp;

/// How often it is measured how long a commit takes. Being told of each one would cost a quiet room a tenth of its CPU.
const COMMIT_EVERY_MS: u64 = 1000;

/// The commit whose time is taken.
#[derive(Default)]
struct Commit {
    /// When the last one that was timed was written.
    timed_at: Option<Timestamp>,
    under_way: bool,
}

#[derive(Default)]
pub(crate) struct Tally {
    /// What was counted since the last report was made.
    pub(super) counted: Counters,
    pub(super) last_activity: Option<Timestamp>,
    commit: Commit,
    pub(super) reporting: Reporting,
}

impl Tally {
    /// The tally of a room that has just woken.
    pub(crate) fn woken(now: Timestamp) -> Self {
        let mut tally = Self::default();
        tally.count(now, |counted| counted.wake_ups = 1);
        tally
    }

    /// Counts something.
    pub(crate) fn count(&mut self, now: Timestamp, count: impl FnOnce(&mut Counters)) {
        count(&mut self.counted);
        self.changed(now);
    }

    /// Something that reports speak of is not as it was.
    pub(crate) fn changed(&mut self, now: Timestamp) {
        self.reporting.changed(now);
    }

    /// Somebody has come, gone or sent something.
    pub(crate) fn active(&mut self, now: Timestamp) {
        self.last_activity = Some(now);
        self.changed(now);
    }

    /// A frame of so many bytes came.
    pub(crate) fn received(&mut self, now: Timestamp, bytes: usize) {
        self.counted.received = self.counted.received.saturating_add(1);
        self.counted.received_bytes = plus(self.counted.received_bytes, bytes);
        self.active(now);
    }

    /// So many frames, of so many bytes together, are on their way to so many people.
    pub(crate) fn sent(&mut self, now: Timestamp, people: usize, frames: usize, bytes: usize) {
        self.changed(now);
        self.counted.sent = plus(self.counted.sent, people.saturating_mul(frames));
        self.counted.sent_bytes = plus(self.counted.sent_bytes, people.saturating_mul(bytes));
    }

    /// Something was refused.
    pub(crate) fn rejected(&mut self, now: Timestamp, code: ErrorCode) {
        self.count(now, |counted| counted.reject(code.as_str(), 1));
    }

    /// A group was sent whose first frame has waited that long.
    pub(crate) fn broadcast(&mut self, waited_ms: u64) {
        self.counted.broadcast.observe(waited_ms);
    }

    /// Something is on its way to the disk. Says whether it is to be told when it is there.
    pub(crate) fn time_commit(&mut self, now: Timestamp) -> bool {
        let Commit { timed_at, under_way } = &mut self.commit;
        let again = timed_at.is_none_or(|at| now.millis_since(at) >= COMMIT_EVERY_MS);
        if *under_way || !again {
            return false;
        }
        (*timed_at, *under_way) = (Some(now), true);
        true
    }

    /// It is on disk.
    pub(crate) fn committed(&mut self, now: Timestamp) {
        if let Commit { timed_at: Some(since), under_way: true } = self.commit {
            self.commit.under_way = false;
            self.count(now, |counted| counted.commit.observe(now.millis_since(since)));
        }
    }
}

pub(crate) fn plus(count: u64, more: usize) -> u64 {
    count.saturating_add(u64::try_from(more).unwrap_or(u64::MAX))
}
