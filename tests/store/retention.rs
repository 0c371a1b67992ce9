use durable_rooms::store::{Cursor, Entry, Rule, Store};

use crate::native::Native;
use crate::support::*;

#[test]
fn what_is_dropped_is_gone_with_all_that_belongs_to_it() {
    each(|store| {
        let mut all = messages(4);
        for entry in &mut all {
            entry.mentions = vec![user("bob")];
        }
        store.append(&all).unwrap();
        for message in 1..=4 {
            store.pin(seq(message)).unwrap();
            store.add_reaction(seq(message), &reaction("bob", "a")).unwrap();
        }
        store.drop_through(seq(2)).unwrap();
        store.drop_through(seq(1)).unwrap();
        let position = store.position().unwrap();
        assert_eq!((position.last, position.floor), (seq(4), seq(2)));
        assert_eq!(seqs(&store.page(Cursor::Latest, 9).unwrap()), (vec![3, 4], false));
        assert_eq!(seqs(&store.log(seq(0), 9).unwrap()), (vec![3, 4], false));
        assert_eq!(store.row(seq(2)).unwrap(), None);
        assert_eq!(store.pins().unwrap().len(), 2);
        assert_eq!(store.reacted_by(&user("bob")).unwrap(), [seq(3), seq(4)]);
        assert_eq!(store.unread(&user("bob"), seq(0), 9).unwrap(), (2, 2));
        assert_eq!(store.accepted(&user("alice"), &id("m2")).unwrap(), None);
        assert_eq!(store.accepted(&user("alice"), &id("m3")).unwrap(), Some((seq(3), at(3_000))));
    });
}

#[test]
fn positions_go_on_after_everything_was_dropped() {
    each(|store| {
        store.append(&messages(3)).unwrap();
        let epoch = store.position().unwrap().epoch;
        store.drop_through(seq(3)).unwrap();
        let position = store.position().unwrap();
        assert_eq!((position.last, position.floor), (seq(3), seq(3)));
        assert_eq!(position.epoch, epoch);
        store.append(&[message(4, "alice", "on")]).unwrap();
        assert_eq!(store.position().unwrap().last, seq(4));
    });
}

#[test]
fn positions_outlive_a_sleep() {
    let native = Native::new();
    let mut store = native.open();
    store.append(&messages(3)).unwrap();
    let before = store.position().unwrap();
    assert_eq!(native.open().position().unwrap(), before);
    store.drop_through(seq(3)).unwrap();
    assert_eq!(native.open().position().unwrap(), store.position().unwrap());
    assert_eq!(native.open().position().unwrap().last, seq(3));
}

#[test]
fn a_room_that_was_wiped_is_a_new_one() {
    each(|store| {
        store.enable_search().unwrap();
        let mut all = messages(1_500);
        all[1].mentions = vec![user("bob")];
        all[2].about = Some(seq(1));
        store.append(&all).unwrap();
        assert_eq!(store.find(&id("m1"), None).unwrap(), Some(seq(1)));
        store.pin(seq(2)).unwrap();
        store.add_reaction(seq(1), &reaction("bob", "a")).unwrap();
        store.put_members(&[member("bob", 1, 1)]).unwrap();
        store.put_rule(&Rule::SlowMode { millis: 1 }).unwrap();
        store.audit("{}").unwrap();
        store.drop_through(seq(1)).unwrap();
        let before = store.position().unwrap().epoch;
        store.wipe().unwrap();
        let position = store.position().unwrap();
        assert_ne!(position.epoch, before);
        assert_eq!((position.last, position.floor), (seq(0), seq(0)));
        assert_eq!(seqs(&store.log(seq(0), 9).unwrap()), (vec![], false));
        assert_eq!(store.find(&id("m1500"), None).unwrap(), None);
        assert_eq!(store.accepted(&user("alice"), &id("m3")).unwrap(), None);
        assert_eq!(store.pins().unwrap(), []);
        assert_eq!(store.reactions(seq(1)).unwrap(), []);
        assert_eq!(store.members(9).unwrap(), []);
        assert_eq!(store.unread(&user("bob"), seq(0), 9).unwrap(), (0, 0));
        assert_eq!(store.rules().unwrap(), []);
        assert_eq!(store.audit_trail(9).unwrap(), [""; 0]);
        assert_eq!(seqs(&store.search("text", None, 9).unwrap()), (vec![], false));
        store.append(&[Entry { id: id("m7"), ..message(1, "alice", "text anew") }]).unwrap();
        assert_eq!(store.find(&id("m7"), None).unwrap(), Some(seq(1)));
        assert_eq!(seqs(&store.search("text", None, 9).unwrap()), (vec![1], false));
    });
}

#[test]
fn a_plain_message_is_one_row_written() {
    // Every secondary index that has an entry for the row would be one more.
    let native = Native::new();
    native.open();
    let indices = native
        .number("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'history'");
    let partial = native.number(
        "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'history' \
         AND sql LIKE '%WHERE about IS NOT NULL%'",
    );
    assert_eq!((indices, partial), (1, 1));
}
