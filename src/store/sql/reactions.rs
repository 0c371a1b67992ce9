//! What hangs on messages: reactions and pins. One row written a change.

use super::database::{Database, Value, damaged};
use super::history;
use crate::ids::{UserId, Username};
use crate::store::{Reaction, Seq, StoreError};

pub(super) fn reactions(db: &impl Database, message: Seq) -> Result<Vec<Reaction>, StoreError> {
    let sql = "SELECT user, username, emoji FROM reactions WHERE message = ? ORDER BY n";
    let rows = db.query(sql, &[message.into()])?.into_iter();
    let reactions = rows.map(|mut row| {
        Ok(Reaction {
            user: history::user(row.text()?)?,
            username: Username::parse(row.text()?).map_err(damaged)?,
            emoji: row.text()?,
        })
    });
    reactions.collect()
}

pub(super) fn reacted(
    db: &impl Database,
    user: &UserId,
    first: Seq,
    last: Seq,
) -> Result<Vec<(Seq, String)>, StoreError> {
    let rows = db.query(
        "SELECT message, emoji FROM reactions \
         WHERE message BETWEEN ? AND ? AND user = ? ORDER BY message, n",
        &[first.into(), last.into(), user.as_str().into()],
    )?;
    rows.into_iter().map(|mut row| Ok((row.seq()?, row.text()?))).collect()
}

pub(super) fn add(db: &impl Database, message: Seq, reaction: &Reaction) -> Result<(), StoreError> {
    db.execute(
        "INSERT INTO reactions (message, user, emoji, username, n) \
         SELECT ?1, ?2, ?3, ?4, coalesce(max(n), 0) + 1 FROM reactions WHERE message = ?1 \
         ON CONFLICT DO NOTHING",
        &[
            message.into(),
            reaction.user.as_str().into(),
            reaction.emoji.as_str().into(),
            reaction.username.as_str().into(),
        ],
    )
}

pub(super) fn remove(
    db: &impl Database,
    message: Seq,
    user: &UserId,
    emoji: Option<&str>,
) -> Result<(), StoreError> {
    let (message, user) = (message.into(), Value::Text(user.as_str()));
    match emoji {
        Some(emoji) => db.execute(
            "DELETE FROM reactions WHERE message = ? AND user = ? AND emoji = ?",
            &[message, user, emoji.into()],
        ),
        None => {
            db.execute("DELETE FROM reactions WHERE message = ? AND user = ?", &[message, user])
        }
    }
}

/// Looks at every reaction: for what is seldom asked.
pub(super) fn reacted_by(db: &impl Database, user: &UserId) -> Result<Vec<Seq>, StoreError> {
    let sql = "SELECT DISTINCT message FROM reactions WHERE user = ? ORDER BY message";
    let rows = db.query(sql, &[user.as_str().into()])?;
    rows.into_iter().map(|mut row| row.seq()).collect()
}

pub(super) fn clear(db: &impl Database, message: Seq) -> Result<(), StoreError> {
    db.execute("DELETE FROM reactions WHERE message = ?", &[message.into()])
}

pub(super) fn pin(db: &impl Database, message: Seq) -> Result<(), StoreError> {
    db.execute(
        "INSERT OR REPLACE INTO pins (message, n) SELECT ?, coalesce(max(n), 0) + 1 FROM pins",
        &[message.into()],
    )
}

pub(super) fn unpin(db: &impl Database, message: Seq) -> Result<(), StoreError> {
    db.execute("DELETE FROM pins WHERE message = ?", &[message.into()])
}

pub(super) fn pins(db: &impl Database) -> Result<Vec<(Seq, String)>, StoreError> {
    let sql = "SELECT seq, frame FROM pins JOIN history ON seq = message ORDER BY n";
    db.query(sql, &[])?.into_iter().map(|mut row| Ok((row.seq()?, row.text()?))).collect()
}
