//! Removing what somebody wrote, or everything.

use serde::Serialize;
use serde_json::{Map, Value};

use super::wire::{self, Refusal, encode};
use super::{Draft, Effects, Room, Slot, Turn};
use crate::chat;
use crate::codes::{CloseCode, ErrorCode};
use crate::config::PartyKind;
use crate::ids::{MessageId, UserId};
use crate::json;
use crate::problem::Problem;
use crate::store::{EntryKind, Row, Seq, Store, StoreError};
use crate::time::Timestamp;
use crate::webhook::WebhookEvent;

/// How many entries are read at once.
const PAGE: u32 = 300;

/// The answer to an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Erased {
    /// How many messages lost their content.
    pub erased: usize,
}

impl Room {
    /// Removes a user's content: the texts of their messages, their reactions, what is known of them. That there were messages
    /// stays, so that no `seq` changes. Those who are here are told.
    ///
    /// # Errors
    /// `storage-failed`; then nothing was removed.
    pub fn erase_user(
        &mut self,
        now: Timestamp,
        actor: &str,
        user: &UserId,
        store: &mut dyn Store,
    ) -> (Result<Erased, Problem>, Effects) {
        let (mut turn, kind) = self.turn(now, store);
        let outcome = turn.erase_user(actor, user);
        if outcome.is_ok() {
            kind.erased(Some(user));
        }
        let outcome = outcome.map_err(|fault| Refusal::from(fault).into_problem());
        turn.count_refusal(&outcome);
        (outcome, turn.finish())
    }

    /// Removes everything, and begins a new epoch. Whoever is here is sent away and may come back at once.
    ///
    /// # Errors
    /// `storage-failed`; then nothing was removed.
    pub fn wipe(
        &mut self,
        now: Timestamp,
        store: &mut dyn Store,
    ) -> (Result<(), Problem>, Effects) {
        let (mut turn, kind) = self.turn(now, store);
        turn.flush();
        let deleted: Vec<_> = turn.webhook(WebhookEvent::RoomDeleted, None).into_iter().collect();
        let outcome = turn.store.atomically(&mut |store| {
            store.wipe()?;
            store.put_parcels(&deleted)
        });
        let outcome = outcome.and_then(|()| turn.store.position());
        let outcome = outcome.map(|position| {
            turn.outbox.restart(position.last, &deleted);
            turn.history.restart(position);
            *turn.moderation = super::Moderation::default();
            kind.erased(None);
            let slots: Vec<Slot> = turn.roster.connections().map(|(slot, _)| slot).collect();
            for slot in slots {
                turn.close(slot, CloseCode::Resync);
            }
            // Nothing is kept of those who leave with the room.
            turn.changes.clear();
        });
        super::settle(&mut turn, kind);
        let outcome = outcome.map_err(|fault| {
            Problem::new(ErrorCode::StorageFailed, format!("Nothing was removed: {fault}."))
        });
        turn.count_refusal(&outcome);
        (outcome, turn.finish())
    }
}

impl Turn<'_> {
    fn erase_user(&mut self, actor: &str, user: &UserId) -> Result<Erased, StoreError> {
        self.flush();
        let search =
            matches!(&self.settings.party.kind, PartyKind::Chat(options) if options.search);
        let mut erased = 0;
        let now = self.now;
        let id = MessageId::parse(user.as_str()).map_err(|fault| StoreError(fault.to_string()))?;
        let draft = Draft::new(now, EntryKind::Change, id);
        let frame = |seq| user_erased(user, now, seq);
        self.append_with(draft, frame, |store| {
            erased = bury_all(store, user)?;
            for message in store.reacted_by(user)? {
                if let Some(row) = store.row(message)? {
                    chat::take_off(store, &row, user, search)?;
                }
            }
            store.remove_member(user)?;
            store.remove_dead_letters_with(&encode(user))?;
            store.audit(&wire::erasure(actor, now, user, erased))
        })?;
        self.outbox.recount_dead(self.store)?;
        Ok(Erased { erased })
    }
}

/// Removes the content of every message of a user; says of how many.
fn bury_all(store: &mut dyn Store, user: &UserId) -> Result<usize, StoreError> {
    let mut buried: usize = 0;
    let mut after = Seq::default();
    loop {
        let rows: Vec<Row> = store.authored(user, after, PAGE)?;
        let Some(last) = rows.last() else { return Ok(buried) };
        after = last.seq;
        for row in rows.iter().filter(|row| row.kind == EntryKind::Message) {
            chat::bury(store, row, true)?;
            buried = buried.saturating_add(1);
        }
        for row in rows.iter().filter(|row| row.kind == EntryKind::Change) {
            store.replace(row.seq, &nameless(&row.frame), None)?;
        }
    }
}

/// A frame without its `username`.
fn nameless(frame: &str) -> String {
    let mut fields: Map<String, Value> = json::read_any(frame).unwrap_or_default();
    if let Some(name) = fields.get_mut("username") {
        *name = Value::from("");
    }
    encode(&fields)
}

fn user_erased(user: &UserId, timestamp: Timestamp, seq: Seq) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct UserErased<'a> {
        r#type: &'static str,
        user_id: &'a UserId,
        timestamp: Timestamp,
        seq: Seq,
    }
    encode(&UserErased { r#type: "user-erased", user_id: user, timestamp, seq })
}
