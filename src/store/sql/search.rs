//! Finding messages by their words: an FTS5 table that has the words, not the texts.
//!
//! Invariant: the table has all messages from `from` on, or there is no table. It is made when search is first wanted;
//! messages that were there before are added from the last to the first, [`BACKFILL`] of them a wake, so that a long
//! history does not make one turn too long. If a message is written in a wake in which search was not wanted, the table
//! is dropped: nobody would notice what it lacks.
//!
//! A message of 12 words, each written by itself, costs 9.5 rows instead of 1 (the tables of FTS5 are rows, too) and 26 µs
//! instead of 2; in batches of 14, 3.6 rows and 6 µs. Measured natively (`tests/store/measure.rs`). On workerd
//! `rowsWritten` of the statements says 2: it does not count what FTS5 writes into its own tables. Adding 20,000
//! messages that were there before takes 28 ms natively.

use super::database::{Database, Value, by_rows, one_row, write_rows};
use super::history;
use crate::store::{Cursor, Entry, Page, Seq, StoreError};

/// How many entries of the history one wake adds.
const BACKFILL: u64 = 20_000;

/// How many words of a query count.
const MAX_WORDS: usize = 32;

/// FTS5 takes a rowid that is not an INTEGER for none at all.
static INDEX: [&str; 14] = by_rows!(
    "INSERT INTO search (rowid, text) VALUES ", "(CAST(? AS INTEGER),?)", "";
    1 2 3 4 5 6 7 8 9 10 11 12 13 14
);

/// Whether messages can be found, in this wake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    /// There is no table.
    None,
    /// There is a table, which nobody has asked for yet.
    Unwanted,
    /// There is a table, which has the messages from here on.
    From(Seq),
}

impl Search {
    pub(super) fn open(db: &impl Database) -> Result<Self, StoreError> {
        let sql = "SELECT count(*) FROM sqlite_master WHERE name = 'search'";
        let there = one_row(db, sql, &[])?.number()? > 0;
        Ok(if there { Self::Unwanted } else { Self::None })
    }

    /// Makes the table, or adds to it what it lacks. Several statements.
    pub(super) fn enable(self, db: &impl Database) -> Result<Self, StoreError> {
        let mut from = match self {
            Self::None => {
                db.execute(
                    "CREATE VIRTUAL TABLE search USING fts5(text, content = '', \
                     contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2')",
                    &[],
                )?;
                history::position(db)?.last.next().unwrap_or(Seq::MAX)
            }
            Self::Unwanted => {
                let sql = "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'search-from'";
                one_row(db, sql, &[])?.seq()?
            }
            Self::From(from) => from,
        };
        let left = from.get().saturating_sub(history::position(db)?.floor.get());
        if self == Self::None || left > 1 {
            let first = from.get().saturating_sub(left.min(BACKFILL));
            let range = [Value::Number(first), from.into()];
            db.execute(
                "INSERT INTO search (rowid, text) \
                 SELECT seq, json_extract(frame, '$.message') FROM history \
                 WHERE seq >= ? AND seq < ? AND kind = 0 \
                 AND json_extract(frame, '$.message') <> ''",
                &range,
            )?;
            from = Seq::new(first).unwrap_or_default();
            let value = first.to_string();
            db.execute(
                "INSERT OR REPLACE INTO meta VALUES ('search-from', ?)",
                &[value.as_str().into()],
            )?;
        }
        Ok(Self::From(from))
    }

    /// Before something is written: a table that nobody wants goes.
    pub(super) fn settle(self, db: &impl Database) -> Result<Self, StoreError> {
        if self == Self::Unwanted {
            db.execute("DROP TABLE search", &[])?;
            return Ok(Self::None);
        }
        Ok(self)
    }

    /// How many statements [`append`](Self::append) takes.
    pub(super) fn append_statements(self, entries: &[Entry]) -> usize {
        self.texts(entries).count().div_ceil(INDEX.len())
    }

    pub(super) fn append(self, db: &impl Database, entries: &[Entry]) -> Result<(), StoreError> {
        let texts: Vec<_> = self.texts(entries).collect();
        write_rows(db, &INDEX, &texts, |(seq, text)| [(*seq).into(), (*text).into()])
    }

    fn texts(self, entries: &[Entry]) -> impl Iterator<Item = (Seq, &str)> {
        let texts = entries.iter().filter_map(|entry| Some((entry.seq, entry.text.as_deref()?)));
        texts.filter(move |_| matches!(self, Self::From(_)))
    }

    /// Has an entry found by another text. Several statements.
    pub(super) fn replace(
        self,
        db: &impl Database,
        seq: Seq,
        text: Option<&str>,
    ) -> Result<(), StoreError> {
        match self {
            Self::From(from) if from <= seq => {}
            // What comes to it later will find the new text.
            Self::From(_) | Self::None | Self::Unwanted => return Ok(()),
        }
        db.execute("DELETE FROM search WHERE rowid = CAST(? AS INTEGER)", &[seq.into()])?;
        let Some(text) = text else { return Ok(()) };
        db.execute(
            "INSERT INTO search (rowid, text) SELECT seq, ? FROM history WHERE seq = ?",
            &[text.into(), seq.into()],
        )
    }

    pub(super) fn drop_through(self, db: &impl Database, through: Seq) -> Result<(), StoreError> {
        if self == Self::None {
            return Ok(());
        }
        db.execute("DELETE FROM search WHERE rowid <= CAST(? AS INTEGER)", &[through.into()])
    }

    pub(super) fn wipe(self, db: &impl Database) -> Result<Self, StoreError> {
        if self == Self::None {
            return Ok(self);
        }
        db.execute("INSERT INTO search (search) VALUES ('delete-all')", &[])?;
        db.execute("INSERT OR REPLACE INTO meta VALUES ('search-from', '0')", &[])?;
        Ok(if self == Self::Unwanted { self } else { Self::From(Seq::default()) })
    }

    pub(super) fn page(
        self,
        db: &impl Database,
        query: &str,
        before: Option<Seq>,
        limit: u32,
    ) -> Result<Page, StoreError> {
        let query = escape(query);
        if query.is_empty() || !matches!(self, Self::From(_)) {
            return Ok(Page::default());
        }
        let rows = db.query(
            "SELECT seq, frame FROM search CROSS JOIN history ON seq = search.rowid \
             WHERE search MATCH ? AND search.rowid < CAST(? AS INTEGER) \
             ORDER BY search.rowid DESC LIMIT ?",
            &[query.as_str().into(), before.unwrap_or(Seq::MAX).into(), history::probe(limit)],
        )?;
        history::to_page(rows, Cursor::Latest, limit)
    }
}

/// A query of FTS5 for all words of what somebody typed, each in quotes, so that none of it is syntax. What lies between
/// words is cut out as far as it is ASCII; the rest the tokenizer knows better.
fn escape(typed: &str) -> String {
    let between = |c: char| {
        (c.is_ascii() && !c.is_ascii_alphanumeric()) || c.is_whitespace() || c.is_control()
    };
    let words = typed.split(between).filter(|word| !word.is_empty()).take(MAX_WORDS);
    let quoted: Vec<_> = words.map(|word| format!("\"{word}\"")).collect();
    if quoted.is_empty() { String::new() } else { quoted.join(" ") + "*" }
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_that_is_typed_is_syntax() {
        assert_eq!(escape("hello wor"), r#""hello" "wor"*"#);
        assert_eq!(escape("\"a\" OR (NEAR b*) -c:d"), r#""a" "OR" "NEAR" "b" "c" "d"*"#);
        assert_eq!(escape(" \"'*\0\n "), "");
    }
}
