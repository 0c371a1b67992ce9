//! The life of a connection's token: a new one in the place of the old, a warning before the end, and the end.

use super::moderation::Sanction;
use super::wire::{self, Refusal};
use super::{Audience, Slot, Turn};
use crate::access::{Capability, Grant};
use crate::codes::{CloseCode, ErrorCode};
use crate::problem::Problem;

/// A connection has sent a new token.
pub(super) fn renewed(turn: &mut Turn<'_>, slot: Slot, outcome: Result<Grant, Problem>) {
    let Some(connection) = turn.roster.get(slot) else { return };
    let refusal = match &outcome {
        Err(problem) => Some(Refusal::new(problem.code, problem.detail.as_str())),
        Ok(grant) if grant.user_id != connection.grant.user_id => {
            let message =
                "A token renews the user that connected. Connect anew to be somebody else.";
            Some(Refusal::new(ErrorCode::WrongUser, message))
        }
        Ok(grant) if !grant.capabilities.has(Capability::Join) => {
            let message = "The new token does not allow to be in this room.";
            Some(Refusal::new(ErrorCode::NotAllowed, message))
        }
        Ok(_) => None,
    };
    let grant = match (refusal, outcome) {
        (None, Ok(grant)) => grant,
        (Some(refusal), _) => return turn.refuse(slot, &refusal),
        (None, Err(_)) => return,
    };
    if let Err(sanction) = turn.moderation.may_enter(&grant, turn.now) {
        let code =
            if sanction == Sanction::Revoked { CloseCode::TokenEnded } else { CloseCode::Banned };
        turn.refuse(slot, &sanction.into());
        return turn.close(slot, code);
    }
    let expires_at = grant.expires_at;
    let earlier = connection.clone();
    turn.change(slot, |connection| {
        connection.grant = grant;
        connection.warned = false;
    });
    turn.send(Audience::One(slot), wire::authenticated(expires_at));
    if let Some(connection) = turn.roster.get(slot) {
        let change = turn.presence.replaced(turn.roster, &earlier, connection, turn.now);
        turn.changes.extend(change);
    }
}

/// Warns those whose tokens are about to end, and closes those whose have.
pub(super) fn end_tokens(turn: &mut Turn<'_>) {
    for slot in turn.expiries.due(turn.now) {
        let Some(connection) = turn.roster.get(slot) else { continue };
        let Some(end) = connection.grant.expires_at else { continue };
        if end <= turn.now {
            turn.close(slot, CloseCode::TokenEnded);
        } else {
            turn.change(slot, |connection| connection.warned = true);
            turn.send(Audience::One(slot), wire::token_expiring(end));
        }
    }
}
