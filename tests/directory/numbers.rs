//! `/stats` and `/metrics`.

use durable_rooms::metrics::{Counters, Rejects, Report, prometheus};
use serde_json::{Value, json};

use crate::support::*;

fn busy() -> Report {
    let mut counted = Counters {
        received: 2,
        sent: 6,
        received_bytes: 100,
        sent_bytes: 300,
        acks: 2,
        duplicates: 1,
        published: 3,
        connects: 4,
        wake_ups: 1,
        ..Counters::default()
    };
    counted.reject("rate-limited", 2);
    counted.broadcast.observe(3);
    counted.broadcast.observe(70);
    counted.commit.observe(60_000);
    Report { n: 1, connections: 3, users: 2, counted, ..Report::default() }
}

fn rejects(code: &'static str, count: u64) -> Rejects {
    Rejects::from_iter([(code.into(), count)])
}

#[test]
fn stats_add_up_all_shards_and_parties() {
    let mut shards = Shards::new(4);
    for room in ["chat/a", "chat/b", "main/c"] {
        shards.tell(room, "a", busy());
    }
    shards.shards[0].refused(shards.now(), rejects("unauthorized", 7)).unwrap();
    shards.now += MINUTE + 1;
    let stats = shards.stats();
    assert_eq!(stats["serverTime"], shards.now);
    let webhooks = json!({"waiting": 0, "dead": 0});
    assert_eq!(
        stats["totals"],
        json!({"rooms": 3, "connections": 9, "users": 6, "webhooks": webhooks})
    );
    assert_eq!(
        stats["parties"]["chat"],
        json!({
            "rooms": 2, "connections": 6, "users": 4, "webhooks": webhooks,
            "counters": {
                "received": 4, "sent": 12, "receivedBytes": 200, "sentBytes": 600, "acks": 4,
                "duplicates": 2, "published": 6, "connects": 8, "wakeUps": 2,
            },
            "rejects": {"rate-limited": 4},
        })
    );
    assert_eq!(stats["parties"][""]["rejects"], json!({"unauthorized": 7}));
    let minutes = stats["minutes"].as_array().unwrap();
    assert_eq!(minutes.len(), 60);
    let quiet = |minute: &Value| minute["received"] == 0 && minute["rejects"] == 0;
    assert_eq!(minutes.iter().filter(|minute| !quiet(minute)).count(), 1);
    assert_eq!(minutes[58], json!({"at": START, "received": 6, "sent": 18, "rejects": 6 + 7}));
    assert_eq!(minutes[59]["at"], START + MINUTE);
}

#[test]
fn minutes_older_than_an_hour_are_gone_and_counts_stay() {
    let mut shards = Shards::one();
    shards.tell("chat/a", "a", busy());
    shards.now += HOUR;
    let stats = shards.stats();
    assert!(stats["minutes"].as_array().unwrap().iter().all(|minute| minute["sent"] == 0));
    assert_eq!(stats["parties"]["chat"]["counters"]["sent"], 6);
}

#[test]
fn prometheus_gets_every_number_under_a_name_of_its_own() {
    let shards = Shards::new(2);
    shards.tell("chat/a", "a", busy());
    shards.shards[0].refused(shards.now(), rejects("unauthorized", 7)).unwrap();
    let text = prometheus::text(&shards.merged());
    for line in [
        "durable_rooms_rooms{party=\"chat\"} 1",
        "durable_rooms_connections{party=\"chat\"} 3",
        "durable_rooms_users{party=\"chat\"} 2",
        "durable_rooms_frames_received_total{party=\"chat\"} 2",
        "durable_rooms_frames_sent_total{party=\"chat\"} 6",
        "durable_rooms_received_bytes_total{party=\"chat\"} 100",
        "durable_rooms_sent_bytes_total{party=\"chat\"} 300",
        "durable_rooms_acks_total{party=\"chat\"} 2",
        "durable_rooms_duplicates_total{party=\"chat\"} 1",
        "durable_rooms_events_published_total{party=\"chat\"} 3",
        "durable_rooms_connects_total{party=\"chat\"} 4",
        "durable_rooms_wakeups_total{party=\"chat\"} 1",
        "durable_rooms_rejects_total{party=\"chat\",code=\"rate-limited\"} 2",
        "durable_rooms_rejects_total{party=\"\",code=\"unauthorized\"} 7",
        "durable_rooms_broadcast_duration_seconds_bucket{party=\"chat\",le=\"0.001\"} 0",
        "durable_rooms_broadcast_duration_seconds_bucket{party=\"chat\",le=\"0.005\"} 1",
        "durable_rooms_broadcast_duration_seconds_bucket{party=\"chat\",le=\"0.1\"} 2",
        "durable_rooms_broadcast_duration_seconds_bucket{party=\"chat\",le=\"+Inf\"} 2",
        "durable_rooms_broadcast_duration_seconds_sum{party=\"chat\"} 0.073",
        "durable_rooms_broadcast_duration_seconds_count{party=\"chat\"} 2",
        "durable_rooms_commit_duration_seconds_bucket{party=\"chat\",le=\"30\"} 0",
        "durable_rooms_commit_duration_seconds_bucket{party=\"chat\",le=\"+Inf\"} 1",
        "durable_rooms_commit_duration_seconds_sum{party=\"chat\"} 60",
        "durable_rooms_webhook_queue{party=\"chat\"} 0",
        "durable_rooms_webhook_dead_letters{party=\"chat\"} 0",
        "durable_rooms_webhook_deliveries_total{party=\"chat\",outcome=\"delivered\"} 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\nis missing in\n{text}");
    }
}

#[test]
fn every_series_comes_after_its_help_and_type_and_is_there_once() {
    let shards = Shards::new(2);
    shards.tell("chat/a", "a", busy());
    shards.tell("main/a", "a", busy());
    let text = prometheus::text(&shards.merged());
    let mut seen = std::collections::BTreeSet::new();
    let mut family = "";
    let mut previous = "";
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            family = rest.split_once(' ').unwrap().0;
            assert!(seen.insert(family), "{family} comes twice");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(name, family);
            assert!(previous.starts_with("# HELP"));
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
        } else {
            let (series, number) = line.rsplit_once(' ').unwrap();
            let name = series.split('{').next().unwrap();
            let suffix = name.strip_prefix(family).unwrap();
            assert!(["", "_bucket", "_sum", "_count"].contains(&suffix), "{line}");
            assert!(number.parse::<f64>().is_ok_and(f64::is_finite), "{line}");
            assert!(seen.insert(series), "{series} comes twice");
        }
        previous = line;
    }
    assert!(text.ends_with('\n'));
}
