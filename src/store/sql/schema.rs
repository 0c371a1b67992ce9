//! The schema of a room's database.

use super::database::Database;
use crate::store::{Seq, StoreError};

/// The schema, step by step. A step never changes once it is released: rooms of every age exist.
pub(super) const MIGRATIONS: &[&str] = &[
    "
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
",
    "
    CREATE TABLE rules (
        kind TEXT NOT NULL,
        target TEXT NOT NULL,
        value INTEGER,
        PRIMARY KEY (kind, target)
    ) WITHOUT ROWID;
    CREATE TABLE audit (n INTEGER PRIMARY KEY, entry TEXT NOT NULL);
",
    // Ids are found by `ids` from here on. `history_by_about` has what threads and edits are found by, and nothing else,
    // so that a plain message is one row written.
    "
    DROP INDEX history_by_id;
    ALTER TABLE history ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE history ADD COLUMN about INTEGER;
    UPDATE history SET kind = 1 WHERE author IS NULL;
    CREATE INDEX history_by_about ON history (about, kind)
        WHERE about IS NOT NULL AND (kind = 0 OR kind = 2);
    CREATE TABLE ids (through INTEGER PRIMARY KEY, entries BLOB NOT NULL);
    CREATE TABLE reactions (
        message INTEGER NOT NULL,
        user TEXT NOT NULL,
        emoji TEXT NOT NULL,
        username TEXT NOT NULL,
        n INTEGER NOT NULL,
        PRIMARY KEY (message, user, emoji)
    ) WITHOUT ROWID;
    CREATE TABLE pins (message INTEGER PRIMARY KEY, n INTEGER NOT NULL);
    CREATE TABLE members (
        user TEXT PRIMARY KEY,
        username TEXT NOT NULL,
        delivered INTEGER NOT NULL,
        read INTEGER NOT NULL,
        read_privately INTEGER NOT NULL,
        seen INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE mentions (
        user TEXT NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY (user, seq)
    ) WITHOUT ROWID;
",
    "
    CREATE TABLE answers (
        key TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        digest TEXT NOT NULL,
        answer TEXT NOT NULL
    ) WITHOUT ROWID;
",
    "
    CREATE TABLE lanes (lane TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE parcels (
        lane TEXT NOT NULL,
        number INTEGER NOT NULL,
        follows INTEGER NOT NULL,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        id TEXT,
        body TEXT NOT NULL,
        PRIMARY KEY (lane, number)
    ) WITHOUT ROWID;
    CREATE TABLE dead_letters (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        lane TEXT NOT NULL,
        kind TEXT NOT NULL,
        at INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        error TEXT NOT NULL,
        body TEXT NOT NULL
    );
    CREATE TABLE attendees (user TEXT PRIMARY KEY, username TEXT NOT NULL) WITHOUT ROWID;
",
    // Keys of ids depend on a secret; segments with keys of another kind are written anew when the ids are next needed.
    "
    DELETE FROM ids;
    INSERT INTO meta VALUES ('ids', randomblob(16));
",
];

/// Removes what belongs to entries up to `through`, and notes the new floor. Several statements.
pub(super) fn drop_through(db: &impl Database, through: Seq, floor: Seq) -> Result<(), StoreError> {
    let floor = floor.get().to_string();
    db.execute("INSERT OR REPLACE INTO meta VALUES ('floor', ?)", &[floor.as_str().into()])?;
    for sql in [
        "DELETE FROM history WHERE seq <= ?",
        "DELETE FROM ids WHERE through <= ?",
        "DELETE FROM reactions WHERE message <= ?",
        "DELETE FROM pins WHERE message <= ?",
        "DELETE FROM mentions WHERE seq <= ?",
    ] {
        db.execute(sql, &[through.into()])?;
    }
    Ok(())
}

/// Removes everything and begins a new epoch. Several statements.
pub(super) fn wipe(db: &impl Database) -> Result<(), StoreError> {
    db.execute(
        "
        DELETE FROM history;
        DELETE FROM ids;
        DELETE FROM reactions;
        DELETE FROM pins;
        DELETE FROM members;
        DELETE FROM mentions;
        DELETE FROM rules;
        DELETE FROM audit;
        DELETE FROM answers;
        DELETE FROM lanes;
        DELETE FROM parcels;
        DELETE FROM dead_letters;
        DELETE FROM attendees;
        DELETE FROM meta WHERE key = 'floor';
        UPDATE meta SET value = lower(hex(randomblob(8))) WHERE key = 'epoch';
        ",
        &[],
    )
}
