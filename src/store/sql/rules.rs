//! The rules of moderation, and the audit trail.

use super::database::{Database, Value};
use crate::store::{Rule, StoreError};

pub(super) fn rules(db: &impl Database) -> Result<Vec<Rule>, StoreError> {
    let rows = db.query("SELECT kind, target, value FROM rules", &[])?;
    let rules = rows.into_iter().map(|mut row| {
        let (kind, target, value) = (row.text()?, row.text()?, row.optional_number()?);
        // What a newer version wrote is left alone.
        Ok(Rule::restore(&kind, &target, value))
    });
    rules.filter_map(Result::transpose).collect()
}

pub(super) fn put(db: &impl Database, rule: &Rule) -> Result<(), StoreError> {
    db.execute(
        "INSERT OR REPLACE INTO rules (kind, target, value) VALUES (?, ?, ?)",
        &[rule.kind().into(), rule.target().into(), rule.value().map(Value::Number).into()],
    )
}

pub(super) fn remove(db: &impl Database, kind: &str, target: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM rules WHERE kind = ? AND target = ?";
    db.execute(sql, &[kind.into(), target.into()])
}

pub(super) fn audit(db: &impl Database, entry: &str) -> Result<(), StoreError> {
    db.execute("INSERT INTO audit (entry) VALUES (?)", &[entry.into()])
}

pub(super) fn audit_trail(db: &impl Database, limit: u32) -> Result<Vec<String>, StoreError> {
    let rows = db.query("SELECT entry FROM audit ORDER BY n DESC LIMIT ?", &[limit.into()])?;
    rows.into_iter().map(|mut row| row.text()).collect()
}
