//! A report is added up once.

use crate::support::*;

fn received(shards: &Shards) -> u64 {
    shards.stats()["parties"]["chat"]["counters"]["received"].as_u64().unwrap_or_default()
}

#[test]
fn a_report_that_comes_again_counts_once() {
    let mut shards = Shards::one();
    assert!(shards.tell("chat/r", "a", report(1, 1, 5)));
    assert!(!shards.tell("chat/r", "a", report(1, 1, 5)));
    shards.restart();
    assert!(!shards.tell("chat/r", "a", report(1, 1, 5)));
    assert!(shards.tell("chat/r", "a", report(2, 1, 7)));
    assert_eq!(received(&shards), 12);
}

#[test]
fn a_new_wake_counts_from_one_again() {
    let shards = Shards::one();
    shards.tell("chat/r", "a", report(1, 1, 5));
    assert!(shards.tell("chat/r", "b", report(1, 1, 5)));
    assert_eq!(received(&shards), 10);
}

#[test]
fn a_late_report_of_an_earlier_wake_counts_and_says_nothing_about_how_the_room_is() {
    let shards = Shards::one();
    shards.tell("chat/r", "a", report(1, 9, 1));
    shards.tell("chat/r", "b", report(1, 2, 1));
    assert!(shards.tell("chat/r", "a", report(2, 9, 1)));
    assert!(!shards.tell("chat/r", "a", report(2, 9, 1)));
    assert!(!shards.tell("chat/r", "b", report(1, 2, 1)), "the later wake is still known");
    assert_eq!(received(&shards), 3);
    assert_eq!(shards.rooms(&[])["rooms"][0]["connections"], 2);
}

#[test]
fn a_report_is_two_rows_written_and_one_if_nothing_was_counted() {
    let shards = Shards::one();
    let changes = || shards.databases[0].number("SELECT total_changes()");
    shards.tell("chat/r", "a", report(1, 1, 1));
    let before = changes();
    shards.tell("chat/r", "a", report(2, 1, 1));
    assert_eq!(changes() - before, 2);
    shards.tell("chat/r", "a", report(3, 1, 0));
    assert_eq!(changes() - before, 3);
    shards.tell("chat/r", "a", report(3, 1, 0));
    assert_eq!(changes() - before, 3, "a repetition is none");
}

#[test]
fn a_report_whose_writing_fails_is_not_half_taken() {
    let shards = Shards::one();
    shards.tell("chat/r", "a", report(1, 1, 1));
    for working in 0..4 {
        shards.databases[0].working.set(Some(working));
        let told = durable_rooms::directory::Told {
            room: "chat/r".into(),
            run: "a".into(),
            report: report(2, 7, 100),
        };
        assert!(shards.shards[0].take(shards.now(), &told).is_err(), "{working}");
        shards.databases[0].working.set(None);
        assert_eq!(received(&shards), 1);
        assert_eq!(shards.rooms(&[])["rooms"][0]["connections"], 1);
    }
    assert!(shards.tell("chat/r", "a", report(2, 7, 100)));
    assert_eq!(received(&shards), 101);
}
