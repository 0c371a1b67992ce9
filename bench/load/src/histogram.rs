//! Latencies.

use hdrhistogram::Histogram;
use serde::Serialize;

/// Times up to a minute, in nanoseconds, to three digits.
pub(crate) struct Latencies(Histogram<u64>);

/// What is said of them, in milliseconds.
#[derive(Debug, Serialize)]
pub(crate) struct Quantiles {
    count: u64,
    p50: f64,
    p95: f64,
    p99: f64,
    max: f64,
}

const MOST_NS: u64 = 60_000_000_000;

impl Latencies {
    pub(crate) fn new() -> Self {
        // The bounds are fixed and valid: a failure here is one of the crate.
        Self(Histogram::new_with_bounds(1_000, MOST_NS, 3).expect("bounds that the crate takes"))
    }

    pub(crate) fn record(&mut self, ns: u64) {
        self.0.saturating_record(ns);
    }

    /// The time within which this share of them was, in milliseconds.
    pub(crate) fn ms(&self, quantile: f64) -> f64 {
        milliseconds(self.0.value_at_quantile(quantile))
    }

    /// Nothing, if nothing was recorded.
    pub(crate) fn quantiles(&self) -> Option<Quantiles> {
        (!self.0.is_empty()).then(|| Quantiles {
            count: self.0.len(),
            p50: self.ms(0.5),
            p95: self.ms(0.95),
            p99: self.ms(0.99),
            max: milliseconds(self.0.max()),
        })
    }
}

fn milliseconds(ns: u64) -> f64 {
    // To the microsecond: more is noise.
    (ns as f64 / 1_000.0).round() / 1_000.0
}
