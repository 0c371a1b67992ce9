//! The entries of the history: the table `history`, and what it says about threads and edits.
//!
//! Rows written a plain message: 1. One more if it answers another message, one for each user it mentions.

use super::database::{Columns, Database, Value, by_rows, damaged, one_row, write_rows};
use crate::ids::{MessageId, UserId};
use crate::store::{Cursor, Entry, EntryKind, Epoch, Page, Position, Row, Seq, StoreError};
use crate::time::Timestamp;

/// 14 rows of 7 values: a statement may have 100.
static APPEND: [&str; 14] = by_rows!(
    "INSERT INTO history (seq, at, author, id, frame, kind, about) VALUES ",
    "(?,?,?,?,?,?,?)", "";
    1 2 3 4 5 6 7 8 9 10 11 12 13 14
);

/// Columns of a [`Row`].
macro_rules! select_row {
    ($rest:literal) => {
        concat!("SELECT seq, at, kind, author, id, about, frame FROM history ", $rest)
    };
}

pub(super) fn position(db: &impl Database) -> Result<Position, StoreError> {
    let mut row = one_row(
        db,
        "SELECT (SELECT value FROM meta WHERE key = 'epoch'), \
         (SELECT coalesce(max(seq), 0) FROM history), \
         coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'floor'), 0)",
        &[],
    )?;
    let (epoch, last, floor) = (Epoch::new(row.text()?), row.seq()?, row.seq()?);
    // The floor is never past the last entry, so it is the last one's `seq` if none is left.
    Ok(Position { epoch, last: last.max(floor), floor })
}

/// How many statements [`append`] takes.
pub(super) fn append_statements(entries: &[Entry]) -> usize {
    entries.len().div_ceil(APPEND.len())
}

pub(super) fn append(db: &impl Database, entries: &[Entry]) -> Result<(), StoreError> {
    write_rows(db, &APPEND, entries, |entry| {
        [
            entry.seq.into(),
            Value::Number(entry.at.as_millis()),
            entry.author.as_ref().map(UserId::as_str).into(),
            entry.id.as_str().into(),
            entry.frame.as_str().into(),
            Value::Number(entry.kind.number().into()),
            entry.about.into(),
        ]
    })
}

pub(super) fn row(db: &impl Database, seq: Seq) -> Result<Option<Row>, StoreError> {
    let rows = db.query(select_row!("WHERE seq = ?"), &[seq.into()])?;
    rows.into_iter().next().map(to_row).transpose()
}

pub(super) fn replace(db: &impl Database, seq: Seq, frame: &str) -> Result<(), StoreError> {
    db.execute("UPDATE history SET frame = ? WHERE seq = ?", &[frame.into(), seq.into()])
}

pub(super) fn edits(db: &impl Database, about: Seq) -> Result<Vec<Row>, StoreError> {
    let sql = select_row!("WHERE about = ? AND kind = 2 ORDER BY seq");
    db.query(sql, &[about.into()])?.into_iter().map(to_row).collect()
}

/// Looks at every entry after `after` until it has enough: for what is seldom asked.
pub(super) fn authored(
    db: &impl Database,
    author: &UserId,
    after: Seq,
    limit: u32,
) -> Result<Vec<Row>, StoreError> {
    let sql = select_row!("WHERE seq > ? AND author = ? ORDER BY seq LIMIT ?");
    let rows = db.query(sql, &[after.into(), author.as_str().into(), limit.into()])?;
    rows.into_iter().map(to_row).collect()
}

pub(super) fn page(db: &impl Database, cursor: Cursor, limit: u32) -> Result<Page, StoreError> {
    let probe = probe(limit);
    let rows = match cursor {
        Cursor::Latest => db.query(
            "SELECT seq, frame FROM history WHERE kind < 2 ORDER BY seq DESC LIMIT ?",
            &[probe],
        ),
        Cursor::Before(seq) => db.query(
            "SELECT seq, frame FROM history WHERE seq < ? AND kind < 2 ORDER BY seq DESC LIMIT ?",
            &[seq.into(), probe],
        ),
        Cursor::After(seq) => db.query(
            "SELECT seq, frame FROM history WHERE seq > ? AND kind < 2 ORDER BY seq LIMIT ?",
            &[seq.into(), probe],
        ),
    };
    to_page(rows?, cursor, limit)
}

