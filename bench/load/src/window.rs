//! The time in which things count: what came in it, and what it cost.

use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use crate::client::Crowd;
use crate::fault::Fault;
use crate::own::{Own, Watch};
use crate::plan::Time;
use crate::process::Processes;

/// What a window cost.
#[derive(Debug)]
pub(crate) struct Cost {
    pub(crate) seconds: f64,
    pub(crate) server_cpu_ns: u64,
    pub(crate) own: Own,
}

/// Looks at the clocks of the server and of the generator.
pub(crate) struct Meter {
    server: Processes,
    own: Processes,
    watch: Watch,
}

/// A reading of all clocks.
pub(crate) struct Reading {
    at: Instant,
    server_ns: u64,
    own_ns: u64,
}

impl Meter {
    pub(crate) fn new(address: &str) -> Result<Self, Fault> {
        Ok(Self {
            server: Processes::listening_at(address)?,
            own: Processes::own(),
            watch: Watch::start(),
        })
    }

    /// The server's memory, in bytes.
    pub(crate) fn resident(&self) -> u64 {
        self.server.resident()
    }

    /// The beginning of a window.
    pub(crate) fn begin(&self) -> Reading {
        self.watch.reset();
        Reading { at: Instant::now(), server_ns: self.server.cpu_ns(), own_ns: self.own.cpu_ns() }
    }

    /// Its end.
    pub(crate) fn since(&self, begin: &Reading) -> Cost {
        let seconds = begin.at.elapsed().as_secs_f64();
        let own_ns = self.own.cpu_ns().saturating_sub(begin.own_ns);
        Cost {
            seconds,
            server_cpu_ns: self.server.cpu_ns().saturating_sub(begin.server_ns),
            own: self.watch.own(own_ns, seconds),
        }
    }

    /// Lets a time go by of which only the second part counts.
    pub(crate) async fn measure(&self, crowd: &Crowd, time: Time) -> Cost {
        sleep(Duration::from_millis(time.warm_up_ms)).await;
        crowd.ledger.borrow_mut().open_window(true);
        let begin = self.begin();
        sleep(Duration::from_millis(time.measure_ms)).await;
        let cost = self.since(&begin);
        crowd.ledger.borrow_mut().open_window(false);
        cost
    }
}

impl Crowd {
    /// Nobody sends any more: waits until everything has arrived. What has not by then is missing.
    pub(crate) async fn settle(&self) {
        self.ending.set(true);
        let settled = async {
            while !self.ledger.borrow().settled() && self.ledger.borrow().check().is_ok() {
                self.all_there.notified().await;
            }
        };
        let _ = timeout(self.patience(), settled).await;
        // A delivery too many comes after the last one that was waited for.
        self.quiet().await;
    }

    fn patience(&self) -> Duration {
        Duration::from_millis(self.plan.patience_ms)
    }

    /// Waits until nothing more comes in.
    pub(crate) async fn quiet(&self) {
        self.quiet_for(self.plan.quiet_ms).await;
    }

    /// Waits until a room has said of everybody that they have come.
    pub(crate) async fn gathered(&self) {
        self.quiet_for(self.plan.gather_ms).await;
    }

    async fn quiet_for(&self, milliseconds: u64) {
        let enough = Duration::from_millis(milliseconds);
        let quiet = async { while timeout(enough, self.heard.notified()).await.is_ok() {} };
        let _ = timeout(self.patience(), quiet).await;
    }
}
