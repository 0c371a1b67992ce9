//! Durations, counted by how long they were.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The upper bounds of the buckets, in milliseconds. What is longer than the last is in a bucket of its own.
///
/// Few, since each is a series for every party: from "did not wait" to "somebody has noticed".
pub const BOUNDS_MS: [u64; 10] = [1, 5, 10, 25, 50, 100, 250, 1000, 5000, 30_000];

const BUCKETS: usize = BOUNDS_MS.len() + 1;

/// Durations by bucket, and their sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Histogram {
    buckets: [u64; BUCKETS],
    sum_ms: u64,
}

impl Histogram {
    /// Counts a duration.
    pub fn observe(&mut self, millis: u64) {
        let index = BOUNDS_MS.iter().position(|bound| millis <= *bound);
        if let Some(bucket) = self.buckets.get_mut(index.unwrap_or(BUCKETS - 1)) {
            *bucket = bucket.saturating_add(1);
        }
        self.sum_ms = self.sum_ms.saturating_add(millis);
    }

    /// Adds what another has counted.
    pub fn add(&mut self, other: &Self) {
        for (bucket, more) in self.buckets.iter_mut().zip(other.buckets) {
            *bucket = bucket.saturating_add(more);
        }
        self.sum_ms = self.sum_ms.saturating_add(other.sum_ms);
    }

    /// How many durations there were.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// How long all were together, in milliseconds.
    pub fn sum_ms(&self) -> u64 {
        self.sum_ms
    }

    /// How many were at most as long as each of [`BOUNDS_MS`].
    pub fn cumulative(&self) -> impl Iterator<Item = (u64, u64)> {
        BOUNDS_MS.into_iter().zip(self.buckets).scan(0_u64, |total, (bound, bucket)| {
            *total = total.saturating_add(bucket);
            Some((bound, *total))
        })
    }
}

/// The sum, then the buckets, without the empty ones at the end.
impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let used = self.buckets.iter().rposition(|bucket| *bucket > 0).map_or(0, |last| last + 1);
        serializer.collect_seq(std::iter::once(&self.sum_ms).chain(self.buckets.iter().take(used)))
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut numbers = Vec::<u64>::deserialize(deserializer)?.into_iter();
        let mut histogram = Self { sum_ms: numbers.next().unwrap_or_default(), ..Self::default() };
        for (bucket, number) in histogram.buckets.iter_mut().zip(numbers) {
            *bucket = number;
        }
        Ok(histogram)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(durations: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        durations.iter().for_each(|millis| histogram.observe(*millis));
        histogram
    }

    #[test]
    fn a_duration_belongs_to_the_first_bound_that_it_does_not_exceed() {
        let histogram = of(&[0, 1, 2, 30_000, 30_001]);
        let cumulative: Vec<_> = histogram.cumulative().collect();
        assert_eq!(cumulative[..2], [(1, 2), (5, 3)]);
        assert_eq!(cumulative[9], (30_000, 4));
        assert_eq!((histogram.count(), histogram.sum_ms()), (5, 60_004));
    }

    #[test]
    fn the_json_is_short_and_reads_back() {
        for (durations, json) in [
            (&[][..], "[0]"),
            (&[0, 0], "[0,2]"),
            (&[1, 7, 7], "[15,1,0,2]"),
            (&[40_000], "[40000,0,0,0,0,0,0,0,0,0,0,1]"),
        ] {
            let histogram = of(durations);
            assert_eq!(serde_json::to_string(&histogram).unwrap(), json);
            assert_eq!(serde_json::from_str::<Histogram>(json).unwrap(), histogram);
        }
    }

    #[test]
    fn two_histograms_add_up_to_one_of_both() {
        let mut both = of(&[1, 100]);
        both.add(&of(&[3, 70_000]));
        assert_eq!(both, of(&[1, 3, 100, 70_000]));
    }
}
