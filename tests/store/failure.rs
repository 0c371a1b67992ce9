use durable_rooms::store::{Entry, Rule, Store, StoreError};

use crate::native::Native;
use crate::support::*;

/// Everything that a database says.
fn dump(native: &Native) -> String {
    let sql = "SELECT group_concat(name) FROM (SELECT name FROM sqlite_master \
               WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%' ORDER BY name)";
    let tables: String = native.connection.query_row(sql, [], |row| row.get(0)).unwrap();
    let dump = tables.split(',').map(|table| {
        let mut statement =
            native.connection.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            Ok((0..columns).map(|column| row.get_ref_unwrap(column).to_owned_text()).collect())
        });
        let rows: Vec<Vec<String>> = rows.unwrap().map(Result::unwrap).collect();
        format!("{table}: {rows:?}\n")
    });
    dump.collect()
}

trait OwnedText {
    fn to_owned_text(&self) -> String;
}

impl OwnedText for rusqlite::types::ValueRef<'_> {
    fn to_owned_text(&self) -> String {
        format!("{self:?}")
    }
}

/// Has a call fail at each of its statements in turn, and asserts that it then has changed nothing.
#[track_caller]
fn all_or_none(call: impl Fn(&mut dyn Store) -> Result<(), StoreError>) {
    for working in 0.. {
        let native = Native::new();
        let mut store = native.open();
        store.enable_search().unwrap();
        store.append(&messages(990)).unwrap();
        store.put_members(&[member("bob", 1, 1)]).unwrap();
        store.pin(seq(1)).unwrap();
        store.put_rule(&Rule::SlowMode { millis: 1 }).unwrap();
        assert_eq!(store.find(&id("m1"), None).unwrap(), Some(seq(1)), "the index is loaded");
        let before = dump(&native);
        native.working.set(Some(working));
        let outcome = call(&mut store);
        let left = native.working.replace(None);
        if outcome.is_ok() {
            assert!(working > 0, "nothing was done");
            // It may still fail to write a segment of ids: that is made up for.
            if left == Some(0) {
                continue;
            }
            return;
        }
        assert_eq!(dump(&native), before, "after {working} statements");
        assert_eq!(store.find(&id("m2"), None).unwrap(), Some(seq(2)));
        assert_eq!(store.find(&id("m991"), None).unwrap(), None);
        assert_eq!(seqs(&store.search("text", None, 1).unwrap()).0.len(), 1);
    }
}

fn more(count: u64) -> Vec<Entry> {
    let more = (991..991 + count).map(|number| message(number, "bob", "more text"));
    more.map(|entry| Entry { mentions: vec![user("alice"), user("carol")], ..entry }).collect()
}

#[test]
fn an_append_that_fails_halfway_has_written_nothing() {
    all_or_none(|store| store.append(&more(40)));
}

#[test]
fn other_calls_that_fail_halfway_have_written_nothing() {
    all_or_none(|store| store.replace(seq(5), "{}", Some("else")));
    let members: Vec<_> = (0..40).map(|n| member(&format!("u{n}"), n, n)).collect();
    all_or_none(|store| store.put_members(&members));
    all_or_none(|store| store.remove_member(&user("bob")));
    all_or_none(|store| store.drop_through(seq(500)));
    all_or_none(|store| store.wipe());
}

#[test]
fn work_that_is_to_be_done_atomically_is_undone_if_it_fails() {
    all_or_none(|store| {
        store.atomically(&mut |store| {
            store.append(&more(20))?;
            store.replace(seq(1), "{}", None)?;
            store.pin(seq(7))?;
            store.atomically(&mut |store| store.put_members(&[member("zoe", 1, 1)]))?;
            store.clear_reactions(seq(1))
        })
    });
}

#[test]
fn what_fails_within_atomic_work_need_not_fail_the_rest() {
    each(|store| {
        store.append(&messages(1)).unwrap();
        store
            .atomically(&mut |store| {
                store.pin(seq(1))?;
                let inner = store.atomically(&mut |store| {
                    store.unpin(seq(1))?;
                    Err(StoreError("no".into()))
                });
                assert_eq!(inner, Err(StoreError("no".into())));
                store.append(&[message(2, "bob", "b")])
            })
            .unwrap();
        assert_eq!(store.pins().unwrap().len(), 1);
        assert_eq!(store.find(&id("m2"), None).unwrap(), Some(seq(2)));
    });
}
