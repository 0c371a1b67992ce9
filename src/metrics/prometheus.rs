//! The numbers of a deployment as Prometheus reads them: text format 0.0.4.
//!
//! Labels are `party` and `code`, which the configuration and the code table bound. The edge's refusals have no party.

use std::fmt::Write;

use super::{Counters, Histogram};
use crate::directory::{Merged, PartyNumbers};

/// The media type.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

const PREFIX: &str = "durable_rooms_";

type Gauge = (&'static str, &'static str, fn(&PartyNumbers) -> u64);
type Durations = (&'static str, &'static str, fn(&Counters) -> &Histogram);

const GAUGES: [Gauge; 5] = [
    ("rooms", "Live rooms.", |numbers| numbers.rooms),
    ("connections", "Connections.", |numbers| numbers.connections),
    ("users", "Users, once for each room that they are in.", |numbers| numbers.users),
    ("webhook_queue", "Webhooks that are to be delivered.", |numbers| numbers.webhooks.waiting),
    ("webhook_dead_letters", "Webhooks that were given up.", |numbers| numbers.webhooks.dead),
];

const DURATIONS: [Durations; 3] = [
    (
        "broadcast_duration_seconds",
        "How long the first frame of a group waited before the group was sent.",
        |counted| &counted.broadcast,
    ),
    ("commit_duration_seconds", "From writing to being on disk.", |counted| &counted.commit),
    ("webhook_duration_seconds", "How long a webhook took to be answered.", |counted| {
        &counted.webhook
    }),
];

/// The answer of `/metrics`.
pub fn text(merged: &Merged) -> String {
    let mut text = Text::default();
    for (name, help, number) in GAUGES {
        text.head(name, "gauge", help);
        for (party, (numbers, _)) in &merged.parties {
            text.line(name, &[("party", party)], number(numbers));
        }
    }
    let counted = || merged.parties.iter().map(|(party, (_, counted))| (party.as_str(), counted));
    for (index, (name, help, _)) in Counters::default().metrics().enumerate() {
        text.head(name, "counter", help);
        for (party, counted) in counted() {
            let number = counted.metrics().nth(index).map_or(0, |(_, _, number)| number);
            text.line(name, &[("party", party)], number);
        }
    }
    text.head("rejects_total", "counter", "Frames and calls that were refused.");
    for (party, counted) in counted() {
        for (code, number) in &counted.rejects {
            text.line("rejects_total", &[("party", party), ("code", code)], *number);
        }
    }
    let name = "webhook_deliveries_total";
    text.head(name, "counter", "Attempts to deliver webhooks, by what became of them.");
    for (party, counted) in counted() {
        let deliveries = &counted.deliveries;
        for (outcome, number) in [
            ("delivered", deliveries.delivered),
            ("failed", deliveries.failed),
            ("dead", deliveries.dead),
        ] {
            text.line(name, &[("party", party), ("outcome", outcome)], number);
        }
    }
    for (name, help, durations) in DURATIONS {
        text.head(name, "histogram", help);
        for (party, counted) in counted() {
            text.histogram(name, party, durations(counted));
        }
    }
    text.0
}

#[derive(Default)]
struct Text(String);

/// Writing to a string cannot fail.
impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {PREFIX}{name} {help}");
        let _ = writeln!(self.0, "# TYPE {PREFIX}{name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let _ = write!(self.0, "{PREFIX}{name}");
        for (index, (label, value)) in labels.iter().enumerate() {
            let before = if index == 0 { '{' } else { ',' };
            let _ = write!(self.0, "{before}{label}=\"{}\"", escaped(value));
        }
        let _ = writeln!(self.0, "}} {value}");
    }

    fn histogram(&mut self, name: &str, party: &str, histogram: &Histogram) {
        let bucket = format!("{name}_bucket");
        for (bound, count) in histogram.cumulative() {
            let labels = [("party", party), ("le", &seconds(bound))];
            self.line(&bucket, &labels, count);
        }
        self.line(&bucket, &[("party", party), ("le", "+Inf")], histogram.count());
        self.line(&format!("{name}_sum"), &[("party", party)], seconds(histogram.sum_ms()));
        self.line(&format!("{name}_count"), &[("party", party)], histogram.count());
    }
}

/// Milliseconds as seconds, without a detour through binary fractions.
fn seconds(millis: u64) -> String {
    let (whole, rest) = (millis / 1000, millis % 1000);
    if rest == 0 {
        return whole.to_string();
    }
    format!("{whole}.{rest:03}").trim_end_matches('0').to_owned()
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
