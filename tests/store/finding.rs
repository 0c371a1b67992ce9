use durable_rooms::store::{Entry, EntryKind, MemStore, Store};

use crate::native::Native;
use crate::support::*;

fn named(number: u64, author: &str, name: &str) -> Entry {
    Entry { id: id(name), ..message(number, author, "text") }
}

#[test]
fn a_message_was_accepted_where_its_author_wrote_it() {
    each(|store| {
        store.append(&[named(1, "alice", "x"), named(2, "bob", "x")]).unwrap();
        assert_eq!(store.accepted(&user("alice"), &id("x")).unwrap(), Some((seq(1), at(1_000))));
        assert_eq!(store.accepted(&user("bob"), &id("x")).unwrap(), Some((seq(2), at(2_000))));
        assert_eq!(store.accepted(&user("mallory"), &id("x")).unwrap(), None);
        assert_eq!(store.accepted(&user("alice"), &id("y")).unwrap(), None);
    });
}

#[test]
fn an_authors_own_message_is_found_before_an_earlier_one_of_somebody_else() {
    each(|store| {
        let event = Entry { id: id("x"), ..other(2, EntryKind::Event, None, None) };
        store.append(&[named(1, "alice", "x"), event, named(3, "bob", "x")]).unwrap();
        assert_eq!(store.find(&id("x"), None).unwrap(), Some(seq(1)));
        assert_eq!(store.find(&id("x"), Some(&user("bob"))).unwrap(), Some(seq(3)));
        assert_eq!(store.find(&id("x"), Some(&user("mallory"))).unwrap(), Some(seq(1)));
        assert_eq!(store.find(&id("y"), Some(&user("bob"))).unwrap(), None);
    });
}

#[test]
fn an_event_is_found_but_is_no_accepted_message() {
    each(|store| {
        let event = Entry { id: id("e"), ..other(1, EntryKind::Event, Some("bot"), None) };
        store.append(&[event]).unwrap();
        assert_eq!(store.find(&id("e"), None).unwrap(), Some(seq(1)));
        assert_eq!(store.find(&id("e"), Some(&user("bot"))).unwrap(), Some(seq(1)));
        assert_eq!(store.accepted(&user("bot"), &id("e")).unwrap(), None);
    });
}

#[test]
fn a_change_is_not_found_by_the_id_of_its_message() {
    each(|store| {
        let edit = Entry { id: id("x"), ..other(1, EntryKind::Edit, Some("alice"), None) };
        let change = Entry { id: id("x"), ..other(2, EntryKind::Change, Some("alice"), None) };
        store.append(&[edit, change]).unwrap();
        assert_eq!(store.find(&id("x"), Some(&user("alice"))).unwrap(), None);
        assert_eq!(store.accepted(&user("alice"), &id("x")).unwrap(), None);
    });
}

#[test]
fn what_was_written_a_moment_ago_is_found() {
    each(|store| {
        assert_eq!(store.find(&id("m1"), None).unwrap(), None, "the index is loaded");
        store.append(&[message(1, "alice", "a"), message(2, "alice", "b")]).unwrap();
        store.append(&[message(3, "alice", "c")]).unwrap();
        for number in 1..=3 {
            let found = store.accepted(&user("alice"), &id(&format!("m{number}"))).unwrap();
            assert_eq!(found, Some((seq(number), at(number * 1_000))));
        }
    });
}

#[test]
fn every_message_of_a_long_history_is_found_after_a_wake() {
    let native = Native::new();
    let mut store = native.open();
    assert_eq!(store.find(&id("m1"), None).unwrap(), None, "the index is loaded");
    for chunk in messages(3_300).chunks(7) {
        store.append(chunk).unwrap();
    }
    assert_eq!(native.number("SELECT count(*) FROM ids"), 3);
    assert_eq!(native.number("SELECT max(length(entries)) FROM ids"), 12_000);
    for store in [store, native.open()] {
        for number in 1..=3_300 {
            let found = store.find(&id(&format!("m{number}")), Some(&user("alice"))).unwrap();
            assert_eq!(found, Some(seq(number)));
        }
        assert_eq!(store.find(&id("m0"), None).unwrap(), None);
    }
}

