//! The row of a room: how it was when it was last heard of, and what has happened in it lately.
//!
//! `runs` are the latest wakes, the last one first, each with the number of the last report that was taken.
//! Invariant: `busy` is the sum of `activity` as it was when the row was written.

use serde::{Deserialize, Serialize};

use super::Told;
use super::listing::{Found, ListedRoom, RoomsRequest, Sort};
use super::overview::PartyNumbers;
use crate::json;
use crate::metrics::{Minutes, WebhookQueue};
use crate::store::StoreError;
use crate::store::sql::{Columns, Database, Value, damaged};
use crate::time::Timestamp;

/// How many wakes of a room are known. A report of an earlier one would have been under way while the room slept and woke that often.
const RUNS: usize = 4;

/// What happened minute by minute: frames received, and events published.
type Activity = Minutes<u64, 30>;

#[derive(Debug, Serialize, Deserialize)]
struct Run(String, u64);

struct Row {
    since: Timestamp,
    active: Timestamp,
    is_live: bool,
    runs: Vec<Run>,
    activity: Activity,
}

/// Applies a report. Says whether what it counts is new.
pub(super) fn apply(
    db: &impl Database,
    now: Timestamp,
    recent_ms: u64,
    party: &str,
    Told { room, run, report }: &Told,
) -> Result<bool, StoreError> {
    let row = read(db, now, recent_ms, room)?;
    let (mut runs, mut activity) = (Vec::new(), Activity::default());
    let (mut since, mut active) = (now, report.last_activity.unwrap_or_default());
    if let Some(row) = row {
        runs = row.runs;
        activity = row.activity;
        active = active.max(row.active);
        if row.is_live {
            since = row.since;
        }
    }
    let happened = report.counted.activity();
    if happened > 0 {
        activity.change(now, |count| *count = count.saturating_add(happened));
    }
    match runs.iter_mut().position(|known| known.0 == *run) {
        Some(index) => {
            let known = runs.get_mut(index).filter(|known| known.1 < report.n);
            let Some(known) = known else { return Ok(false) };
            known.1 = report.n;
            if index > 0 {
                // Too late to say how the room is, but not to be counted.
                let (runs, activity) = (json(&runs)?, json(&activity)?);
                let sql = "UPDATE rooms SET runs = ?, activity = ? WHERE name = ?";
                let values = [&runs, &activity, room].map(|text| Value::Text(text));
                db.execute(sql, &values)?;
                return Ok(true);
            }
        }
        None => {
            runs.insert(0, Run(run.clone(), report.n));
            runs.truncate(RUNS);
        }
    }
    let busy = activity.until(now).iter().sum();
    let (runs, activity) = (json(&runs)?, json(&activity)?);
    db.execute(
        "INSERT OR REPLACE INTO rooms VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        &[
            room.as_str().into(),
            party.into(),
            Value::Number(report.connections),
            Value::Number(report.users),
            Value::Number(report.webhooks.waiting),
            Value::Number(report.webhooks.dead),
            since.into(),
            active.into(),
            now.into(),
            Value::Number(busy),
            runs.as_str().into(),
            activity.as_str().into(),
        ],
    )?;
    Ok(true)
}

fn read(
    db: &impl Database,
    now: Timestamp,
    recent_ms: u64,
    room: &str,
) -> Result<Option<Row>, StoreError> {
    let sql = "SELECT since, active, runs, activity,
        connections > 0 OR active >= ? OR waiting > 0 OR dead > 0
        FROM rooms WHERE name = ?";
    let rows = db.query(sql, &[now.minus_millis(recent_ms).into(), room.into()])?;
    let row = rows.into_iter().next().map(|mut row| {
        Ok(Row {
            since: Timestamp::from_millis(row.number()?),
            active: Timestamp::from_millis(row.number()?),
            runs: json::read_any(&row.text()?).map_err(damaged)?,
            activity: parse(&row.text()?)?,
            is_live: row.number()? > 0,
        })
    });
    row.transpose()
}

