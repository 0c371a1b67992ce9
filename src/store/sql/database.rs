//! What [`SqlStore`](super::SqlStore) asks of SQLite, so that the same statements run in a Durable Object and natively.

use std::vec;

use crate::store::{Seq, StoreError};
use crate::time::Timestamp;

/// A value for a `?` of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// NULL
    Null,
    /// Below 2^53. May be bound as a REAL, as JavaScript's numbers are: where a column's affinity does not make it an
    /// integer again, the statement has to.
    Number(u64),
    /// TEXT
    Text(&'a str),
    /// BLOB
    Blob(&'a [u8]),
}

impl From<Seq> for Value<'_> {
    fn from(seq: Seq) -> Self {
        Self::Number(seq.get())
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(at: Timestamp) -> Self {
        Self::Number(at.as_millis())
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A value in a row that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// NULL
    Null,
    /// An INTEGER or a whole REAL.
    Number(u64),
    /// TEXT
    Text(String),
    /// BLOB
    Blob(Vec<u8>),
}

/// A row that was read; its columns are taken one after the other.
#[derive(Debug)]
pub struct Columns(vec::IntoIter<Cell>);

impl Columns {
    /// A row.
    pub fn new(cells: Vec<Cell>) -> Self {
        Self(cells.into_iter())
    }

    /// The next column: a number.
    ///
    /// # Errors
    /// If it is none.
    pub fn number(&mut self) -> Result<u64, StoreError> {
        self.optional_number()?.ok_or_else(|| damaged("a number is missing"))
    }

    /// The next column: a number or NULL.
    ///
    /// # Errors
    /// If it is neither.
    pub fn optional_number(&mut self) -> Result<Option<u64>, StoreError> {
        match self.0.next() {
            Some(Cell::Null) => Ok(None),
            Some(Cell::Number(number)) => Ok(Some(number)),
            Some(Cell::Text(_) | Cell::Blob(_)) | None => Err(damaged("this is no number")),
        }
    }

    /// The next column: a text.
    ///
    /// # Errors
    /// If it is none.
    pub fn text(&mut self) -> Result<String, StoreError> {
        self.optional_text()?.ok_or_else(|| damaged("a text is missing"))
    }

    /// The next column: a text or NULL.
    ///
    /// # Errors
    /// If it is neither.
    pub fn optional_text(&mut self) -> Result<Option<String>, StoreError> {
        match self.0.next() {
            Some(Cell::Null) => Ok(None),
            Some(Cell::Text(text)) => Ok(Some(text)),
            Some(Cell::Number(_) | Cell::Blob(_)) | None => Err(damaged("this is no text")),
        }
    }

    /// The next column: bytes.
    ///
    /// # Errors
    /// If it is something else.
    pub fn blob(&mut self) -> Result<Vec<u8>, StoreError> {
        match self.0.next() {
            Some(Cell::Blob(bytes)) => Ok(bytes),
            Some(Cell::Null | Cell::Number(_) | Cell::Text(_)) | None => {
                Err(damaged("these are no bytes"))
            }
        }
    }

    /// The next column: a position.
    ///
    /// # Errors
    /// If it is none.
    pub fn seq(&mut self) -> Result<Seq, StoreError> {
        seq(self.number()?)
    }

    /// The next column: a position or NULL.
    ///
    /// # Errors
    /// If it is neither.
    pub fn optional_seq(&mut self) -> Result<Option<Seq>, StoreError> {
        self.optional_number()?.map(seq).transpose()
    }
}

fn seq(number: u64) -> Result<Seq, StoreError> {
    Seq::new(number).ok_or_else(|| damaged("a seq is too large"))
}

/// Something in the database is not what this code writes.
pub(crate) fn damaged(what: impl std::fmt::Display) -> StoreError {
    StoreError(format!("damaged: {what}"))
}

/// A SQLite database that nobody else writes to.
///
/// The texts of statements are `'static`, so that a text can be converted or prepared once and be found again by its
/// address.
///
/// # Errors
/// Every method fails if SQLite does. A single statement that fails has written nothing.
pub trait Database {
    /// Runs a statement and reads all its rows. At most 100 values.
    fn query(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Columns>, StoreError>;

    /// Runs a statement that answers nothing, or, without values, several. At most 100 values.
    fn execute(&self, sql: &'static str, values: &[Value<'_>]) -> Result<(), StoreError>;

    /// Runs `body` once; what it wrote is undone if it fails. Transactions may be nested.
    fn transaction(
        &self,
        body: &mut dyn FnMut() -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;
}

/// The first row of an answer, for statements that always have one.
pub(super) fn one_row(
    db: &impl Database,
    sql: &'static str,
    values: &[Value<'_>],
) -> Result<Columns, StoreError> {
    let first = db.query(sql, values)?.into_iter().next();
    first.ok_or_else(|| damaged("a row is missing"))
}

/// Statements that write 1, 2, 3, … rows: `by_rows!(head, values of a row, tail; a token for each number of rows)`.
macro_rules! by_rows {
    ($head:literal, $row:literal, $tail:literal; $($step:tt)+) => {
        by_rows!(@ concat!($head, $row), $row, $tail; []; $($step)+)
    };
    (@ $text:expr, $row:literal, $tail:literal; [$($done:expr,)*]; ) => { [$($done),*] };
    (@ $text:expr, $row:literal, $tail:literal; [$($done:expr,)*]; $step:tt $($more:tt)*) => {
        by_rows!(
            @ concat!($text, ",", $row), $row, $tail;
            [$($done,)* concat!($text, $tail),];
            $($more)*
        )
    };
}
pub(super) use by_rows;

/// Writes rows with as few statements as [`by_rows!`] made texts for. Several statements are not yet all or none.
pub(super) fn write_rows<'a, T, const COLUMNS: usize>(
    db: &impl Database,
    statements: &'static [&'static str],
    rows: &'a [T],
    values: impl Fn(&'a T) -> [Value<'a>; COLUMNS],
) -> Result<(), StoreError> {
    for chunk in rows.chunks(statements.len().max(1)) {
        let values: Vec<_> = chunk.iter().flat_map(&values).collect();
        let sql = chunk.len().checked_sub(1).and_then(|index| statements.get(index));
        db.execute(sql.copied().unwrap_or_default(), &values)?;
    }
    Ok(())
}
