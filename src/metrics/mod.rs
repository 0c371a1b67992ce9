//! Numbers: what a room counts, what it reports of that, and how all of it reads in Prometheus.
//!
//! A room counts while it is awake (`room::tally`), and now and then gives what it has counted since to the
//! [directory](crate::directory) as a [`Report`]. The directory adds up, and keeps. Nothing is ever counted per recipient.
//!
//! In the Workers runtime clocks stand still while code runs: only what spans I/O has a duration. So there are histograms of
//! waits, and none of work.

mod analytics;
mod counters;
mod histogram;
mod minutes;
pub mod prometheus;
mod report;

pub use analytics::DataPoint;
pub use counters::{Counters, Deliveries, Plain, Rejects};
pub use histogram::{BOUNDS_MS, Histogram};
pub use minutes::{Minutes, minute_of};
pub use report::{Report, WebhookQueue};

/// For serde: what is left out of JSON.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
