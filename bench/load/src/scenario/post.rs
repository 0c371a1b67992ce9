//! A backend publishes over HTTP into a room.

use std::rc::Rc;

use super::listeners;
use crate::client::Crowd;
use crate::dialect::event;
use crate::fault::Fault;
use crate::http::Caller;
use crate::plan::Time;
use crate::report::Report;
use crate::scan::Found;
use crate::window::Meter;

const ROOM: &str = "room-0";

pub(super) async fn run(
    crowd: &Rc<Crowd>,
    meter: &Meter,
    members: usize,
    callers: usize,
    time: Time,
) -> Result<Report, Fault> {
    let _members = crowd.enter(ROOM, 0, listeners(members), false).await?;
    crowd.gathered().await;
    for _ in 0..callers {
        let caller = Caller::connect(&crowd.plan, ROOM).await?;
        tokio::task::spawn_local(call(Rc::clone(crowd), caller, members));
    }
    let cost = meter.measure(crowd, time).await;
    crowd.settle().await;
    Ok(Report::new(crowd, cost))
}

/// Publishes one after the other. The answer is the ack.
async fn call(crowd: Rc<Crowd>, mut caller: Caller, receivers: usize) {
    while !crowd.ending.get() {
        let number = crowd.ledger.borrow_mut().send(receivers);
        let answer = caller.post(event(number)).await;
        let mut ledger = crowd.ledger.borrow_mut();
        match answer {
            Ok(()) => {
                let now = ledger.now();
                ledger.found(Found::Ack(number), now, &crowd.all_there);
            }
            Err(fault) => {
                ledger.fail(fault.to_string());
                crowd.all_there.notify_one();
                return;
            }
        }
    }
}
