//! What the edge refuses before there is a room: counted by each isolate, and told to the directory from time to time.

use crate::codes::ErrorCode;
use crate::metrics::{Counters, Rejects};
use crate::time::Timestamp;

/// How often an isolate tells, at most.
const INTERVAL_MS: u64 = 10_000;
/// How long it gathers after the first refusal.
const SOON_MS: u64 = 1000;
/// When it stops waiting for somebody who was to tell: the runtime may end what goes on after an answer.
const LOST_MS: u64 = 60_000;

/// The refusals of an isolate that the directory does not know yet.
#[derive(Debug, Default)]
pub struct Refusals {
    counted: Counters,
    /// When somebody is to tell.
    due: Option<Timestamp>,
    told: Option<Timestamp>,
}

impl Refusals {
    /// Counts a refusal. If nobody is to tell yet, whoever counted this one is, after so many milliseconds.
    pub fn count(&mut self, now: Timestamp, code: ErrorCode) -> Option<u64> {
        self.counted.reject(code.as_str(), 1);
        if self.due.is_some_and(|due| now.millis_since(due) < LOST_MS) {
            return None;
        }
        let soon = now.plus_millis(SOON_MS);
        let due = self.told.map_or(soon, |told| soon.max(told.plus_millis(INTERVAL_MS)));
        self.due = Some(due);
        Some(due.millis_since(now))
    }

    /// What is to be told now.
    pub fn take(&mut self, now: Timestamp) -> Rejects {
        self.due = None;
        self.told = Some(now);
        std::mem::take(&mut self.counted.rejects)
    }

    /// What was taken could not be told: it counts still.
    pub fn give_back(&mut self, rejects: Rejects) {
        for (code, count) in rejects {
            self.counted.reject(code, count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_760_000_000_000);

    #[test]
    fn one_of_many_tells_and_not_more_than_every_ten_seconds() {
        let mut refusals = Refusals::default();
        let refuse = |refusals: &mut Refusals, millis: u64| {
            refusals.count(NOW.plus_millis(millis), ErrorCode::Unauthorized)
        };
        assert_eq!(refuse(&mut refusals, 0), Some(1000));
        assert_eq!(refuse(&mut refusals, 999), None);
        assert_eq!(
            refusals.take(NOW.plus_millis(1000)),
            Rejects::from_iter([("unauthorized".into(), 2)])
        );
        assert_eq!(refuse(&mut refusals, 1500), Some(9500));
        refusals.take(NOW.plus_millis(11_000));
        assert_eq!(refuse(&mut refusals, 60_000), Some(1000));
    }

    #[test]
    fn what_could_not_be_told_counts_still() {
        let mut refusals = Refusals::default();
        refusals.count(NOW, ErrorCode::NotFound);
        let taken = refusals.take(NOW);
        refusals.count(NOW, ErrorCode::NotFound);
        refusals.give_back(taken);
        assert_eq!(refusals.take(NOW), Rejects::from_iter([("not-found".into(), 2)]));
    }

    #[test]
    fn somebody_else_tells_if_the_first_one_never_did() {
        let mut refusals = Refusals::default();
        refusals.count(NOW, ErrorCode::NotFound);
        let later = NOW.plus_millis(1000 + LOST_MS);
        assert_eq!(refusals.count(later, ErrorCode::NotFound), Some(1000));
    }
}
