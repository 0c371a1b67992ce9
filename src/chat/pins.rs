//! Messages that are kept in view. Those who may edit anybody's messages pin them.

use super::frames::ServerFrame;
use super::{edits, may_read, reply};
use crate::access::Capability;
use crate::codes::ErrorCode;
use crate::room::wire::{Head, Refusal, encode};
use crate::room::{Answer, Slot, Spending, Turn};
use crate::store::EntryKind;

/// How many messages may be pinned in a room.
const PINS: usize = 50;

/// Takes `pin` and `unpin`.
pub(super) fn pin(
    turn: &mut Turn<'_>,
    slot: Slot,
    head: &Head<'_>,
    pinned: bool,
) -> Result<(), Refusal> {
    let user = turn.allowed(slot, Capability::EditAny)?.grant.user_id.clone();
    turn.spend(slot, Spending::Message)?;
    let row = turn.named(&head.body()?, None)?;
    if edits::kept(&row)?.deleted {
        return Err(edits::deleted(&row));
    }
    let pins = turn.store.pins()?;
    if pins.iter().any(|(seq, _)| *seq == row.seq) == pinned {
        return edits::ack(turn, slot, head, &row.id, row.seq, true);
    }
    if pinned && pins.len() >= PINS {
        let message = format!("A room may have {PINS} pinned messages at most. Unpin one.");
        return Err(Refusal::new(ErrorCode::LimitReached, message));
    }
    let timestamp = turn.now;
    let (message_id, message_seq, user_id) = (&row.id, row.seq, &user);
    let frame = |seq| {
        encode(&if pinned {
            ServerFrame::MessagePinned { message_id, message_seq, user_id, timestamp, seq }
        } else {
            ServerFrame::MessageUnpinned { message_id, message_seq, user_id, timestamp, seq }
        })
    };
    let draft = edits::change(timestamp, EntryKind::Change, &user, &row);
    let seq = turn.append_with(draft, frame, |store| {
        if pinned { store.pin(row.seq) } else { store.unpin(row.seq) }
    })?;
    edits::ack(turn, slot, head, &row.id, seq, false)
}

/// Answers `pins`.
pub(super) fn answer(turn: &mut Turn<'_>, slot: Slot, head: &Head<'_>) -> Result<(), Refusal> {
    may_read(turn, slot)?;
    let answer = all(turn, Answer::to(head))?;
    reply(turn, slot, answer);
    Ok(())
}

pub(super) fn all(turn: &mut Turn<'_>, mut answer: Answer) -> Result<Answer, Refusal> {
    answer.frames("messages", &turn.store.pins()?);
    Ok(answer)
}
