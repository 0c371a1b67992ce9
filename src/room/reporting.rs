//! When a room reports to the directory, and what.
//!
//! - It reports once something has changed: soon after a wake or a pause, then every `LIMITS.reportMs` at most. A wake is a change.
//! - A report that was made never changes. It is sent until it was taken, and before that no other is made. So what was
//!   counted is added up once, whatever becomes of requests and answers, as long as the room lives.
//! - A report that is due keeps the room awake; an answer that does not come does so for a few attempts, and no longer.
//!   The next change then has it sent again.

use super::tally::plus;
use super::{Effect, Turn};
use crate::metrics::Report;
use crate::time::Timestamp;

/// How long after the first change of several a report is made: what belongs together comes together.
const SOON_MS: u64 = 200;
/// How long the answer may take before the report counts as lost.
const ANSWER_MS: u64 = 10_000;
/// How long the room waits after the first failure; twice that after the second, and so on.
const RETRY_MS: u64 = 500;
/// How many failures in a row keep the room awake.
const FAILURES: u32 = 4;

#[derive(Default)]
pub(crate) struct Reporting {
    /// When the first change came that no report speaks of.
    changed_at: Option<Timestamp>,
    /// When a report was last sent.
    sent_at: Option<Timestamp>,
    /// The number of the last report that was made.
    n: u64,
    /// That report, until it was taken.
    kept: Option<Box<Report>>,
    phase: Phase,
    /// How often in a row none was taken.
    failures: u32,
}

#[derive(Clone, Copy, Default)]
enum Phase {
    /// Nothing is under way.
    #[default]
    Resting,
    /// One is to be sent at that time.
    Due(Timestamp),
    /// One was sent then.
    Sent(Timestamp),
}

impl Reporting {
    /// Something has changed.
    pub(super) fn changed(&mut self, now: Timestamp) {
        self.changed_at.get_or_insert(now);
    }

    /// The directory wants to know, changed or not.
    pub(super) fn asked(&mut self, now: Timestamp) {
        self.changed(now);
        if matches!(self.phase, Phase::Resting) {
            self.phase = Phase::Due(now);
        }
    }

    /// When a report is to be sent, or given up for lost. `interval_ms`: how often at most; 0 for never.
    pub(super) fn next_deadline(&self, interval_ms: u64) -> Option<Timestamp> {
        match self.phase {
            _ if interval_ms == 0 => None,
            Phase::Resting => self.changed_at.map(|changed_at| {
                let soon = changed_at.plus_millis(SOON_MS.min(interval_ms));
                self.sent_at.map_or(soon, |sent_at| soon.max(sent_at.plus_millis(interval_ms)))
            }),
            Phase::Due(at) => Some(at),
            Phase::Sent(at) => Some(at.plus_millis(ANSWER_MS)),
        }
    }

    /// Whether a report is to be sent now.
    fn is_due(&mut self, now: Timestamp, interval_ms: u64) -> bool {
        if self.next_deadline(interval_ms).is_none_or(|deadline| now < deadline) {
            return false;
        }
        if matches!(self.phase, Phase::Sent(_)) {
            self.failed(now);
            return false;
        }
        true
    }

    /// A report was taken, or may not have been.
    pub(super) fn answered(&mut self, now: Timestamp, n: u64, taken: bool) {
        if self.kept.as_ref().is_none_or(|kept| kept.n != n) {
            return;
        }
        if taken {
            self.kept = None;
            self.failures = 0;
            self.phase = Phase::Resting;
        } else if matches!(self.phase, Phase::Sent(_)) {
            self.failed(now);
        }
    }

    fn failed(&mut self, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        self.phase = if self.failures < FAILURES {
            let wait_ms = RETRY_MS.saturating_mul(1 << self.failures.saturating_sub(1).min(8));
            Phase::Due(now.plus_millis(wait_ms))
        } else {
            // Whatever has changed meanwhile is in the next report, once something changes again.
            self.changed_at = None;
            Phase::Resting
        };
    }
}

impl Turn<'_> {
    /// Has the report sent that is due, if one is.
    pub(super) fn report_when_due(&mut self) {
        if !self.tally.reporting.is_due(self.now, self.limits.report_ms) {
            return;
        }
        let report = match self.tally.reporting.kept.clone() {
            Some(kept) => kept,
            None => self.make_report(),
        };
        let reporting = &mut self.tally.reporting;
        reporting.sent_at = Some(self.now);
        reporting.phase = Phase::Sent(self.now);
        self.out.push(Effect::Report(report));
    }

    fn make_report(&mut self) -> Box<Report> {
        let reporting = &mut self.tally.reporting;
        reporting.n = reporting.n.saturating_add(1);
        reporting.changed_at = None;
        let report = Box::new(Report {
            n: reporting.n,
            connections: plus(0, self.roster.len()),
            users: plus(0, self.presence.count(self.roster)),
            last_activity: self.tally.last_activity,
            webhooks: self.outbox.queue(self.history.written()),
            counted: std::mem::take(&mut self.tally.counted),
        });
        self.tally.reporting.kept = Some(report.clone());
        report
    }
}
