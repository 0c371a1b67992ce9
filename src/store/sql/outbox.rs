//! What others are still to be told: the tables `lanes`, `parcels`, `dead_letters` and `attendees`.
//!
//! A parcel is one row written when it comes and one when it goes; it is found by its lane, first of all.

use super::database::{Columns, Database, Value, damaged, one_row};
use super::history;
use crate::ids::{UserId, Username};
use crate::store::{DeadLetter, Parcel, Seq, StoreError};
use crate::time::Timestamp;

pub(super) fn lanes(db: &impl Database) -> Result<Vec<(String, String)>, StoreError> {
    let rows = db.query("SELECT lane, state FROM lanes ORDER BY lane", &[])?;
    rows.into_iter().map(|mut row| Ok((row.text()?, row.text()?))).collect()
}

pub(super) fn put_lane(db: &impl Database, lane: &str, state: &str) -> Result<(), StoreError> {
    let sql = "INSERT OR REPLACE INTO lanes (lane, state) VALUES (?, ?)";
    db.execute(sql, &[lane.into(), state.into()])
}

pub(super) fn remove_lane(db: &impl Database, lane: &str) -> Result<(), StoreError> {
    db.execute("DELETE FROM lanes WHERE lane = ?", &[lane.into()])
}

pub(super) fn parcels(db: &impl Database) -> Result<Vec<(String, u64, u64)>, StoreError> {
    let sql = "SELECT lane, count(*), max(number) FROM parcels GROUP BY lane ORDER BY lane";
    let rows = db.query(sql, &[])?;
    rows.into_iter().map(|mut row| Ok((row.text()?, row.number()?, row.number()?))).collect()
}

pub(super) fn put_parcel(db: &impl Database, parcel: &Parcel) -> Result<(), StoreError> {
    let Parcel { lane, number, after, at, kind, id, body } = parcel;
    db.execute(
        "INSERT INTO parcels (lane, number, follows, at, kind, id, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
        &[
            lane.as_str().into(),
            Value::Number(*number),
            (*after).into(),
            Value::Number(at.as_millis()),
            kind.as_str().into(),
            id.as_deref().into(),
            body.as_str().into(),
        ],
    )
}

pub(super) fn first_parcel(db: &impl Database, lane: &str) -> Result<Option<Parcel>, StoreError> {
    let rows = db.query(
        "SELECT lane, number, follows, at, kind, id, body FROM parcels \
         WHERE lane = ? ORDER BY number LIMIT 1",
        &[lane.into()],
    )?;
    let parcel = rows.into_iter().next().map(|mut row| {
        Ok(Parcel {
            lane: row.text()?,
            number: row.number()?,
            after: row.seq()?,
            at: Timestamp::from_millis(row.number()?),
            kind: row.text()?,
            id: row.optional_text()?,
            body: row.text()?,
        })
    });
    parcel.transpose()
}

pub(super) fn remove_parcel(db: &impl Database, lane: &str, number: u64) -> Result<(), StoreError> {
    let sql = "DELETE FROM parcels WHERE lane = ? AND number = ?";
    db.execute(sql, &[lane.into(), Value::Number(number)])
}

pub(super) fn clear_lane(db: &impl Database, lane: &str) -> Result<(), StoreError> {
    db.execute("DELETE FROM parcels WHERE lane = ?", &[lane.into()])
}

pub(super) fn dead_letter_count(db: &impl Database) -> Result<u64, StoreError> {
    one_row(db, "SELECT count(*) FROM dead_letters", &[])?.number()
}

pub(super) fn dead_letters(db: &impl Database, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
    let rows = db.query(
        "SELECT id, lane, kind, at, attempts, error FROM dead_letters ORDER BY n DESC LIMIT ?",
        &[limit.into()],
    )?;
    rows.into_iter().map(letter).collect()
}

fn letter(mut row: Columns) -> Result<DeadLetter, StoreError> {
    Ok(DeadLetter {
        id: row.text()?,
        lane: row.text()?,
        kind: row.text()?,
        at: Timestamp::from_millis(row.number()?),
        attempts: u32::try_from(row.number()?).unwrap_or(u32::MAX),
        error: row.text()?,
    })
}

pub(super) fn put_dead_letter(
    db: &impl Database,
    letter: &DeadLetter,
    body: &str,
) -> Result<(), StoreError> {
    let DeadLetter { id, lane, kind, at, attempts, error } = letter;
    db.execute(
        "INSERT INTO dead_letters (id, lane, kind, at, attempts, error, body) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
        &[
            id.as_str().into(),
            lane.as_str().into(),
            kind.as_str().into(),
            Value::Number(at.as_millis()),
            (*attempts).into(),
            error.as_str().into(),
            body.into(),
        ],
    )
}

pub(super) fn trim_dead_letters(db: &impl Database, limit: u32) -> Result<(), StoreError> {
    db.execute(
        "DELETE FROM dead_letters WHERE n IN (SELECT n FROM dead_letters ORDER BY n DESC LIMIT -1 OFFSET ?)",
        &[limit.into()],
    )
}

/// Several statements.
pub(super) fn revive_dead_letters(
    db: &impl Database,
    ids: Option<&[String]>,
    number: u64,
    after: Seq,
) -> Result<u64, StoreError> {
    let mut next = number;
    for mut row in db.query("SELECT n, id FROM dead_letters ORDER BY n", &[])? {
        let (n, id) = (Value::Number(row.number()?), row.text()?);
        if ids.is_some_and(|ids| !ids.contains(&id)) {
            continue;
        }
        db.execute(
            "INSERT INTO parcels (lane, number, follows, at, kind, id, body) \
             SELECT lane, ?, ?, at, kind, id, body FROM dead_letters WHERE n = ?",
            &[Value::Number(next), after.into(), n],
        )?;
        db.execute("DELETE FROM dead_letters WHERE n = ?", &[n])?;
        next = next.saturating_add(1);
    }
    Ok(next.saturating_sub(number))
}

pub(super) fn remove_dead_letters_with(db: &impl Database, text: &str) -> Result<(), StoreError> {
    db.execute("DELETE FROM dead_letters WHERE instr(body, ?) > 0", &[text.into()])
}

pub(super) fn attendees(db: &impl Database) -> Result<Vec<(UserId, Username)>, StoreError> {
    let rows = db.query("SELECT user, username FROM attendees ORDER BY user", &[])?;
    let attendee = |mut row: Columns| {
        let (user, username) = (history::user(row.text()?)?, row.text()?);
        Ok((user, Username::parse(username).map_err(damaged)?))
    };
    rows.into_iter().map(attendee).collect()
}

pub(super) fn put_attendee(
    db: &impl Database,
    user: &UserId,
    username: &Username,
) -> Result<(), StoreError> {
    let sql = "INSERT OR REPLACE INTO attendees (user, username) VALUES (?, ?)";
    db.execute(sql, &[user.as_str().into(), username.as_str().into()])
}

pub(super) fn remove_attendee(db: &impl Database, user: &UserId) -> Result<(), StoreError> {
    db.execute("DELETE FROM attendees WHERE user = ?", &[user.as_str().into()])
}
