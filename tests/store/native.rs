//! A SQLite of this machine, used as the Durable Object's is.

use std::cell::Cell as Counter;
use std::rc::Rc;

use durable_rooms::store::StoreError;
use durable_rooms::store::sql::{Cell, Columns, Database, SqlStore, Value};
use rusqlite::types::ToSqlOutput;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ToSql};

/// A database in memory. Its clones are the same database, as it is for an object that wakes again.
#[derive(Clone)]
pub struct Native {
    pub connection: Rc<Connection>,
    /// How many statements still work; without, all.
    pub working: Rc<Counter<Option<u32>>>,
    depth: Rc<Counter<u32>>,
}

pub type NativeStore = SqlStore<Native>;

impl Native {
    pub fn new() -> Self {
        Self {
            connection: Rc::new(Connection::open_in_memory().unwrap()),
            working: Rc::default(),
            depth: Rc::default(),
        }
    }

    pub fn open(&self) -> NativeStore {
        SqlStore::open(self.clone()).unwrap()
    }

    /// The answer to a question about the database itself.
    pub fn number(&self, sql: &str) -> u64 {
        let number: i64 = self.connection.query_row(sql, [], |row| row.get(0)).unwrap();
        number.try_into().unwrap()
    }

    fn count_statement(&self) -> Result<(), StoreError> {
        match self.working.get() {
            Some(0) => Err(StoreError("told to fail".into())),
            Some(left) => {
                self.working.set(Some(left - 1));
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// As JavaScript has it: every number is a double.
struct Bound<'a>(Value<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Number(number) => ValueRef::Real(number as f64),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn failed(fault: impl std::fmt::Display) -> StoreError {
    StoreError(fault.to_string())
}

impl Database for Native {
    fn query(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Columns>, StoreError> {
        self.count_statement()?;
        assert!(values.len() <= 100, "{sql}");
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        let columns = statement.column_count();
        let values = rusqlite::params_from_iter(values.iter().copied().map(Bound));
        let rows = statement.query_map(values, |row| {
            let cells = (0..columns).map(|column| {
                Ok(match row.get_ref(column)? {
                    ValueRef::Null => Cell::Null,
                    ValueRef::Integer(number) => Cell::Number(number.try_into().unwrap()),
                    ValueRef::Real(number) => Cell::Number(number as u64),
                    ValueRef::Text(text) => Cell::Text(String::from_utf8(text.to_vec()).unwrap()),
                    ValueRef::Blob(bytes) => Cell::Blob(bytes.to_vec()),
                })
            });
            cells.collect::<rusqlite::Result<_>>().map(Columns::new)
        });
        rows.and_then(Iterator::collect).map_err(failed)
    }

    fn execute(&self, sql: &'static str, values: &[Value<'_>]) -> Result<(), StoreError> {
        self.count_statement()?;
        assert!(values.len() <= 100, "{sql}");
        if values.is_empty() {
            return self.connection.execute_batch(sql).map_err(failed);
        }
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        let values = rusqlite::params_from_iter(values.iter().copied().map(Bound));
        statement.execute(values).map(drop).map_err(failed)
    }

    fn transaction(
        &self,
        body: &mut dyn FnMut() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let depth = self.depth.get();
        let run = |sql: String| self.connection.execute_batch(&sql).unwrap();
        run(format!("SAVEPOINT s{depth}"));
        self.depth.set(depth + 1);
        let outcome = body();
        self.depth.set(depth);
        if outcome.is_err() {
            run(format!("ROLLBACK TO s{depth}"));
        }
        run(format!("RELEASE s{depth}"));
        outcome
    }
}
