//! Frames of clients: whether they are looked at, and who is to look.

use super::flow::TooSoon;
use super::moderation::{Action, Sanction};
use super::wire::{self, Head, Refusal};
use super::{Audience, Kind, Slot, Turn};
use crate::codes::{CloseCode, ErrorCode};
use crate::limits::Limits;

/// Takes a text frame.
pub(super) fn text_frame(turn: &mut Turn<'_>, kind: &mut dyn Kind, slot: Slot, text: &str) {
    if !admitted(turn, slot) {
        return;
    }
    if text.len() > turn.limits.frame_bytes {
        return turn.refuse(slot, &too_long(turn.limits));
    }
    // The runtime has put this in the place of what was not UTF-8. Escaped, it is a character like any other.
    if text.contains(char::REPLACEMENT_CHARACTER) {
        let message = "This is not UTF-8. (Is U+FFFD meant? Write \"\\ufffd\".)";
        return turn.refuse(slot, &Refusal::new(ErrorCode::InvalidUtf8, message));
    }
    let outcome = Head::parse(text).and_then(|head| {
        match head.kind.as_ref() {
            "ping" => turn.pong(slot, &head),
            "history" => turn.answer_history(slot, &head),
            "auth" => turn.authenticate(slot, &head),
            other => match Action::find(other) {
                Some(action) => moderator_frame(turn, slot, action, &head),
                None => kind.frame(turn, slot, &head),
            },
        }
        .map_err(|refusal| refusal.about(&head))
    });
    match outcome {
        Ok(()) => {}
        Err(refusal) if refusal.code() == ErrorCode::RateLimited => {
            strike(turn, slot, &refusal);
        }
        Err(refusal) => turn.refuse(slot, &refusal),
    }
}

/// Whether a frame is looked at: its slot is somebody's, and it does not come too soon.
pub(super) fn admitted(turn: &mut Turn<'_>, slot: Slot) -> bool {
    let Some(connection) = turn.roster.get(slot) else { return false };
    match turn.flow.admit(&turn.limits.rates, slot, connection, turn.now) {
        Ok(()) => true,
        Err(too_soon) => {
            strike(turn, slot, &too_soon.into());
            false
        }
    }
}

/// Tells a connection to wait; closes it, if it has been told often enough.
fn strike(turn: &mut Turn<'_>, slot: Slot, refusal: &Refusal) {
    turn.refuse(slot, refusal);
    if turn.flow.strike(&turn.limits.rates, slot, turn.now) {
        turn.close(slot, CloseCode::RateLimited);
    }
}

fn moderator_frame(
    turn: &mut Turn<'_>,
    slot: Slot,
    action: Action,
    head: &Head<'_>,
) -> Result<(), Refusal> {
    let actor = turn.allowed(slot, action.capability())?.grant.user_id.to_string();
    let outcome = turn.moderate(&actor, action, &head.body()?)?;
    // A moderator may have been the target.
    if turn.roster.get(slot).is_some() {
        turn.send(Audience::One(slot), wire::moderated(&outcome));
    }
    Ok(())
}

impl From<TooSoon> for Refusal {
    fn from(too_soon: TooSoon) -> Self {
        Self::new(ErrorCode::RateLimited, "Too much in too short a time: wait, then go on.")
            .retry_after(Some(too_soon.retry_after_ms))
    }
}

impl From<Sanction> for Refusal {
    fn from(sanction: Sanction) -> Self {
        match sanction {
            Sanction::Slowed { retry_after_ms } => {
                Self::new(ErrorCode::Muted, "The room is in slow mode: wait, then send again.")
                    .retry_after(Some(retry_after_ms))
            }
            Sanction::Muted { retry_after_ms } => {
                Self::new(ErrorCode::Muted, "You are muted in this room.")
                    .retry_after(retry_after_ms)
            }
            Sanction::Banned => Self::new(ErrorCode::Banned, "You are banned from this room."),
            Sanction::Revoked => {
                Self::new(ErrorCode::Unauthorized, "This token was revoked: get a new one.")
            }
        }
    }
}

pub(super) fn too_long(limits: &Limits) -> Refusal {
    let message = format!("A frame may have {} bytes at most.", limits.frame_bytes);
    Refusal::new(ErrorCode::MessageTooLarge, message)
}
