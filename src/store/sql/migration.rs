//! How an older schema becomes the current one.

use super::database::{Database, Value, one_row};
use crate::store::StoreError;

/// Brings the schema of `what` up to date. A step never changes once it is released: databases of every age exist.
pub(crate) fn migrate(
    db: &impl Database,
    what: &str,
    steps: &'static [&'static str],
) -> Result<(), StoreError> {
    let known = u64::try_from(steps.len()).unwrap_or(u64::MAX);
    let version = version(db)?;
    if version > known {
        let text =
            format!("{what} has schema {version}, this code knows {known}: deploy newer code");
        return Err(StoreError(text));
    }
    if version == known {
        return Ok(());
    }
    db.transaction(&mut || {
        db.execute("CREATE TABLE IF NOT EXISTS schema (version INTEGER PRIMARY KEY)", &[])?;
        let missing = (1u64..).zip(steps).skip_while(|(step, _)| *step <= version);
        for (step, migration) in missing {
            db.execute(migration, &[])?;
            db.execute("INSERT INTO schema VALUES (?)", &[Value::Number(step)])?;
        }
        Ok(())
    })
}

fn version(db: &impl Database) -> Result<u64, StoreError> {
    let there = "SELECT count(*) FROM sqlite_master WHERE name = 'schema'";
    if one_row(db, there, &[])?.number()? == 0 {
        return Ok(0);
    }
    one_row(db, "SELECT coalesce(max(version), 0) FROM schema", &[])?.number()
}
