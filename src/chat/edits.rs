//! Editing and deleting messages. The message is kept in its current form; that it changed is an entry of its own, so that
//! who was away learns of it.
//!
//! What was deleted is gone: the text of the message and of all its edits.

use std::borrow::Cow;

use super::frames::{Edit, Kept, ServerFrame};
use super::messages::check_meta;
use crate::access::Capability;
use crate::codes::ErrorCode;
use crate::config::ChatOptions;
use crate::ids::{MessageId, UserId};
use crate::json;
use crate::room::wire::{Head, Refusal, encode};
use crate::room::{Audience, Draft, Slot, Spending, Turn, not_allowed};
use crate::store::{EntryKind, Row, Seq, Store, StoreError};
use crate::time::Timestamp;

/// Takes `edit`.
pub(super) fn edit(
    turn: &mut Turn<'_>,
    options: &ChatOptions,
    slot: Slot,
    head: &Head<'_>,
) -> Result<(), Refusal> {
    let row = target(turn, slot, head, Capability::EditOwn, Capability::EditAny)?;
    turn.may_speak(slot)?;
    let edit: Edit<'_> = head.body()?;
    check_meta(turn, edit.meta)?;
    let mut kept = kept(&row)?;
    if kept.deleted {
        return Err(deleted(&row));
    }
    let user = turn.allowed(slot, Capability::Join)?.grant.user_id.clone();
    let same_meta =
        edit.meta.is_none_or(|meta| kept.meta.is_some_and(|old| old.get() == meta.get()));
    if kept.message == edit.message && same_meta {
        return ack(turn, slot, head, &row.id, row.seq, true);
    }
    kept.message = Cow::Borrowed(&edit.message);
    kept.meta = edit.meta.or(kept.meta);
    kept.edited_at = Some(turn.now);
    let (current, meta) = (encode(&kept), kept.meta);
    let now = turn.now;
    let frame = |seq| {
        encode(&ServerFrame::MessageEdited {
            message_id: &row.id,
            message_seq: row.seq,
            message: &edit.message,
            meta,
            user_id: &user,
            timestamp: now,
            seq,
            deleted: false,
        })
    };
    let text = options.search.then_some(edit.message.as_ref());
    let draft = change(now, EntryKind::Edit, &user, &row);
    let seq = turn.append_with(draft, frame, |store| store.replace(row.seq, &current, text))?;
    ack(turn, slot, head, &row.id, seq, false)
}

/// Takes `delete`.
pub(super) fn delete(turn: &mut Turn<'_>, slot: Slot, head: &Head<'_>) -> Result<(), Refusal> {
    let row = target(turn, slot, head, Capability::DeleteOwn, Capability::DeleteAny)?;
    if kept(&row)?.deleted {
        return ack(turn, slot, head, &row.id, row.seq, true);
    }
    let user = turn.allowed(slot, Capability::Join)?.grant.user_id.clone();
    let now = turn.now;
    let frame = |seq| {
        encode(&ServerFrame::MessageDeleted {
            message_id: &row.id,
            message_seq: row.seq,
            user_id: &user,
            timestamp: now,
            seq,
        })
    };
    let draft = change(now, EntryKind::Change, &user, &row);
    let seq = turn.append_with(draft, frame, |store| bury(store, &row, false))?;
    ack(turn, slot, head, &row.id, seq, false)
}

/// Removes the content of a message, and what belongs to it. What is left says that there was one, and whose, unless
/// the author is to be `forgotten`.
pub(crate) fn bury(store: &mut dyn Store, row: &Row, forgotten: bool) -> Result<(), StoreError> {
    let damaged = || StoreError(format!("damaged: the message {} is no frame", row.seq.get()));
    let mut kept: Kept<'_> = json::read(&row.frame).map_err(|_| damaged())?;
    kept.message = Cow::Borrowed("");
    if forgotten {
        kept.username = Cow::Borrowed("");
    }
    kept.meta = None;
    kept.edited_at = None;
    kept.reactions.clear();
    kept.deleted = true;
    store.replace(row.seq, &encode(&kept), None)?;
    store.clear_reactions(row.seq)?;
    store.unpin(row.seq)?;
    for edit in store.edits(row.seq)? {
        let Some(user_id) = &edit.author else { continue };
        let frame = ServerFrame::MessageEdited {
            message_id: &row.id,
            message_seq: row.seq,
            message: "",
            meta: None,
            user_id,
            timestamp: edit.at,
            seq: edit.seq,
            deleted: true,
        };
        store.replace(edit.seq, &encode(&frame), None)?;
    }
    Ok(())
}

/// The message that a frame is about, if its sender may change it.
fn target(
    turn: &mut Turn<'_>,
    slot: Slot,
    head: &Head<'_>,
    own: Capability,
    any: Capability,
) -> Result<Row, Refusal> {
    let grant = turn.allowed(slot, Capability::Join)?.grant.clone();
    let (may_own, may_any) = (grant.capabilities.has(own), grant.capabilities.has(any));
    if !may_own && !may_any {
        return Err(not_allowed(own));
    }
    turn.spend(slot, Spending::Message)?;
    let row = turn.named(&head.body()?, Some(&grant.user_id))?;
    let is_own = row.author.as_ref() == Some(&grant.user_id);
    turn.allowed(slot, if is_own && may_own { own } else { any })?;
    Ok(row)
}

/// An entry about a message.
pub(super) fn change(now: Timestamp, kind: EntryKind, user: &UserId, row: &Row) -> Draft {
    let draft = Draft::new(now, kind, row.id.clone());
    Draft { author: Some(user.clone()), about: Some(row.seq), ..draft }
}

/// A kept message as it can be read and changed.
pub(super) fn kept(row: &Row) -> Result<Kept<'_>, Refusal> {
    json::read(&row.frame).map_err(|fault| {
        Refusal::new(ErrorCode::Internal, format!("This message is damaged: {fault}."))
    })
}

pub(super) fn deleted(row: &Row) -> Refusal {
    let message = format!("The message {:?} was deleted.", row.id.as_str());
    Refusal::new(ErrorCode::UnknownMessage, message)
}

/// Tells the sender of a change that it is kept. `seq`: where; of the message, if nothing had to be changed.
pub(super) fn ack(
    turn: &mut Turn<'_>,
    slot: Slot,
    head: &Head<'_>,
    message_id: &MessageId,
    seq: Seq,
    duplicate: bool,
) -> Result<(), Refusal> {
    let (timestamp, reference) = (turn.now, head.own_reference());
    let ack = ServerFrame::Ack { message_id, seq, timestamp, reference, duplicate };
    turn.send(Audience::One(slot), encode(&ack));
    Ok(())
}
