//! The history in the room's SQLite.
//!
//! Writes of one turn are one implicit transaction, and the runtime holds frames and responses back until it is on
//! disk: what a turn sends after `append` cannot outrun the row.
//!
//! Rows written a message: 2 (the row, and the index that makes a repeated send harmless).

use js_sys::{Array, JsString};
use wasm_bindgen::{JsCast, JsValue};

use super::bindings::{Sql, Storage};
use super::log;
use crate::ids::MessageId;
use crate::store::{Appended, Cursor, Entry, Epoch, Page, Position, Rule, Seq, Store, StoreError};
use crate::time::Timestamp;

/// The schema, step by step. A step never changes once it is released: rooms of every age exist.
const MIGRATIONS: &[&str] = &[
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
];

/// The statements as JavaScript strings: made once, not once a call.
struct Statements {
    append: JsString,
    find_own: JsString,
    find: JsString,
    latest: JsString,
    before: JsString,
    after: JsString,
}

pub(super) struct SqlStore {
    sql: Sql,
    statements: Statements,
}

impl SqlStore {
    /// Opens the store and brings its schema up to date.
    pub(super) fn open(storage: &Storage) -> Result<Self, StoreError> {
        let sql = storage.sql();
        migrate(storage, &sql)?;
        let statements = Statements {
            append: "INSERT INTO history (seq, at, author, id, frame) VALUES (?, ?, ?, ?, ?) \
                     ON CONFLICT (id, author) DO NOTHING RETURNING seq"
                .into(),
            find_own: "SELECT seq, at FROM history WHERE id = ? AND author = ?".into(),
            find: "SELECT max(seq) FROM history WHERE id = ?".into(),
            latest: "SELECT frame FROM history ORDER BY seq DESC LIMIT ?".into(),
            before: "SELECT frame FROM history WHERE seq < ? ORDER BY seq DESC LIMIT ?".into(),
            after: "SELECT frame FROM history WHERE seq > ? ORDER BY seq LIMIT ?".into(),
        };
        Ok(Self { sql, statements })
    }

    fn rows(&self, query: &JsString, values: &[JsValue]) -> Result<Array, StoreError> {
        rows(&self.sql, query, values)
    }
}

impl Store for SqlStore {
    fn position(&self) -> Result<Position, StoreError> {
        let epoch = self.rows(&"SELECT value FROM meta WHERE key = 'epoch'".into(), &[])?;
        let epoch = cell(&epoch, 0).as_string().ok_or_else(|| damaged("no epoch"))?;
        let last = self.rows(&"SELECT coalesce(max(seq), 0) FROM history".into(), &[])?;
        Ok(Position { epoch: Epoch::new(epoch), last: seq(&cell(&last, 0))? })
    }

    fn append(&mut self, entry: &Entry<'_>) -> Result<Appended, StoreError> {
        let author = entry.author.map_or(JsValue::NULL, |author| author.as_str().into());
        let id = JsValue::from_str(entry.id.as_str());
        let values = [
            number(entry.seq.get()),
            number(entry.at.as_millis()),
            author.clone(),
            id.clone(),
            JsValue::from_str(entry.frame),
        ];
        if self.rows(&self.statements.append, &values)?.length() > 0 {
            return Ok(Appended::Stored);
        }
        let earlier = self.rows(&self.statements.find_own, &[id, author])?;
        Ok(Appended::Duplicate {
            seq: seq(&cell(&earlier, 0))?,
            at: Timestamp::from_millis(whole(&cell(&earlier, 1))?),
        })
    }

    fn find(&self, id: &MessageId) -> Result<Option<Seq>, StoreError> {
        let found = self.rows(&self.statements.find, &[id.as_str().into()])?;
        let found = cell(&found, 0);
        if found.is_null() { Ok(None) } else { seq(&found).map(Some) }
    }

    fn page(&self, cursor: Cursor, limit: u32) -> Result<Page, StoreError> {
        // One more than asked for tells whether there are more.
        let probe = number(u64::from(limit).saturating_add(1));
        let statements = &self.statements;
        let rows = match cursor {
            Cursor::Latest => self.rows(&statements.latest, &[probe])?,
            Cursor::Before(seq) => self.rows(&statements.before, &[number(seq.get()), probe])?,
            Cursor::After(seq) => self.rows(&statements.after, &[number(seq.get()), probe])?,
        };
        let has_more = rows.length() > limit;
        let frames = rows.iter().take(limit as usize).map(|row| {
            let frame = row.unchecked_into::<Array>().get(0).as_string();
            frame.ok_or_else(|| damaged("a frame is not text"))
        });
        let mut frames: Vec<_> = frames.collect::<Result<_, _>>()?;
        if !matches!(cursor, Cursor::After(_)) {
            frames.reverse();
        }
        Ok(Page { frames, has_more })
    }

