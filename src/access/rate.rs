//! Token buckets: how much, how fast.
//!
//! A bucket holds `burst` takes and refills by `per_second`. It is kept in thousandths of a take, so that slow rates
//! do not round to nothing.

use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize};

use crate::sorted::Map;
use crate::time::Timestamp;

/// How much may be taken at once, and how fast it comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rate {
    /// Takes that a full bucket holds, 1 at least.
    #[serde(deserialize_with = "positive")]
    pub burst: u32,
    /// Takes that come back in a second, 1 at least.
    #[serde(deserialize_with = "positive")]
    pub per_second: u32,
}

/// Who may do nothing lacks the capability; a rate is no way to say so.
fn positive<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        0 => Err(D::Error::invalid_value(Unexpected::Unsigned(0), &"1 at least")),
        number => Ok(number),
    }
}

/// One bucket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucket {
    /// In thousandths.
    left: u64,
    at: Timestamp,
}

const TAKE: u64 = 1000;

impl Bucket {
    pub(crate) fn full(rate: Rate, now: Timestamp) -> Self {
        Self { left: u64::from(rate.burst).saturating_mul(TAKE), at: now }
    }

    /// Takes one.
    ///
    /// # Errors
    /// How many milliseconds to wait until there is one.
    pub(crate) fn take(&mut self, rate: Rate, now: Timestamp) -> Result<(), u64> {
        let capacity = u64::from(rate.burst).saturating_mul(TAKE);
        // Per second is per thousand milliseconds, and a take has a thousand thousandths: the factors cancel out.
        let refill = now.millis_since(self.at).saturating_mul(u64::from(rate.per_second));
        self.left = self.left.saturating_add(refill).min(capacity);
        self.at = now;
        match self.left.checked_sub(TAKE) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                let lacking = TAKE.saturating_sub(self.left);
                Err(lacking.div_ceil(u64::from(rate.per_second).max(1)))
            }
        }
    }

    fn is_full(&self, rate: Rate, now: Timestamp) -> bool {
        let refill = now.millis_since(self.at).saturating_mul(u64::from(rate.per_second));
        self.left.saturating_add(refill) >= u64::from(rate.burst).saturating_mul(TAKE)
    }
}

/// A bucket for each of many keys. A key without one has a full one, so full ones need not be kept.
#[derive(Debug)]
pub(crate) struct Buckets<K> {
    buckets: Map<K, Bucket>,
    /// How many are kept before the full ones are thrown out.
    prune_at: usize,
}

/// Buckets are small; below this there is no point in looking for full ones.
const PRUNE_AT_LEAST: usize = 256;

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self { buckets: Map::new(), prune_at: PRUNE_AT_LEAST }
    }
}

impl<K: Ord + Clone> Buckets<K> {
    /// Takes one of `key`'s.
    ///
    /// # Errors
    /// How many milliseconds to wait.
    pub(crate) fn take(&mut self, key: &K, rate: Rate, now: Timestamp) -> Result<(), u64> {
        if let Some(bucket) = self.buckets.get_mut(key) {
            return bucket.take(rate, now);
        }
        if self.buckets.len() >= self.prune_at {
            self.buckets.retain(|_, bucket| !bucket.is_full(rate, now));
            self.prune_at = self.buckets.len().saturating_mul(2).max(PRUNE_AT_LEAST);
        }
        let mut bucket = Bucket::full(rate, now);
        let outcome = bucket.take(rate, now);
        self.buckets.insert(key.clone(), bucket);
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 3, per_second: 2 };

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(1_760_000_000_000 + millis)
    }

    #[test]
    fn a_burst_passes_and_the_next_is_told_how_long_to_wait() {
        let mut bucket = Bucket::full(RATE, at(0));
        for _ in 0..3 {
            assert_eq!(bucket.take(RATE, at(0)), Ok(()));
        }
        assert_eq!(bucket.take(RATE, at(0)), Err(500));
        assert_eq!(bucket.take(RATE, at(499)), Err(1));
        assert_eq!(bucket.take(RATE, at(500)), Ok(()));
    }

    #[test]
    fn it_never_holds_more_than_a_burst() {
        let mut bucket = Bucket::full(RATE, at(0));
        for _ in 0..3 {
            assert_eq!(bucket.take(RATE, at(1_000_000)), Ok(()));
        }
        assert!(bucket.take(RATE, at(1_000_000)).is_err());
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing_and_takes_nothing() {
        let mut bucket = Bucket::full(RATE, at(1000));
        for _ in 0..3 {
            assert_eq!(bucket.take(RATE, at(1000)), Ok(()));
        }
        assert_eq!(bucket.take(RATE, at(0)), Err(500));
    }

    #[test]
    fn absurd_rates_do_not_overflow() {
        let rate = Rate { burst: u32::MAX, per_second: u32::MAX };
        let mut bucket = Bucket::full(rate, Timestamp::from_millis(0));
        assert_eq!(bucket.take(rate, Timestamp::from_millis(u64::MAX)), Ok(()));
        let stopped = Rate { burst: 0, per_second: 0 };
        assert_eq!(Bucket::full(stopped, at(0)).take(stopped, at(0)), Err(1000));
    }

    #[test]
    fn keys_do_not_share_and_full_buckets_are_thrown_out() {
        let mut buckets = Buckets::default();
        for user in 0..10_000 {
            assert_eq!(buckets.take(&user, RATE, at(user * 10)), Ok(()));
        }
        assert!(buckets.buckets.len() <= 512, "{}", buckets.buckets.len());
    }
}
