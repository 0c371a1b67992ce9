//! Numbers of the last so many minutes.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The number of a minute, counted from 1970.
pub const fn minute_of(at: Timestamp) -> u64 {
    at.as_millis() / 60_000
}

/// A value for each of the last `LENGTH` minutes. Those before the first value, and after the last, are not kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minutes<T, const LENGTH: usize> {
    /// The minute of the last value.
    last: u64,
    /// Oldest first.
    values: VecDeque<T>,
}

impl<T: Clone + Default, const LENGTH: usize> Minutes<T, LENGTH> {
    /// Changes the value of the minute of `now`. If that lies before the last one, because a clock was set back, the last one.
    pub fn change(&mut self, now: Timestamp, change: impl FnOnce(&mut T)) {
        let minute = minute_of(now);
        let passed = minute.saturating_sub(self.last);
        if self.values.is_empty() || passed >= LENGTH as u64 {
            self.values.clear();
            self.values.push_back(T::default());
        } else {
            self.values.extend((0..passed).map(|_| T::default()));
        }
        self.last = self.last.max(minute);
        let excess = self.values.len().saturating_sub(LENGTH);
        self.values.drain(..excess);
        if let Some(value) = self.values.back_mut() {
            change(value);
        }
    }

    /// The values that there are, each with its minute, oldest first.
    pub fn values(&self) -> impl Iterator<Item = (u64, &T)> {
        let first = self.last.saturating_add(1).saturating_sub(self.values.len() as u64);
        (first..).zip(&self.values)
    }

    /// One value for each of the last `LENGTH` minutes, oldest first, the last being that of `now`.
    pub fn until(&self, now: Timestamp) -> Vec<T> {
        let end = minute_of(now);
        let mut window = vec![T::default(); LENGTH];
        for (minute, value) in self.values() {
            let age = usize::try_from(end.saturating_sub(minute)).unwrap_or(LENGTH);
            let place = LENGTH.checked_sub(age.saturating_add(1));
            if let Some(place) = place.and_then(|index| window.get_mut(index)) {
                *place = value.clone();
            }
        }
        window
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(number: u64) -> Timestamp {
        Timestamp::from_millis(number * 60_000 + 59_999)
    }

    fn of(changes: &[u64]) -> Minutes<u64, 4> {
        let mut minutes = Minutes::default();
        changes.iter().for_each(|at| minutes.change(minute(*at), |value| *value += 1));
        minutes
    }

    #[test]
    fn a_window_ends_with_the_current_minute() {
        let minutes = of(&[100, 100, 102]);
        assert_eq!(minutes.until(minute(102)), [0, 2, 0, 1]);
        assert_eq!(minutes.until(minute(103)), [2, 0, 1, 0]);
        assert_eq!(minutes.until(minute(106)), [0, 0, 0, 0]);
        assert_eq!(minutes.until(minute(90_000)), [0, 0, 0, 0]);
    }

    #[test]
    fn what_is_older_than_the_window_goes() {
        assert_eq!(
            of(&[100, 103]).values().collect::<Vec<_>>(),
            [(100, &1), (101, &0), (102, &0), (103, &1)]
        );
        assert_eq!(of(&[100, 104]).values().map(|(at, _)| at).collect::<Vec<_>>(), [104]);
        assert_eq!(
            of(&[100, 101, 104]).values().map(|(at, _)| at).collect::<Vec<_>>(),
            [101, 102, 103, 104]
        );
    }

    #[test]
    fn a_clock_that_is_set_back_loses_nothing() {
        assert_eq!(of(&[100, 50, 100]).until(minute(100)), [0, 0, 0, 3]);
    }
}