    fn rules(&self) -> Result<Vec<Rule>, StoreError> {
        let rows = self.rows(&"SELECT kind, target, value FROM rules".into(), &[])?;
        let rules = rows.iter().filter_map(|row| {
            let row: Array = row.unchecked_into();
            let (kind, target) = (row.get(0).as_string()?, row.get(1).as_string()?);
            // What a newer version wrote is left alone.
            Rule::restore(&kind, &target, row.get(2).as_f64().map(|value| value as u64))
        });
        Ok(rules.collect())
    }

    fn put_rule(&mut self, rule: &Rule) -> Result<(), StoreError> {
        let values =
            [rule.kind().into(), rule.target().into(), rule.value().map_or(JsValue::NULL, number)];
        let query = "INSERT OR REPLACE INTO rules (kind, target, value) VALUES (?, ?, ?)";
        self.rows(&query.into(), &values).map(drop)
    }

    fn remove_rule(&mut self, kind: &str, target: &str) -> Result<(), StoreError> {
        let query = "DELETE FROM rules WHERE kind = ? AND target = ?";
        self.rows(&query.into(), &[kind.into(), target.into()]).map(drop)
    }

    fn audit(&mut self, entry: &str) -> Result<(), StoreError> {
        self.rows(&"INSERT INTO audit (entry) VALUES (?)".into(), &[entry.into()]).map(drop)
    }

    fn audit_trail(&self, limit: u32) -> Result<Vec<String>, StoreError> {
        let query = "SELECT entry FROM audit ORDER BY n DESC LIMIT ?";
        let rows = self.rows(&query.into(), &[number(limit.into())])?;
        let entries = rows.iter().map(|row| row.unchecked_into::<Array>().get(0).as_string());
        entries.map(|entry| entry.ok_or_else(|| damaged("an entry is not text"))).collect()
    }
}

fn migrate(storage: &Storage, sql: &Sql) -> Result<(), StoreError> {
    let version = "SELECT count(*) FROM sqlite_master WHERE name = 'schema'".into();
    let version = if whole(&cell(&rows(sql, &version, &[])?, 0))? == 0 {
        0
    } else {
        let version = "SELECT coalesce(max(version), 0) FROM schema".into();
        whole(&cell(&rows(sql, &version, &[])?, 0))?
    };
    let known = MIGRATIONS.len() as u64;
    if version > known {
        let text =
            format!("the room has schema {version}, this code knows {known}: deploy newer code");
        return Err(StoreError(text));
    }
    if version == known {
        return Ok(());
    }
    let sql = sql.clone();
    let body = wasm_bindgen::closure::Closure::once(move || -> Result<(), JsValue> {
        let run = |query: &str, values: &[JsValue]| {
            rows(&sql, &query.into(), values).map_err(|fault| JsValue::from(fault.to_string()))
        };
        run("CREATE TABLE IF NOT EXISTS schema (version INTEGER PRIMARY KEY)", &[])?;
        let steps = (1u64..).zip(MIGRATIONS).skip_while(|(step, _)| *step <= version);
        for (step, migration) in steps {
            run(migration, &[])?;
            run("INSERT INTO schema VALUES (?)", &[number(step)])?;
        }
        Ok(())
    });
    let outcome = storage.transaction(body.as_ref().unchecked_ref());
    outcome.map(drop).map_err(|exception| StoreError(log::describe(&exception)))
}

fn rows(sql: &Sql, query: &JsString, values: &[JsValue]) -> Result<Array, StoreError> {
    let values: Array = values.iter().collect();
    let rows = sql.exec(query, &values).and_then(|cursor| cursor.raw()?.to_array());
    rows.map_err(|exception| StoreError(log::describe(&exception)))
}

/// A column of the first row; undefined, if there is none.
fn cell(rows: &Array, column: u32) -> JsValue {
    let row = rows.get(0);
    if row.is_undefined() { row } else { row.unchecked_into::<Array>().get(column) }
}

/// Below 2^53, so a double holds it; SQLite's column affinity makes it an integer again.
fn number(value: u64) -> JsValue {
    JsValue::from_f64(value as f64)
}

fn whole(value: &JsValue) -> Result<u64, StoreError> {
    value.as_f64().map(|value| value as u64).ok_or_else(|| damaged("a number is missing"))
}

fn seq(value: &JsValue) -> Result<Seq, StoreError> {
    Seq::new(whole(value)?).ok_or_else(|| damaged("a seq is too large"))
}

fn damaged(what: &str) -> StoreError {
    StoreError(format!("damaged: {what}"))
}
