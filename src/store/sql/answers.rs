//! What calls with an `Idempotency-Key` were answered. One row written a call: there is no index by age, so that forgetting
//! looks at every row.

use super::database::{Database, Value};
use crate::store::{Answered, StoreError};
use crate::time::Timestamp;

pub(super) fn answered(db: &impl Database, key: &str) -> Result<Option<Answered>, StoreError> {
    let rows = db.query("SELECT at, digest, answer FROM answers WHERE key = ?", &[key.into()])?;
    let first = rows.into_iter().next().map(|mut row| {
        let (at, digest, answer) = (row.number()?, row.text()?, row.text()?);
        Ok(Answered { at: Timestamp::from_millis(at), digest, answer })
    });
    first.transpose()
}

pub(super) fn keep(
    db: &impl Database,
    key: &str,
    Answered { at, digest, answer }: &Answered,
) -> Result<(), StoreError> {
    db.execute(
        "INSERT OR REPLACE INTO answers (key, at, digest, answer) VALUES (?, ?, ?, ?)",
        &[
            key.into(),
            Value::Number(at.as_millis()),
            digest.as_str().into(),
            answer.as_str().into(),
        ],
    )
}

pub(super) fn forget(db: &impl Database, before: Timestamp) -> Result<(), StoreError> {
    db.execute("DELETE FROM answers WHERE at < ?", &[Value::Number(before.as_millis())])
}
