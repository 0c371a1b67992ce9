//! A room where nothing happens but heartbeats.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, interval_at, sleep};

use super::per_connection;
use crate::client::{Behaviour, Crowd};
use crate::fault::Fault;
use crate::plan::Time;
use crate::report::Report;
use crate::window::Meter;

/// The same for everybody.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hearts {
    pub(super) members: usize,
    pub(super) heartbeat_ms: u64,
    /// Before heartbeats are counted: a room needs about ten seconds to fall asleep.
    pub(super) silence_ms: u64,
}

/// Counts the answers to its heartbeats.
struct Heart(Rc<Cell<u64>>);

impl Behaviour for Heart {
    fn frame(&mut self, frame: &[u8], _out: &mut Vec<String>) {
        if frame == b"pong" {
            self.0.set(self.0.get() + 1);
        }
    }
}

pub(super) async fn run(
    crowd: &Rc<Crowd>,
    meter: &Meter,
    hearts: Hearts,
    time: Time,
) -> Result<Report, Fault> {
    let Hearts { members, heartbeat_ms, silence_ms } = hearts;
    crowd.scout().await?;
    let before = meter.resident();
    let pongs = Rc::new(Cell::new(0));
    let behaviours =
        (0..members).map(|_| Box::new(Heart(Rc::clone(&pongs))) as Box<dyn Behaviour>).collect();
    let clients = crowd.enter("room-0", 0, behaviours, false).await?;
    crowd.gathered().await;
    let memory = per_connection(before, meter.resident(), members);
    let mut pings = 0;
    let mut report = None;
    if heartbeat_ms > 0 {
        let period = Duration::from_millis(heartbeat_ms);
        // Spread over the period, as those of people who came at different times are.
        let slot = period / u32::try_from(members).unwrap_or(u32::MAX);
        let mut ticks = interval_at(Instant::now() + slot, slot.max(Duration::from_micros(1)));
        let beating = async {
            for client in clients.iter().cycle() {
                ticks.tick().await;
                pings += 1;
                client.send("ping".to_owned());
            }
        };
        let counting = async {
            sleep(Duration::from_millis(silence_ms)).await;
            let asleep = crowd.wakes();
            let cost = meter.measure(crowd, time).await;
            (crowd.wakes() - asleep, cost)
        };
        let (wakes, cost) = tokio::select! {
            () = beating => return Err("There are no hearts.".into()),
            counted = counting => counted,
        };
        let minutes = (cost.seconds + time.warm_up_ms as f64 / 1e3) / 60.0;
        report = Some((cost, wakes as f64 / minutes));
    }
    let (cost, wakes) = match report {
        Some(report) => report,
        None => (meter.measure(crowd, time).await, 0.0),
    };
    crowd.settle().await;
    if pongs.get() != pings {
        crowd
            .ledger
            .borrow_mut()
            .fail(format!("{} of {pings} heartbeats were answered.", pongs.get()));
    }
    Ok(Report::new(crowd, cost)
        .with("residentPerConnection", memory)
        .with("wakesPerMinute", wakes)
        .with("heartbeats", pings as f64))
}