pub(super) fn thread(
    db: &impl Database,
    parent: Seq,
    cursor: Cursor,
    limit: u32,
) -> Result<Page, StoreError> {
    let (parent, probe) = (parent.into(), probe(limit));
    let rows = match cursor {
        Cursor::Latest => db.query(
            "SELECT seq, frame FROM history WHERE about = ? AND kind = 0 \
             ORDER BY seq DESC LIMIT ?",
            &[parent, probe],
        ),
        Cursor::Before(seq) => db.query(
            "SELECT seq, frame FROM history WHERE about = ? AND kind = 0 AND seq < ? \
             ORDER BY seq DESC LIMIT ?",
            &[parent, seq.into(), probe],
        ),
        Cursor::After(seq) => db.query(
            "SELECT seq, frame FROM history WHERE about = ? AND kind = 0 AND seq > ? \
             ORDER BY seq LIMIT ?",
            &[parent, seq.into(), probe],
        ),
    };
    to_page(rows?, cursor, limit)
}

pub(super) fn log(db: &impl Database, after: Seq, limit: u32) -> Result<Page, StoreError> {
    let sql = "SELECT seq, frame FROM history WHERE seq > ? ORDER BY seq LIMIT ?";
    to_page(db.query(sql, &[after.into(), probe(limit)])?, Cursor::After(after), limit)
}

/// Halves the history until the place is found, which takes entries to be in the order of their times. An index would
/// double the rows written.
pub(super) fn last_before(db: &impl Database, moment: Timestamp) -> Result<Seq, StoreError> {
    let Position { last, floor, .. } = position(db)?;
    // Entries up to `early` were accepted before, those from `late` on were not.
    let (mut early, mut late) = (floor.get(), last.get().saturating_add(1));
    let mut found = Seq::default();
    while late.saturating_sub(early) > 1 {
        let middle = early.midpoint(late);
        let rows = db.query(
            "SELECT seq, at FROM history WHERE seq <= ? ORDER BY seq DESC LIMIT 1",
            &[Value::Number(middle)],
        )?;
        let Some(mut row) = rows.into_iter().next() else { break };
        let (seq, at) = (row.seq()?, row.number()?);
        if at < moment.as_millis() {
            (early, found) = (middle, seq);
        } else {
            late = seq.get();
        }
    }
    Ok(found)
}

pub(super) fn oldest(db: &impl Database) -> Result<Option<Timestamp>, StoreError> {
    let rows = db.query("SELECT at FROM history ORDER BY seq LIMIT 1", &[])?;
    rows.into_iter().next().map(|mut row| row.number().map(Timestamp::from_millis)).transpose()
}

/// One more than asked for tells whether there are more.
pub(super) fn probe(limit: u32) -> Value<'static> {
    Value::Number(u64::from(limit).saturating_add(1))
}

/// Rows of `seq, frame`, in the order in which the cursor goes, and one more than `limit` if there are more.
pub(super) fn to_page(rows: Vec<Columns>, cursor: Cursor, limit: u32) -> Result<Page, StoreError> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = rows.len() > limit;
    let rows = rows.into_iter().take(limit);
    let frames = rows.map(|mut row| Ok((row.seq()?, row.text()?)));
    let mut frames: Vec<_> = frames.collect::<Result<_, StoreError>>()?;
    if !matches!(cursor, Cursor::After(_)) {
        frames.reverse();
    }
    Ok(Page { frames, has_more })
}

fn to_row(mut row: Columns) -> Result<Row, StoreError> {
    Ok(Row {
        seq: row.seq()?,
        at: Timestamp::from_millis(row.number()?),
        kind: kind(row.number()?)?,
        author: row.optional_text()?.map(user).transpose()?,
        id: MessageId::parse(row.text()?).map_err(damaged)?,
        about: row.optional_seq()?,
        frame: row.text()?,
    })
}

pub(super) fn user(text: String) -> Result<UserId, StoreError> {
    UserId::parse(text).map_err(damaged)
}

pub(super) fn kind(number: u64) -> Result<EntryKind, StoreError> {
    let kind = EntryKind::ALL.into_iter().find(|kind| u64::from(kind.number()) == number);
    kind.ok_or_else(|| damaged(format_args!("no entry is of kind {number}")))
}
