//! What the clients do. A file each.

mod history;
mod idle;
mod join;
mod post;
mod talk;
mod wake;

use crate::client::{Behaviour, Crowd, Listener};
use crate::fault::Fault;
use crate::plan::{Plan, Scenario};
use crate::report::Report;
use crate::window::Meter;

/// Carries out a plan.
pub(crate) async fn run(plan: Plan) -> Result<Report, Fault> {
    let meter = Meter::new(&plan.address)?;
    let scenario = plan.scenario.clone();
    let crowd = Crowd::new(plan);
    match scenario {
        Scenario::Talk { rooms, members, publishers, pace, time } => {
            talk::run(&crowd, &meter, talk::Shape { rooms, members, publishers }, pace, time).await
        }
        Scenario::Post { members, callers, time } => {
            post::run(&crowd, &meter, members, callers, time).await
        }
        Scenario::Join { members } => join::run(&crowd, &meter, members).await,
        Scenario::Wake { members, silence_ms } => {
            wake::run(&crowd, &meter, members, silence_ms).await
        }
        Scenario::Idle { members, heartbeat_ms, silence_ms, time } => {
            idle::run(&crowd, &meter, idle::Hearts { members, heartbeat_ms, silence_ms }, time)
                .await
        }
        Scenario::History { entries, pages, missed } => {
            history::run(&crowd, &meter, entries, pages, missed).await
        }
    }
}

/// So many who only listen.
fn listeners(count: usize) -> Vec<Box<dyn Behaviour>> {
    (0..count).map(|_| Box::new(Listener) as Box<dyn Behaviour>).collect()
}

/// Bytes of memory that each of the connections costs.
fn per_connection(before: u64, after: u64, connections: usize) -> f64 {
    after.saturating_sub(before) as f64 / connections as f64
}
