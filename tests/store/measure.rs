//! Measurements, for the docs: `cargo test --release --test store -- --ignored --nocapture --test-threads 1`.

#![allow(clippy::disallowed_methods)]

use std::time::{Duration, Instant};

use durable_rooms::store::Store;
use durable_rooms::store::id_index::{ENTRY_BYTES, IdIndex, Key, Keys, SECRET_BYTES, segment};

use crate::native::Native;
use crate::support::*;

const IDS: u64 = 1_000_000;

fn timed<T>(what: &str, count: u64, work: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let result = work();
    let took: Duration = begin.elapsed();
    println!("{what}: {took:?}, {:?} each", took / u32::try_from(count).unwrap());
    result
}

#[test]
#[ignore = "a measurement"]
fn a_million_ids_in_memory() {
    let keys = Keys::new(&[7; SECRET_BYTES]);
    let alice = user("alice");
    let entries: Vec<(Key, _)> = timed("hashing", IDS, || {
        let entry =
            |number| (keys.key(&id(&format!("message-{number}")), Some(&alice)), seq(number));
        (1..=IDS).map(entry).collect()
    });
    let segments: Vec<_> =
        entries.chunks(1_000).map(|chunk| segment(chunk.iter().copied())).collect();
    let loaded = timed("loading segments", IDS, || {
        IdIndex::load(entries.len(), segments.into_iter().map(Ok::<_, ()>)).unwrap()
    });
    let mut inserted = IdIndex::default();
    timed("inserting", IDS, || {
        for (key, seq) in &entries {
            inserted.insert(*key, *seq);
        }
    });
    let mut longest = Duration::ZERO;
    let mut one_by_one = IdIndex::default();
    for (key, seq) in &entries {
        let begin = Instant::now();
        one_by_one.insert(*key, *seq);
        longest = longest.max(begin.elapsed());
    }
    println!("longest insert: {longest:?}");
    for (name, index) in [("loaded", &loaded), ("inserted", &inserted)] {
        println!("{name}: {:?}, {ENTRY_BYTES} bytes each", index.size());
        let found = timed("  looking up", IDS, || {
            let found = entries
                .iter()
                .filter(|(key, _)| index.candidates(*key..=*key, seq(IDS)).len() == 1);
            found.count()
        });
        assert_eq!(found, 1_000_000);
        let absent = timed("  looking up what is not there", IDS, || {
            let absent = (1..=IDS).filter(|number| {
                let key = keys.key(&id(&format!("absent-{number}")), Some(&alice));
                index.candidates(key..=key, seq(IDS)).is_empty()
            });
            absent.count()
        });
        println!("  candidates for absent ids: {}", 1_000_000 - absent);
    }
}

#[test]
#[ignore = "a measurement"]
fn a_room_of_a_million_messages() {
    let native = Native::new();
    let mut store = native.open();
    timed("appending by 14", IDS, || {
        for first in (1..=IDS).step_by(14) {
            let batch: Vec<_> =
                (first..first + 14).map(|n| message(n, "alice", "Hello, how are you?")).collect();
            store.append(&batch).unwrap();
        }
    });
    let store = native.open();
    timed("first lookup without segments", 1, || store.accepted(&user("alice"), &id("x"))).unwrap();
    let mut store = native.open();
    timed("first lookup", 1, || store.accepted(&user("alice"), &id("x"))).unwrap();
    timed("next lookups, of what is not there", 10_000, || {
        for number in 0..10_000 {
            store.accepted(&user("alice"), &id(&format!("x{number}"))).unwrap();
        }
    });
    timed("next lookups, of what is there", 10_000, || {
        for number in 1..=10_000 {
            let id = id(&format!("m{number}"));
            assert!(store.accepted(&user("alice"), &id).unwrap().is_some());
        }
    });
    timed("last_before", 1_000, || {
        for number in 0..1_000 {
            store.last_before(at(number * 1_000_000)).unwrap();
        }
    });
    timed("enabling search, once", 20_000, || store.enable_search().unwrap());
    timed("dropping half", IDS / 2, || store.drop_through(seq(IDS / 2)).unwrap());
}

#[test]
#[ignore = "a measurement"]
fn search_costs_so_much_a_message() {
    let text = "Hello, how are you? I have been looking at the numbers of yesterday.";
    for batch in [1, 14] {
        for search in [false, true] {
            let native = Native::new();
            let mut store = native.open();
            if search {
                store.enable_search().unwrap();
            }
            let all: Vec<_> =
                (1..=28_000).map(|n| message(n, "alice", &format!("{text} {n}"))).collect();
            timed(&format!("append by {batch}, search {search}"), 28_000, || {
                for chunk in all.chunks(batch) {
                    store.append(chunk).unwrap();
                }
            });
            let rows = native.connection.total_changes() as f64 / 28_000.0;
            println!("  rows written: {rows} each");
            timed("  searching", 100, || {
                for number in 0..100 {
                    store.search(&format!("numbers {number}"), None, 50).unwrap();
                }
            });
        }
    }
}
