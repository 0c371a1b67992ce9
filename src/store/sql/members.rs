//! What is kept about users: how far they have read, and where they are mentioned.

use super::database::{Columns, Database, Value, by_rows, damaged, one_row, write_rows};
use super::history;
use crate::ids::{UserId, Username};
use crate::store::{Entry, Member, Seq, StoreError};
use crate::time::Timestamp;

/// 16 rows of 6 values: a statement may have 100.
static PUT: [&str; 16] = by_rows!(
    "INSERT INTO members (user, username, delivered, read, read_privately, seen) VALUES ",
    "(?,?,?,?,?,?)",
    " ON CONFLICT (user) DO UPDATE SET username = excluded.username, \
     delivered = excluded.delivered, read = excluded.read, \
     read_privately = excluded.read_privately, seen = excluded.seen";
    1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
);

/// Columns of a [`Member`].
macro_rules! select_member {
    ($rest:literal) => {
        concat!("SELECT user, username, delivered, read, read_privately, seen FROM members ", $rest)
    };
}

pub(super) fn member(db: &impl Database, user: &UserId) -> Result<Option<Member>, StoreError> {
    let rows = db.query(select_member!("WHERE user = ?"), &[user.as_str().into()])?;
    rows.into_iter().next().map(to_member).transpose()
}

pub(super) fn members(db: &impl Database, limit: u32) -> Result<Vec<Member>, StoreError> {
    let sql = select_member!("ORDER BY seen DESC, user LIMIT ?");
    db.query(sql, &[limit.into()])?.into_iter().map(to_member).collect()
}

/// How many statements [`put`] takes.
pub(super) fn put_statements(members: &[Member]) -> usize {
    members.len().div_ceil(PUT.len())
}

pub(super) fn put(db: &impl Database, members: &[Member]) -> Result<(), StoreError> {
    write_rows(db, &PUT, members, |member| {
        [
            member.user.as_str().into(),
            member.username.as_str().into(),
            member.delivered.into(),
            member.read.into(),
            member.read_privately.into(),
            Value::Number(member.seen.as_millis()),
        ]
    })
}

/// Two statements.
pub(super) fn remove(db: &impl Database, user: &UserId) -> Result<(), StoreError> {
    db.execute("DELETE FROM members WHERE user = ?", &[user.as_str().into()])?;
    db.execute("DELETE FROM mentions WHERE user = ?", &[user.as_str().into()])
}

/// How many statements [`mention`] takes.
pub(super) fn mention_statements(entries: &[Entry]) -> usize {
    entries.iter().filter(|entry| !entry.mentions.is_empty()).count()
}

/// One statement for each entry that mentions somebody, however many.
pub(super) fn mention(db: &impl Database, entries: &[Entry]) -> Result<(), StoreError> {
    for entry in entries.iter().filter(|entry| !entry.mentions.is_empty()) {
        let users = serde_json::to_string(&entry.mentions)
            .map_err(|fault| StoreError(fault.to_string()))?;
        db.execute(
            "INSERT OR IGNORE INTO mentions (user, seq) SELECT value, ? FROM json_each(?)",
            &[entry.seq.into(), users.as_str().into()],
        )?;
    }
    Ok(())
}

/// Of the messages after `after` no more than the first `2 * cap` are looked at: the count is exact up to `cap` unless
/// more than `cap` of those are the user's own.
pub(super) fn unread(
    db: &impl Database,
    user: &UserId,
    after: Seq,
    cap: u32,
) -> Result<(u32, u32), StoreError> {
    let (user, after) = (Value::Text(user.as_str()), after.into());
    let mut row = one_row(
        db,
        "SELECT (SELECT count(*) FROM \
         (SELECT author FROM history WHERE seq > ?1 AND kind = 0 ORDER BY seq LIMIT 2 * ?3) \
         WHERE author IS NOT ?2), \
         (SELECT count(*) FROM \
         (SELECT 1 FROM mentions WHERE user = ?2 AND seq > ?1 LIMIT ?3))",
        &[after, user, cap.into()],
    )?;
    let capped = |count: u64| u32::try_from(count).unwrap_or(u32::MAX).min(cap);
    Ok((capped(row.number()?), capped(row.number()?)))
}

fn to_member(mut row: Columns) -> Result<Member, StoreError> {
    Ok(Member {
        user: history::user(row.text()?)?,
        username: Username::parse(row.text()?).map_err(damaged)?,
        delivered: row.seq()?,
        read: row.seq()?,
        read_privately: row.seq()?,
        seen: Timestamp::from_millis(row.number()?),
    })
}
