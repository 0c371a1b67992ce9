//! A room falls asleep, and somebody speaks.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::sleep;

use super::listeners;
use crate::client::Crowd;
use crate::fault::Fault;
use crate::report::Report;
use crate::window::Meter;

/// After so much silence workerd lets an object sleep, in milliseconds.
const SLEEP_MS: u64 = 10_000;

pub(super) async fn run(
    crowd: &Rc<Crowd>,
    meter: &Meter,
    members: usize,
    silence_ms: u64,
) -> Result<Report, Fault> {
    let clients = crowd.enter("room-0", 0, listeners(members), false).await?;
    crowd.gathered().await;
    let asleep = crowd.wakes();
    sleep(Duration::from_millis(silence_ms)).await;
    let slept = crowd.wakes();
    crowd.ledger.borrow_mut().open_window(true);
    let begin = meter.begin();
    if let Some(speaker) = clients.first() {
        speaker.send(crowd.message(members));
    }
    crowd.settle().await;
    let cost = meter.since(&begin);
    if silence_ms > SLEEP_MS && crowd.plan.log.is_some() && crowd.wakes() == slept {
        crowd.ledger.borrow_mut().fail("The room was not asleep.".to_owned());
    }
    let report = Report::new(crowd, cost);
    // A room that woke by itself was not asleep, and one that did not wake when it was spoken to neither.
    Ok(report
        .with("wakesInSilence", (slept - asleep) as f64)
        .with("wakes", (crowd.wakes() - slept) as f64))
}
