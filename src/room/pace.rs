//! When what has gathered goes out: at once while it is quiet, in groups while it is busy.
//!
//! - Quiet: what comes does not wait.
//! - Busy, where much went to many within a window: what comes waits until the window is over. What comes while a group is being sent waits in
//!   the runtime, so that groups grow with the load by themselves, and the window can be short.
//! - A few who take turns, each waiting for the other, look busy, and have nothing to gather: a group that has waited in vain lets many that
//!   follow go at once.

use crate::time::Timestamp;

/// How many deliveries within a window or two make it busy: about a millisecond's work, as measured.
const BUSY: usize = 64;
/// How many frames a group must have gathered for the wait not to have been in vain.
const GATHERED: usize = 3;
/// How many groups go at once after one that waited in vain: twice as many each time it happens again, up to some hundreds. A room that
/// is busy is back to groups soon, and people who take turns wait next to never.
const AT_ONCE: std::ops::RangeInclusive<u32> = 4..=512;

#[derive(Default)]
pub(crate) struct Pace {
    /// When the first of what waits came.
    waiting_since: Option<Timestamp>,
    /// How many deliveries there were in the window that begins then, and in the one before.
    lately: Option<(Timestamp, usize, usize)>,
    /// How many groups are still to go at once, because waiting was in vain.
    at_once: u32,
    /// How many that were when waiting was last in vain; nothing since it was not.
    in_vain: u32,
}

impl Pace {
    /// Whether what waits, so many frames, goes out now.
    pub(crate) fn is_due(&mut self, now: Timestamp, window_ms: u64, frames: usize) -> bool {
        if frames == 0 {
            self.waiting_since = None;
            return false;
        }
        let since = *self.waiting_since.get_or_insert(now);
        if now.millis_since(since) >= window_ms {
            return true;
        }
        self.count(now, window_ms, 0);
        let lately = self.lately.map_or(0, |(_, current, before)| current.saturating_add(before));
        lately < BUSY || self.at_once > 0
    }

    /// When what waits goes out without further input.
    pub(crate) fn next_deadline(&self, window_ms: u64) -> Option<Timestamp> {
        self.waiting_since.map(|since| since.plus_millis(window_ms))
    }

    /// So many frames go out, which are so many deliveries. Says how long the first of them has waited.
    pub(crate) fn went(
        &mut self,
        now: Timestamp,
        window_ms: u64,
        frames: usize,
        deliveries: usize,
    ) -> u64 {
        self.count(now, window_ms, deliveries);
        let waited_ms = self.waiting_since.take().map_or(0, |since| now.millis_since(since));
        match (waited_ms > 0 && waited_ms >= window_ms, frames < GATHERED) {
            (true, true) => {
                let more = self.in_vain.saturating_mul(2);
                self.in_vain = more.clamp(*AT_ONCE.start(), *AT_ONCE.end());
                self.at_once = self.in_vain;
            }
            (true, false) => (self.at_once, self.in_vain) = (0, 0),
            (false, _) => self.at_once = self.at_once.saturating_sub(1),
        }
        waited_ms
    }

    /// Counts deliveries that are made now.
    fn count(&mut self, now: Timestamp, window_ms: u64, deliveries: usize) {
        let (begin, current, before) = self.lately.unwrap_or((now, 0, 0));
        self.lately = Some(match now.millis_since(begin) {
            past if past < window_ms => (begin, current.saturating_add(deliveries), before),
            past if past < window_ms.saturating_mul(2) => {
                (begin.plus_millis(window_ms), deliveries, current)
            }
            _ => (now, deliveries, 0),
        });
    }
}
