//! Telling people about each other.

use super::frames::{Event, Left, Presence, ServerFrame};
use super::messages::check_meta;
use crate::access::Capability;
use crate::codes::ErrorCode;
use crate::ids::MAX_CHARS;
use crate::room::wire::{Head, Refusal, encode};
use crate::room::{Audience, Change, Meta, Shown, Slot, Spending, Turn};

/// From how many changes on they are told in one frame.
const MANY: usize = 5;

/// Shows a newcomer who is here.
pub(super) fn show(turn: &mut Turn<'_>, slot: Slot) {
    if turn.allowed(slot, Capability::Presence).is_ok() {
        let frame = online_users(turn);
        turn.send(Audience::One(slot), frame);
    }
}

fn online_users(turn: &Turn<'_>) -> String {
    let people = turn.presence.people(turn.roster);
    encode(&ServerFrame::OnlineUsers { users: people.iter().map(Shown::from).collect() })
}

/// Tells what has changed: one by one, or in one frame if it is much.
pub(super) fn announce(turn: &mut Turn<'_>, changes: &[Change]) {
    if turn.roster.is_empty() {
        return;
    }
    if changes.len() < MANY {
        for change in changes {
            announce_one(turn, change);
        }
        return;
    }
    let (mut joined, mut left, mut updated) = (Vec::new(), Vec::new(), Vec::new());
    for change in changes {
        match change {
            Change::Joined(person) => joined.push(Shown::from(person)),
            Change::Updated(person) => updated.push(Shown::from(person)),
            Change::Left { user_id, username } => left.push(Left { user_id, username }),
        }
    }
    let total_users = turn.presence.count(turn.roster);
    let timestamp = turn.now;
    let (batching, plain) = turn.roster.seeing_by_batch();
    if !batching.is_nobody() {
        let diff = ServerFrame::PresenceDiff { joined, left, updated, total_users, timestamp };
        turn.send(batching, encode(&diff));
    }
    if !plain.is_nobody() {
        // Clients that know nothing of diffs know the whole list.
        let frame = online_users(turn);
        turn.send(plain, frame);
    }
}

fn announce_one(turn: &mut Turn<'_>, change: &Change) {
    let total_users = turn.presence.count(turn.roster);
    let timestamp = turn.now;
    let (to, frame) = match change {
        Change::Joined(person) => {
            let user = Shown::from(person);
            let frame = ServerFrame::UserJoined { user, total_users, timestamp };
            (turn.roster.others_seeing(&person.user_id), encode(&frame))
        }
        Change::Left { user_id, username } => {
            let frame = ServerFrame::UserLeft { user_id, username, total_users, timestamp };
            (turn.roster.seeing(), encode(&frame))
        }
        Change::Updated(person) => {
            let user = Shown::from(person);
            // The user's own devices want to know as well.
            (turn.roster.seeing(), encode(&ServerFrame::UserUpdated { user, timestamp }))
        }
    };
    turn.send(to, frame);
}

/// Takes `presence`: what a connection says about itself.
pub(super) fn presence(turn: &mut Turn<'_>, slot: Slot, head: &Head<'_>) -> Result<(), Refusal> {
    let user = turn.allowed(slot, Capability::Presence)?.grant.user_id.clone();
    turn.spend(slot, Spending::Ephemeral)?;
    let said: Presence<'_> = head.body()?;
    check_meta(turn, said.meta)?;
    let at = turn.now;
    let before = turn.presence.person(turn.roster, &user);
    turn.change(slot, |connection| {
        let mut appearance = connection.appearance.take().unwrap_or_default();
        if let Some(meta) = said.meta {
            appearance.meta = Some(meta).filter(|meta| meta.get() != "null").map(Meta::new);
            appearance.meta_at = Some(at);
        }
        appearance.status = said.status.unwrap_or(appearance.status);
        connection.appearance = Some(appearance);
    });
    if turn.presence.person(turn.roster, &user) != before {
        let change = turn.presence.updated(turn.roster, &user, at);
        announce(turn, change.as_slice());
    }
    Ok(())
}

/// Takes `event`: passed on to the other connections, and not kept.
pub(super) fn event(turn: &mut Turn<'_>, slot: Slot, head: &Head<'_>) -> Result<(), Refusal> {
    let grant = turn.allowed(slot, Capability::Publish)?.grant.clone();
    turn.spend(slot, Spending::Message)?;
    turn.may_speak(slot)?;
    let Event { name, payload } = head.body()?;
    if name.is_empty() || name.chars().nth(MAX_CHARS).is_some() {
        let message = format!("\"name\" must have 1 to {MAX_CHARS} characters.");
        return Err(Refusal::new(ErrorCode::InvalidFrame, message));
    }
    // Before anybody gets it: whoever is told that it failed may send it again.
    turn.relay(&name, payload)?;
    let frame = encode(&ServerFrame::Event {
        name: &name,
        payload,
        user_id: &grant.user_id,
        username: &grant.username,
        timestamp: turn.now,
    });
    turn.send_fleeting(Audience::Except(vec![slot]), frame);
    Ok(())
}
