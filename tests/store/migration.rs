use durable_rooms::store::sql::SqlStore;
use durable_rooms::store::{Cursor, EntryKind, Rule, Store, StoreError};

use crate::native::Native;
use crate::support::*;

/// A database as the first release left it.
fn released() -> Native {
    let native = Native::new();
    native
        .connection
        .execute_batch(
            r#"
            CREATE TABLE schema (version INTEGER PRIMARY KEY);
            CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
            INSERT INTO meta VALUES ('epoch', lower(hex(randomblob(8))));
            CREATE TABLE history (
                seq INTEGER PRIMARY KEY,
                at INTEGER NOT NULL,
                author TEXT,
                id TEXT NOT NULL,
                frame TEXT NOT NULL
            );
            CREATE UNIQUE INDEX history_by_id ON history (id, author);
            INSERT INTO schema VALUES (1);
            CREATE TABLE rules (
                kind TEXT NOT NULL,
                target TEXT NOT NULL,
                value INTEGER,
                PRIMARY KEY (kind, target)
            ) WITHOUT ROWID;
            CREATE TABLE audit (n INTEGER PRIMARY KEY, entry TEXT NOT NULL);
            INSERT INTO schema VALUES (2);

            UPDATE meta SET value = '0123456789abcdef';
            INSERT INTO history VALUES
                (1, 1000, 'alice', 'm1', '{"type":"new-message","message":"Hello!","seq":1}'),
                (2, 2000, NULL, 'e1', '{"type":"T","payload":1,"seq":2}'),
                (3, 3000, 'bob', 'm1', '{"type":"new-message","message":"Hi!","seq":3}');
            INSERT INTO rules VALUES ('ban', 'mallory', 9000), ('mute', 'bob', NULL);
            INSERT INTO audit (entry) VALUES ('{"n":1}'), ('{"n":2}');
            "#,
        )
        .unwrap();
    native
}

#[test]
fn a_room_of_the_first_release_opens_with_everything_there() {
    let mut store = released().open();
    let position = store.position().unwrap();
    assert_eq!(position.epoch.as_str(), "0123456789abcdef");
    assert_eq!((position.last, position.floor), (seq(3), seq(0)));

    let kinds = [1, 2, 3].map(|n| store.row(seq(n)).unwrap().unwrap()).map(|row| row.kind);
    assert_eq!(kinds, [EntryKind::Message, EntryKind::Event, EntryKind::Message]);
    assert_eq!(seqs(&store.page(Cursor::Latest, 9).unwrap()), (vec![1, 2, 3], false));
    assert_eq!(store.accepted(&user("bob"), &id("m1")).unwrap(), Some((seq(3), at(3_000))));
    assert_eq!(store.find(&id("m1"), None).unwrap(), Some(seq(1)));
    assert_eq!(store.find(&id("e1"), None).unwrap(), Some(seq(2)));
    assert_eq!(store.unread(&user("alice"), seq(0), 9).unwrap(), (1, 0));
    assert_eq!(
        store.rules().unwrap(),
        [
            Rule::Ban { user: user("mallory"), until: Some(at(9_000)) },
            Rule::Mute { user: user("bob"), until: None },
        ]
    );
    assert_eq!(store.audit_trail(9).unwrap(), [r#"{"n":2}"#, r#"{"n":1}"#]);

    store.enable_search().unwrap();
    assert_eq!(seqs(&store.search("hello", None, 9).unwrap()), (vec![1], false));
    store.append(&[message(4, "alice", "on we go")]).unwrap();
    assert_eq!(store.position().unwrap().last, seq(4));
}

#[test]
fn the_schema_is_brought_up_to_date_once() {
    let native = released();
    native.open();
    native.open();
    assert_eq!(native.number("SELECT count(*) FROM schema"), 6);
    assert_eq!(native.number("SELECT count(*) FROM sqlite_master WHERE name = 'history_by_id'"), 0);
}

#[test]
fn a_room_of_the_release_before_opens_with_everything_there() {
    let native = released();
    native.open();
    native
        .connection
        .execute_batch(
            "DROP TABLE answers; DROP TABLE lanes; DROP TABLE parcels; DROP TABLE dead_letters; \
             DROP TABLE attendees; DELETE FROM meta WHERE key = 'ids'; \
             DELETE FROM schema WHERE version >= 4",
        )
        .unwrap();
    let mut store = native.open();
    assert_eq!(store.position().unwrap().last, seq(3));
    assert_eq!(store.answered("k").unwrap(), None);
    store.keep_answer("k", &answered(1, "[]")).unwrap();
    assert_eq!(native.open().answered("k").unwrap(), Some(answered(1, "[]")));
}

#[test]
fn a_migration_that_fails_halfway_leaves_the_room_as_it_was() {
    let native = released();
    native.connection.execute_batch("CREATE TABLE members (in_the_way)").unwrap();
    assert!(SqlStore::open(native.clone()).is_err());
    assert_eq!(native.number("SELECT max(version) FROM schema"), 2);
    native.connection.execute_batch("DROP TABLE members").unwrap();
    assert_eq!(native.open().position().unwrap().last, seq(3));
}

#[test]
fn a_room_of_a_newer_release_is_refused() {
    let native = released();
    native.open();
    native.connection.execute_batch("INSERT INTO schema VALUES (7)").unwrap();
    let refused = SqlStore::open(native).err();
    let text = "the room has schema 7, this code knows 6: deploy newer code";
    assert_eq!(refused, Some(StoreError(text.into())));
}