#[test]
fn nothing_is_read_before_an_id_is_asked_for() {
    let native = Native::new();
    native.open().append(&messages(5_000)).unwrap();
    native.open().append(&[message(5_001, "alice", "a")]).unwrap();
    assert_eq!(native.number("SELECT count(*) FROM ids"), 0);
    assert_eq!(native.open().find(&id("m7"), None).unwrap(), Some(seq(7)));
    assert_eq!(native.number("SELECT count(*) FROM ids"), 5, "what is missing is made up for");
    assert_eq!(native.open().find(&id("m5001"), None).unwrap(), Some(seq(5_001)));
}

#[test]
fn segments_that_could_not_be_written_are_written_later() {
    let native = Native::new();
    let mut store = native.open();
    assert_eq!(store.find(&id("m1"), None).unwrap(), None, "the index is loaded");
    let all = messages(2_001);
    let (most, last) = all.split_at(2_000);
    for chunk in most.chunks(14) {
        // One statement for the rows. The one for the segment fails.
        native.working.set(Some(1));
        store.append(chunk).unwrap();
    }
    native.working.set(None);
    assert_eq!(native.number("SELECT count(*) FROM ids"), 0);
    assert_eq!(native.open().find(&id("m1"), None).unwrap(), Some(seq(1)), "after a kill");
    native.connection.execute_batch("DELETE FROM ids").unwrap();
    store.append(last).unwrap();
    assert_eq!(native.number("SELECT count(*) FROM ids"), 2);
    for number in [1, 999, 1_000, 1_001, 2_000, 2_001] {
        let found = native.open().find(&id(&format!("m{number}")), None).unwrap();
        assert_eq!(found, Some(seq(number)));
    }
}

#[test]
fn what_was_undone_is_not_found_and_its_place_is_taken_by_others() {
    let native = Native::new();
    let mut store = native.open();
    let all = messages(3_000);
    store.append(&all[..500]).unwrap();
    assert_eq!(store.find(&id("m1"), None).unwrap(), Some(seq(1)), "the index is loaded");
    let undone = store.atomically(&mut |store| {
        store.append(&all[500..])?;
        assert_eq!(store.find(&id("m501"), None)?, Some(seq(501)));
        Err(durable_rooms::store::StoreError("changed my mind".into()))
    });
    assert!(undone.is_err());
    assert_eq!(native.number("SELECT count(*) FROM ids"), 0);
    assert_eq!(store.find(&id("m501"), None).unwrap(), None);
    for number in 501..=2_600 {
        store.append(&[named(number, "bob", &format!("b{number}"))]).unwrap();
    }
    for store in [store, native.open()] {
        for number in [501, 1_000, 1_001, 2_000, 2_600] {
            let found = store.find(&id(&format!("b{number}")), None).unwrap();
            assert_eq!(found, Some(seq(number)));
            assert_eq!(store.find(&id(&format!("m{number}")), None).unwrap(), None);
        }
    }
}

#[test]
fn ids_are_found_wherever_the_history_begins() {
    for through in [1, 999, 1_000, 1_001, 2_500] {
        let native = Native::new();
        let mut sql = native.open();
        let mut mem = MemStore::new();
        for store in [&mut sql as &mut dyn Store, &mut mem] {
            assert_eq!(store.find(&id("m1"), None).unwrap(), None, "the index is loaded");
            store.append(&messages(2_500)).unwrap();
            store.drop_through(seq(through)).unwrap();
            store.append(&[named(2_501, "alice", "m1")]).unwrap();
        }
        let woken = native.open();
        for name in ["m1", "m999", "m1000", "m1001", "m1002", "m2500"] {
            let expected = mem.find(&id(name), None).unwrap();
            assert_eq!(sql.find(&id(name), None).unwrap(), expected, "{through}: {name}");
            assert_eq!(woken.find(&id(name), None).unwrap(), expected, "{through}: {name}");
        }
    }
}