/// The live rooms that a request asks for, and one more.
pub(super) fn list(
    db: &impl Database,
    now: Timestamp,
    recent_ms: u64,
    request: &RoomsRequest,
) -> Result<Vec<Found>, StoreError> {
    macro_rules! select {
        ($order:literal) => {
            concat!(
                "SELECT name, connections, users, waiting, dead, since, active, heard, activity
                FROM rooms
                WHERE name > ? AND name < ?
                    AND (connections > 0 OR active >= ? OR waiting > 0 OR dead > 0)
                ORDER BY ",
                $order,
                " LIMIT ?"
            )
        };
    }
    let sql = match request.sort {
        Sort::Name => select!("name"),
        Sort::Connections => select!("connections DESC, name"),
        // Who was busy when last heard of may have been silent since: the merge looks again.
        Sort::Activity => select!("busy DESC, name"),
    };
    let (from, to) = request.names();
    let wanted = request.limit.saturating_add(1);
    let recent = now.minus_millis(recent_ms);
    let rows =
        db.query(sql, &[from.as_str().into(), to.as_str().into(), recent.into(), wanted.into()])?;
    rows.into_iter().map(|row| found(row, now)).collect()
}

fn found(mut row: Columns, now: Timestamp) -> Result<Found, StoreError> {
    let name = row.text()?;
    let (party, room) = name.split_once('/').unwrap_or_default();
    let (party, room) = (party.to_owned(), room.to_owned());
    let (connections, users) = (row.number()?, row.number()?);
    let webhooks = WebhookQueue { waiting: row.number()?, dead: row.number()? };
    let (since, active) = (row.number()?, row.number()?);
    let heard = Timestamp::from_millis(row.number()?);
    let activity: Activity = parse(&row.text()?)?;
    let last_activity = Timestamp::from_millis(if active == 0 { since } else { active });
    let since = Timestamp::from_millis(since);
    let activity = activity.until(now);
    let room =
        ListedRoom { party, room, connections, users, since, last_activity, activity, webhooks };
    Ok(Found { heard, room })
}

/// How many live rooms each party has, and who is in them.
pub(super) fn numbers(
    db: &impl Database,
    now: Timestamp,
    recent_ms: u64,
) -> Result<Vec<(String, PartyNumbers)>, StoreError> {
    let sql = "SELECT party, count(*), sum(connections), sum(users), sum(waiting), sum(dead)
        FROM rooms
        WHERE connections > 0 OR active >= ? OR waiting > 0 OR dead > 0
        GROUP BY party";
    let rows = db.query(sql, &[now.minus_millis(recent_ms).into()])?;
    let numbers = rows.into_iter().map(|mut row| {
        let party = row.text()?;
        let (rooms, connections, users) = (row.number()?, row.number()?, row.number()?);
        let webhooks = WebhookQueue { waiting: row.number()?, dead: row.number()? };
        Ok((party, PartyNumbers { rooms, connections, users, webhooks }))
    });
    numbers.collect()
}

/// Removes rows of rooms that nobody is in, that wait for nothing, and that were not heard of for so long.
pub(super) fn remove(
    db: &impl Database,
    now: Timestamp,
    kept_ms: u64,
    limit: u32,
) -> Result<(), StoreError> {
    db.execute(
        "DELETE FROM rooms WHERE name IN (
            SELECT name FROM rooms
            WHERE connections = 0 AND waiting = 0 AND dead = 0 AND heard <= ?
            LIMIT ?
        )",
        &[now.minus_millis(kept_ms).into(), limit.into()],
    )
}

/// Rooms that somebody is in, and that were not heard of since then: the longest silent first.
pub(super) fn silent(
    db: &impl Database,
    since: Timestamp,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    let sql =
        "SELECT name FROM rooms WHERE connections > 0 AND heard <= ? ORDER BY heard, name LIMIT ?";
    let rows = db.query(sql, &[since.into(), limit.into()])?;
    rows.into_iter().map(|mut row| row.text()).collect()
}

pub(super) fn asked(db: &impl Database, now: Timestamp, room: &str) -> Result<(), StoreError> {
    db.execute("UPDATE rooms SET heard = ? WHERE name = ?", &[now.into(), room.into()])
}

pub(super) fn forget(db: &impl Database, room: &str) -> Result<(), StoreError> {
    db.execute("DELETE FROM rooms WHERE name = ?", &[room.into()])
}

/// When the first row is to be looked at.
pub(super) fn first_due(
    db: &impl Database,
    silent_ms: u64,
    kept_ms: u64,
) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT min(CASE
            WHEN connections > 0 THEN heard + ?
            WHEN waiting > 0 OR dead > 0 THEN NULL
            ELSE heard + ?
        END) FROM rooms";
    let rows = db.query(sql, &[Value::Number(silent_ms), Value::Number(kept_ms)])?;
    let due = rows.into_iter().next().map(|mut row| row.optional_number()).transpose()?;
    Ok(due.flatten().map(Timestamp::from_millis))
}

pub(super) fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|fault| StoreError(fault.to_string()))
}

pub(super) fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    json::read(text).map_err(damaged)
}
