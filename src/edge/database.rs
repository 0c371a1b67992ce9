//! An object's SQLite, for [`crate::store::sql::SqlStore`] and [`crate::directory::Directory`].
//!
//! Writes of one turn are one implicit transaction, and the runtime holds frames and responses back until it is on
//! disk: what a turn sends cannot outrun what it wrote. But what was written before a call that fails is committed as well,
//! which is why [`Database::transaction`] is one of its own.

use std::cell::RefCell;

use js_sys::{Array, ArrayBuffer, JsString, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::bindings::{Sql, Storage};
use super::log;
use crate::sorted::Map;
use crate::store::StoreError;
use crate::store::sql::{Cell, Columns, Database, Value};

pub(super) struct ObjectDatabase {
    storage: Storage,
    sql: Sql,
    /// The statements as JavaScript strings, by address: made once, not once a call.
    statements: RefCell<Map<(usize, usize), JsString>>,
}

impl ObjectDatabase {
    pub(super) fn new(storage: Storage) -> Self {
        Self { sql: storage.sql(), storage, statements: RefCell::default() }
    }

    fn run(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Array, StoreError> {
        let values: Array = values.iter().map(bound).collect();
        let key = (sql.as_ptr() as usize, sql.len());
        // Nothing in here calls back.
        let mut statements = self.statements.borrow_mut();
        let statement = statements.entry(key).or_insert_with(|| sql.into());
        let rows = self.sql.exec(statement, &values).and_then(|cursor| cursor.raw()?.to_array());
        rows.map_err(failed)
    }
}

impl Database for ObjectDatabase {
    fn query(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Columns>, StoreError> {
        let rows = self.run(sql, values)?;
        let columns = |row: JsValue| {
            let cells = row.unchecked_into::<Array>();
            cells.iter().map(|cell| read(&cell)).collect::<Result<_, _>>().map(Columns::new)
        };
        rows.iter().map(columns).collect()
    }

    fn execute(&self, sql: &'static str, values: &[Value<'_>]) -> Result<(), StoreError> {
        self.run(sql, values).map(drop)
    }

    fn transaction(
        &self,
        body: &mut dyn FnMut() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut fault = None;
        let outcome = self.storage.transaction(&mut || {
            body().map_err(|error| {
                let text = JsValue::from_str(&error.0);
                fault = Some(error);
                text
            })
        });
        outcome.map(drop).map_err(|exception| fault.unwrap_or_else(|| failed(exception)))
    }
}

fn bound(value: &Value<'_>) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        // Below 2^53, so a double holds it.
        Value::Number(number) => JsValue::from_f64(*number as f64),
        Value::Text(text) => JsValue::from_str(text),
        Value::Blob(bytes) => Uint8Array::from(*bytes).buffer().into(),
    }
}

fn read(value: &JsValue) -> Result<Cell, StoreError> {
    if value.is_null() {
        Ok(Cell::Null)
    } else if let Some(number) = value.as_f64() {
        Ok(Cell::Number(number as u64))
    } else if let Some(text) = value.as_string() {
        Ok(Cell::Text(text))
    } else if let Some(buffer) = value.dyn_ref::<ArrayBuffer>() {
        Ok(Cell::Blob(Uint8Array::new(buffer).to_vec()))
    } else {
        Err(StoreError("damaged: a value of no known type".into()))
    }
}

fn failed(exception: JsValue) -> StoreError {
    StoreError(log::describe(&exception))
}
