//! One lane: how far it has come, and when the next attempt is due.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::store::Seq;
use crate::time::Timestamp;

/// The longest pause between two attempts.
const LONGEST_PAUSE_MS: u64 = 60 * 60 * 1000;
/// For how much longer than its timeout an attempt counts as under way, if nothing is heard of it.
const LOST_MS: u64 = 5000;

/// What is kept of a lane.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Standing {
    /// The log is told up to here, in a lane that tells of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cursor: Option<Seq>,
    /// What is being told reaches up to here: a repetition tells of the same entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) through: Option<Seq>,
    /// How often what is next has failed.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) attempts: u32,
    /// When it may be tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_at: Option<Timestamp>,
    /// Nothing was accepted since then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) failing_since: Option<Timestamp>,
    /// Why the last attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Standing {
    /// What is next was accepted.
    pub(super) fn succeeded(&mut self) {
        let Self { cursor, .. } = *self;
        *self = Self { cursor, ..Self::default() };
    }
}

/// What is being brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// Entries of the log.
    Log {
        /// The last of them.
        through: Seq,
    },
    /// A parcel.
    Parcel {
        /// Its number.
        number: u64,
    },
}

/// An attempt of which nothing was heard yet.
pub(super) struct UnderWay {
    pub(super) id: String,
    pub(super) what: What,
    /// When what it tells of happened.
    pub(super) at: Timestamp,
    /// When it began.
    pub(super) since: Timestamp,
}

#[derive(Default)]
pub(super) struct Lane {
    pub(super) standing: Standing,
    /// The standing as it is stored.
    pub(super) stored: Option<Standing>,
    /// How many parcels are in the store.
    pub(super) parcels: u64,
    pub(super) under_way: Option<UnderWay>,
}

impl Lane {
    /// What ought to be stored. The place in the log always is; otherwise it is about failures, and mostly there are none.
    pub(super) fn to_store(&self) -> Option<&Standing> {
        Some(&self.standing).filter(|standing| **standing != Standing::default())
    }

    pub(super) fn is_stored(&self) -> bool {
        self.stored.as_ref() == self.to_store()
    }

    /// How much there is to bring. `last`: the last entry that is written.
    pub(super) fn waiting(&self, last: Seq) -> u64 {
        let told = self.standing.cursor.unwrap_or(last).get();
        self.parcels.saturating_add(last.get().saturating_sub(told))
    }

    pub(super) fn is_due(&self, now: Timestamp, last: Seq) -> bool {
        let rested = self.standing.next_at.is_none_or(|next| next <= now);
        self.under_way.is_none() && rested && self.waiting(last) > 0
    }

    /// When something is to be done about it.
    pub(super) fn deadline(&self, timeout_ms: u64, last: Seq) -> Option<Timestamp> {
        let (next, waits) = (self.standing.next_at, self.waiting(last) > 0);
        match &self.under_way {
            Some(UnderWay { since, .. }) => {
                Some(since.plus_millis(timeout_ms.saturating_add(LOST_MS)))
            }
            None => waits.then(|| next.unwrap_or(Timestamp::from_millis(0))),
        }
    }
}

/// How long to wait before the attempt that follows `attempts` failed ones: twice as long each time, a fifth less at most, so that
/// lanes which failed together do not come back together.
pub(super) fn pause_ms(first_ms: u64, attempts: u32, id: &str, asked_ms: Option<u64>) -> u64 {
    let doublings = attempts.saturating_sub(1).min(32);
    let pause = first_ms.saturating_mul(1 << doublings).min(LONGEST_PAUSE_MS);
    let digest = Sha256::digest(format!("{id}.{attempts}"));
    let chance = digest.first().copied().map_or(0, u64::from);
    // A 1280th is a 256th of a fifth.
    let less = pause.saturating_mul(chance) / 1280;
    pause.saturating_sub(less).max(asked_ms.unwrap_or(0).min(LONGEST_PAUSE_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour_and_are_not_all_alike() {
        let pause = |attempts| pause_ms(1000, attempts, "id", None);
        for attempts in 1..40 {
            let full = 1000_u64.saturating_mul(1 << (attempts - 1).min(40)).min(3_600_000);
            assert!(pause(attempts) <= full && pause(attempts) > full / 5 * 4 - 1, "{attempts}");
        }
        let others: std::collections::BTreeSet<_> =
            (0..20).map(|n| pause_ms(1000, 1, &format!("{n}"), None)).collect();
        assert!(others.len() > 10);
    }

    #[test]
    fn a_receiver_that_wants_to_be_left_alone_is_for_an_hour_at_most() {
        assert_eq!(pause_ms(1000, 1, "id", Some(120_000)), 120_000);
        assert_eq!(pause_ms(1000, 1, "id", Some(86_400_000)), 3_600_000);
        assert!(pause_ms(1000, 9, "id", Some(1)) > 200_000);
    }

    #[test]
    fn a_place_in_the_log_outlives_a_success_and_failures_do_not() {
        let standing = Standing {
            cursor: Seq::new(7),
            attempts: 3,
            error: Some("answered 500".into()),
            ..Standing::default()
        };
        let json = serde_json::to_string(&standing).unwrap();
        assert_eq!(json, r#"{"cursor":7,"attempts":3,"error":"answered 500"}"#);
        assert_eq!(serde_json::from_str::<Standing>(&json).unwrap(), standing);
        let mut after = standing;
        after.succeeded();
        assert_eq!(after, Standing { cursor: Seq::new(7), ..Standing::default() });
    }
}
