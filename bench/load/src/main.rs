//! Puts load on a real-time server, counts every delivery, and measures what it costs the server.
//!
//! `load '<plan as JSON>'` prints one JSON object, what was measured. It ends with 1 if what was delivered is not exactly what
//! was expected, or if the server answered anything with an error: then there is a `problem` in the object.
//!
//! One thread does everything: [`ledger`] needs no lock, and a message in one room is counted by the same clock that sent it.
//! [`own`] says whether that thread was the bottleneck.

mod client;
mod dialect;
mod fault;
mod histogram;
mod http;
mod ledger;
mod own;
mod plan;
mod process;
mod report;
mod scan;
mod scenario;
mod window;

use std::process::ExitCode;

use tokio::runtime::Builder;
use tokio::task::LocalSet;

use crate::fault::Fault;
use crate::plan::Plan;
use crate::report::Report;

fn main() -> ExitCode {
    match run() {
        Ok(report) => {
            println!("{}", report.json());
            if report.problem.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(fault) => {
            println!("{}", Report::failed(&fault).json());
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<Report, Fault> {
    let argument = std::env::args().nth(1).ok_or("Usage: load '<plan as JSON>'")?;
    let plan: Plan = serde_json::from_str(&argument)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, scenario::run(plan))
}
