//! Whether the generator itself was the bottleneck.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde::Serialize;
use tokio::time::{Instant, sleep_until};

use crate::histogram::Latencies;

/// Past this share of a core the figures are the generator's.
const MOST_CPU: f64 = 0.85;

/// As is a loop that comes so late, in milliseconds.
const MOST_LAG_MS: f64 = 50.0;

const TICK: Duration = Duration::from_millis(10);

/// Looks how late the loop comes to things.
pub(crate) struct Watch(Rc<RefCell<Latencies>>);

/// What the generator needed for itself.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Own {
    /// Of one core.
    cpu: f64,
    lag_p99_ms: f64,
    pub(crate) saturated: bool,
}

impl Watch {
    pub(crate) fn start() -> Self {
        let lag = Rc::new(RefCell::new(Latencies::new()));
        let watch = Self(Rc::clone(&lag));
        tokio::task::spawn_local(async move {
            loop {
                let due = Instant::now() + TICK;
                sleep_until(due).await;
                let late = due.elapsed().as_nanos();
                lag.borrow_mut().record(u64::try_from(late).unwrap_or(u64::MAX));
            }
        });
        watch
    }

    /// Forgets what was before.
    pub(crate) fn reset(&self) {
        *self.0.borrow_mut() = Latencies::new();
    }

    pub(crate) fn own(&self, cpu_ns: u64, seconds: f64) -> Own {
        let cpu = cpu_ns as f64 / 1e9 / seconds.max(1e-9);
        let lag_p99_ms = self.0.borrow().ms(0.99);
        Own {
            cpu: (cpu * 1000.0).round() / 1000.0,
            lag_p99_ms,
            saturated: cpu > MOST_CPU || lag_p99_ms > MOST_LAG_MS,
        }
    }
}
