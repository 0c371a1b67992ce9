//! What is said in the end.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::client::Crowd;
use crate::fault::Fault;
use crate::histogram::Quantiles;
use crate::own::Own;
use crate::window::Cost;

/// The result of one scenario on one server.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// Nothing, if the run counts.
    pub(crate) problem: Option<String>,
    pub(crate) expected: u64,
    pub(crate) delivered: u64,
    pub(crate) seconds: f64,
    /// Messages, deliveries, frames and bytes of the window, and times of the window's messages in milliseconds.
    pub(crate) messages: u64,
    pub(crate) deliveries: u64,
    pub(crate) frames: u64,
    pub(crate) bytes: u64,
    pub(crate) server_cpu_ms: f64,
    pub(crate) first: Option<Quantiles>,
    pub(crate) each: Option<Quantiles>,
    pub(crate) last: Option<Quantiles>,
    pub(crate) ack: Option<Quantiles>,
    pub(crate) generator: Option<Own>,
    /// What only some scenarios have, by name.
    pub(crate) figures: BTreeMap<String, f64>,
}

impl Report {
    /// What a crowd has seen in a window.
    pub(crate) fn new(crowd: &Crowd, cost: Cost) -> Self {
        let ledger = crowd.ledger.borrow();
        let rates = ledger.totals.in_window;
        Self {
            problem: ledger.problem(),
            expected: ledger.totals.expected,
            delivered: ledger.totals.delivered,
            seconds: cost.seconds,
            messages: rates.messages,
            deliveries: rates.deliveries,
            frames: rates.frames,
            bytes: rates.bytes,
            server_cpu_ms: cost.server_cpu_ns as f64 / 1e6,
            first: ledger.times.first.quantiles(),
            each: ledger.times.each.quantiles(),
            last: ledger.times.last.quantiles(),
            ack: ledger.times.ack.quantiles(),
            generator: Some(cost.own),
            figures: BTreeMap::new(),
        }
    }

    /// Nothing could be measured.
    pub(crate) fn failed(fault: &Fault) -> Self {
        Self { problem: Some(fault.to_string()), ..Self::default() }
    }

    pub(crate) fn with(mut self, name: &str, figure: f64) -> Self {
        self.figures.insert(name.to_owned(), figure);
        self
    }

    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
