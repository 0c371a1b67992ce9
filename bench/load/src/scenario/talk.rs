//! Members of rooms talk.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::{listeners, per_connection};
use crate::client::{Behaviour, Client, Crowd};
use crate::fault::Fault;
use crate::plan::{Pace, Time};
use crate::report::Report;
use crate::window::Meter;

/// How many of what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) rooms: usize,
    pub(super) members: usize,
    /// Of a room's members, the first so many talk.
    pub(super) publishers: usize,
}

/// Sends the next message when one is acked.
struct Talker {
    crowd: Rc<Crowd>,
    receivers: usize,
}

impl Behaviour for Talker {
    fn acked(&mut self, out: &mut Vec<String>) {
        if !self.crowd.ending.get() {
            out.push(self.crowd.message(self.receivers));
        }
    }
}

pub(super) async fn run(
    crowd: &Rc<Crowd>,
    meter: &Meter,
    shape: Shape,
    pace: Pace,
    time: Time,
) -> Result<Report, Fault> {
    crowd.scout().await?;
    let before = meter.resident();
    let mut rooms = Vec::new();
    for room in 0..shape.rooms {
        let members = match pace {
            Pace::InFlight(_) => with_talkers(crowd, shape),
            Pace::EveryMs(_) => listeners(shape.members),
        };
        rooms.push(
            crowd.enter(&format!("room-{room}"), room * shape.members, members, false).await?,
        );
    }
    crowd.gathered().await;
    let connections = shape.rooms * shape.members;
    let memory = per_connection(before, meter.resident(), connections);

    let publishers = rooms.iter().flat_map(|members| members.iter().take(shape.publishers));
    match pace {
        Pace::InFlight(count) => {
            for publisher in publishers {
                for _ in 0..count {
                    publisher.send(crowd.message(shape.members));
                }
            }
        }
        Pace::EveryMs(milliseconds) => {
            let period = Duration::from_millis(milliseconds);
            let count = u32::try_from(shape.rooms * shape.publishers).unwrap_or(u32::MAX);
            for (index, publisher) in (0..count).zip(publishers) {
                let began = Instant::now() + period * index / count;
                tokio::task::spawn_local(keep_pace(
                    Rc::clone(crowd),
                    publisher.sender(),
                    shape.members,
                    began,
                    period,
                ));
            }
        }
    }
    let cost = meter.measure(crowd, time).await;
    crowd.settle().await;
    all_got_the_same(crowd, &rooms);
    Ok(Report::new(crowd, cost)
        .with("residentPerConnection", memory)
        .with("connections", connections as f64))
}

fn with_talkers(crowd: &Rc<Crowd>, shape: Shape) -> Vec<Box<dyn Behaviour>> {
    let talker = || {
        Box::new(Talker { crowd: Rc::clone(crowd), receivers: shape.members }) as Box<dyn Behaviour>
    };
    let silent = listeners(shape.members - shape.publishers);
    (0..shape.publishers).map(|_| talker()).chain(silent).collect()
}

/// Sends at a pace, whatever becomes of it. Publishers begin one after the other, and not all in the same moment.
async fn keep_pace(
    crowd: Rc<Crowd>,
    send: impl Fn(String),
    receivers: usize,
    began: Instant,
    period: Duration,
) {
    let mut ticks = interval_at(began, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    while !crowd.ending.get() {
        ticks.tick().await;
        if !crowd.ending.get() {
            send(crowd.message(receivers));
        }
    }
}

/// One delivery too many and another too few must not make up for each other.
fn all_got_the_same(crowd: &Crowd, rooms: &[Vec<Client>]) {
    for members in rooms {
        let counts = || members.iter().map(Client::delivered);
        if counts().min() != counts().max() {
            let problem = format!(
                "Members of one room got {:?} to {:?} messages.",
                counts().min(),
                counts().max()
            );
            crowd.ledger.borrow_mut().fail(problem);
        }
    }
}
