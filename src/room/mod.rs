//! A room: the state machine that every kind shares.
//!
//! Time and an [`Input`] go in, [`Effects`] come out. What must outlive the object lies in the store
//! (history) or with the sockets (who each of them is); everything else is rebuilt by [`Room::restore`].
//! Typing is the exception: it is forgotten, but a room with somebody typing has a deadline and so a timer,
//! and an object with a timer does not sleep.
//!
//! The room does not know sockets. It knows slots: small numbers that the shell gives to its sockets.

mod effects;
mod expiry;
mod flow;
mod history;
pub mod moderation;
mod roster;
mod turn;
pub mod wire;

pub use effects::{Audience, Effect, Effects};
pub(crate) use flow::Spending;
pub use roster::{Connection, Slot};
pub(crate) use roster::{Departure, Roster};
pub(crate) use turn::Turn;

use expiry::Expiries;
use flow::{Flow, TooSoon};
use history::History;
use moderation::{Action, Moderation, Sanction};

use crate::access::{Capability, Grant};
use crate::chat::Chat;
use crate::codes::{CloseCode, ErrorCode};
use crate::config::Party;
use crate::events::Events;
use crate::ids::{MessageId, RoomName};
use crate::limits::Limits;
use crate::problem::Problem;
use crate::publish::{Event, Receipt};
use crate::store::{Store, StoreError};
use crate::time::Timestamp;
use wire::{Head, Refusal};

/// What a room is: its name and what the configuration says of its party.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The room's name.
    pub name: RoomName,
    /// The party's kind and options.
    pub party: Party,
    /// The deployment's limits.
    pub limits: Limits,
}

/// Something that happened to a room.
#[derive(Debug)]
pub enum Input<'a> {
    /// A socket of somebody who [may enter](Room::may_enter) was accepted, in a slot that was free.
    Connect {
        /// The socket's slot.
        slot: Slot,
        /// Who it is.
        connection: Connection,
    },
    /// A text frame came.
    Text {
        /// From whom.
        slot: Slot,
        /// The frame.
        text: &'a str,
    },
    /// A binary frame came.
    Binary {
        /// From whom.
        slot: Slot,
    },
    /// A frame came that is too long to be read. Its content was never looked at.
    Oversized {
        /// From whom.
        slot: Slot,
        /// Whether it is past the hard limit, where the socket is closed.
        hard: bool,
    },
    /// The token of an [`Effect::Authenticate`] was checked.
    Renewed {
        /// Whose it is.
        slot: Slot,
        /// What it grants, or why it does not.
        outcome: Result<Grant, Problem>,
    },
    /// A socket was closed or broke.
    Closed {
        /// Which; the slot is free from now on.
        slot: Slot,
    },
    /// The time of [`Room::next_deadline`] has come.
    DeadlineReached,
}

/// What a kind of room adds to what all have in common.
pub(crate) trait Kind {
    /// Somebody is in. `first`: it is the first connection of this user.
    fn connected(&mut self, turn: &mut Turn<'_>, slot: Slot, first: bool);
    /// Somebody has gone and is no longer in the roster.
    fn disconnected(&mut self, turn: &mut Turn<'_>, gone: &Departure);
    /// A frame of a type that not every room knows.
    fn frame(&mut self, turn: &mut Turn<'_>, slot: Slot, head: &Head<'_>) -> Result<(), Refusal>;
    /// When the kind wants to be called without input.
    fn next_deadline(&self) -> Option<Timestamp>;
    /// `next_deadline` has come.
    fn deadline_reached(&mut self, turn: &mut Turn<'_>);
    /// Whether a published event is kept when it does not say.
    fn persists_by_default(&self) -> bool;
}

/// One room.
pub struct Room {
    settings: Settings,
    roster: Roster,
    history: History,
    flow: Flow,
    moderation: Moderation,
    expiries: Expiries,
    kind: Box<dyn Kind>,
}

impl Room {
    /// The room as it is after a wake, or for the first time: `connections` are the sockets that are open.
    ///
    /// # Errors
    /// If the store cannot say where the history ends.
    pub fn restore(
        settings: Settings,
        store: &dyn Store,
        connections: impl IntoIterator<Item = (Slot, Connection)>,
    ) -> Result<Self, StoreError> {
        let mut roster = Roster::default();
        let mut expiries = Expiries::default();
        for (slot, connection) in connections {
            expiries.watch(slot, &connection);
            roster.join(slot, connection);
        }
        let kind: Box<dyn Kind> = match settings.party {
            Party::Chat { .. } => Box::new(Chat::default()),
            Party::Events { persist, .. } => Box::new(Events::new(persist)),
        };
        Ok(Self {
            history: History::new(store.position()?),
            moderation: Moderation::new(store.rules()?),
            flow: Flow::default(),
            settings,
            roster,
            expiries,
            kind,
        })
    }

    /// Whether somebody may come in: asked before the socket is accepted, so that who is kept out never holds one.
    ///
    /// # Errors
    /// `banned`, or `unauthorized` for a token that was revoked.
    pub fn may_enter(&self, now: Timestamp, grant: &Grant) -> Result<(), Problem> {
        let outcome = self.moderation.may_enter(grant, now);
        outcome.map_err(|sanction| Refusal::from(sanction).into_problem())
    }

    /// Takes one input. Never fails: what is wrong with the input becomes a frame or a close.
    pub fn handle(&mut self, now: Timestamp, input: Input<'_>, store: &mut dyn Store) -> Effects {
        let (mut turn, kind) = self.turn(now, store);
        match input {
            Input::Connect { slot, connection } => connect(&mut turn, kind, slot, connection),
            Input::Text { slot, text } => text_frame(&mut turn, kind, slot, text),
            Input::Binary { slot } => {
                if admitted(&mut turn, kind, slot) {
                    let message = "Send text frames.";
                    turn.refuse(slot, &Refusal::new(ErrorCode::BinaryNotSupported, message));
                }
            }
            Input::Oversized { slot, hard } => {
                if admitted(&mut turn, kind, slot) {
                    turn.refuse(slot, &too_long(turn.limits));
                }
                if hard {
                    turn.effects.close(slot, CloseCode::TooBig);
                    disconnect(&mut turn, kind, slot);
                }
            }
            Input::Renewed { slot, outcome } => renewed(&mut turn, kind, slot, outcome),
            Input::Closed { slot } => disconnect(&mut turn, kind, slot),
            Input::DeadlineReached => {
                end_tokens(&mut turn, kind);
                kind.deadline_reached(&mut turn);
            }
        }
        turn.effects
    }

    /// Delivers an event of the backend, and keeps it if it or the party says so.
    ///
    /// # Errors
    /// `storage-failed`; then nobody got it.
    pub fn publish(
        &mut self,
        now: Timestamp,
        id: MessageId,
        event: &Event,
        store: &mut dyn Store,
    ) -> Result<(Receipt, Effects), Problem> {
        let (mut turn, kind) = self.turn(now, store);
        let persist = event.persist.unwrap_or_else(|| kind.persists_by_default());
        let at = event.timestamp.map_or(now, Timestamp::from_millis);
        let (seq, frame) = if persist {
            let kept = turn.history.append(turn.store, now, None, &id, |seq| {
                wire::envelope(&event.kind, &event.payload, at, Some((&id, seq)))
            });
            let kept = kept.map_err(|fault| {
                Problem::new(ErrorCode::StorageFailed, format!("The event was not kept: {fault}."))
            })?;
            (Some(kept.seq), kept.frame)
        } else {
            (None, wire::envelope(&event.kind, &event.payload, at, None))
        };
        let to = turn.roster.audience(
            event.only_user_ids.as_deref(),
            event.exclude_user_id.as_ref(),
            event.exclude_connection_id.as_ref(),
        );
        let delivered = turn.roster.count(&to);
        turn.effects.send(to, frame);
        Ok((Receipt { id, seq, delivered }, turn.effects))
    }

    /// Does what a moderator or a backend asks for. `actor` is named in the audit trail.
    ///
    /// # Errors
    /// `invalid-frame` if the request lacks what the action needs; `storage-failed`. Then nothing was done.
    pub fn moderate(
        &mut self,
        now: Timestamp,
        actor: &str,
        action: Action,
        request: &moderation::Request,
        store: &mut dyn Store,
    ) -> Result<(moderation::Outcome, Effects), Problem> {
        let (mut turn, kind) = self.turn(now, store);
        let outcome = turn.moderate(kind, actor, action, request).map_err(Refusal::into_problem)?;
        Ok((outcome, turn.effects))
    }

    /// When the room wants [`Input::DeadlineReached`]. A room with nothing to wait for has no deadline.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        [self.kind.next_deadline(), self.expiries.next_deadline()].into_iter().flatten().min()
    }

    fn turn<'a>(
        &'a mut self,
        now: Timestamp,
        store: &'a mut dyn Store,
    ) -> (Turn<'a>, &'a mut dyn Kind) {
        let turn = Turn {
            now,
            room: &self.settings.name,
            limits: &self.settings.limits,
            roster: &mut self.roster,
            history: &mut self.history,
            flow: &mut self.flow,
            moderation: &mut self.moderation,
            expiries: &mut self.expiries,
            store,
            effects: Effects::default(),
        };
        (turn, self.kind.as_mut())
    }
}

fn connect(turn: &mut Turn<'_>, kind: &mut dyn Kind, slot: Slot, connection: Connection) {
    let earlier = turn.roster.slot_of(&connection.id);
    // The newcomer first: a user who replaces his only connection neither leaves nor joins.
    turn.expiries.watch(slot, &connection);
    let first = turn.roster.join(slot, connection);
    if let Some(earlier) = earlier {
        turn.effects.close(earlier, CloseCode::Superseded);
        disconnect(turn, kind, earlier);
    }
    kind.connected(turn, slot, first);
}

fn disconnect(turn: &mut Turn<'_>, kind: &mut dyn Kind, slot: Slot) {
    if let Some(gone) = turn.roster.leave(slot) {
        turn.flow.leave(slot);
        turn.expiries.forget(slot, &gone.connection);
        kind.disconnected(turn, &gone);
    }
}

fn text_frame(turn: &mut Turn<'_>, kind: &mut dyn Kind, slot: Slot, text: &str) {
    if !admitted(turn, kind, slot) {
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
            "history" => turn.history_page(slot, &head),
            "auth" => turn.authenticate(slot, &head),
            other => match Action::find(other) {
                Some(action) => moderator_frame(turn, kind, slot, action, &head),
                None => kind.frame(turn, slot, &head),
            },
        }
        .map_err(|refusal| refusal.about(&head))
    });
    match outcome {
        Ok(()) => {}
        Err(refusal) if refusal.code() == ErrorCode::RateLimited => {
            strike(turn, kind, slot, &refusal);
        }
        Err(refusal) => turn.refuse(slot, &refusal),
    }
}

/// Whether a frame is looked at: its slot is somebody's, and it does not come too soon.
fn admitted(turn: &mut Turn<'_>, kind: &mut dyn Kind, slot: Slot) -> bool {
    let Some(connection) = turn.roster.get(slot) else { return false };
    match turn.flow.admit(&turn.limits.rates, slot, connection, turn.now) {
        Ok(()) => true,
        Err(too_soon) => {
            strike(turn, kind, slot, &too_soon.into());
            false
        }
    }
}

/// Tells a connection to wait; closes it, if it has been told often enough.
fn strike(turn: &mut Turn<'_>, kind: &mut dyn Kind, slot: Slot, refusal: &Refusal) {
    turn.refuse(slot, refusal);
    if turn.flow.strike(&turn.limits.rates, slot, turn.now) {
        turn.effects.close(slot, CloseCode::RateLimited);
        disconnect(turn, kind, slot);
    }
}

fn moderator_frame(
    turn: &mut Turn<'_>,
    kind: &mut dyn Kind,
    slot: Slot,
    action: Action,
    head: &Head<'_>,
) -> Result<(), Refusal> {
    let actor = turn.allowed(slot, action.capability())?.grant.user_id.to_string();
    let outcome = turn.moderate(kind, &actor, action, &head.body()?)?;
    // A moderator may have been the target.
    if turn.roster.get(slot).is_some() {
        turn.effects.send(Audience::One(slot), wire::moderated(&outcome));
    }
    Ok(())
}

/// A connection has sent a new token.
fn renewed(turn: &mut Turn<'_>, kind: &mut dyn Kind, slot: Slot, outcome: Result<Grant, Problem>) {
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
        turn.effects.close(slot, code);
        return disconnect(turn, kind, slot);
    }
    let expires_at = grant.expires_at;
    turn.change(slot, |connection| {
        connection.grant = grant;
        connection.warned = false;
    });
    turn.effects.send(Audience::One(slot), wire::authenticated(expires_at));
}

/// Warns those whose tokens are about to end, and closes those whose have.
fn end_tokens(turn: &mut Turn<'_>, kind: &mut dyn Kind) {
    for slot in turn.expiries.due(turn.now) {
        let Some(connection) = turn.roster.get(slot) else { continue };
        let Some(end) = connection.grant.expires_at else { continue };
        if end <= turn.now {
            turn.effects.close(slot, CloseCode::TokenEnded);
            disconnect(turn, kind, slot);
        } else {
            turn.change(slot, |connection| connection.warned = true);
            turn.effects.send(Audience::One(slot), wire::token_expiring(end));
        }
    }
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

fn too_long(limits: &Limits) -> Refusal {
    let message = format!("A frame may have {} bytes at most.", limits.frame_bytes);
    Refusal::new(ErrorCode::MessageTooLarge, message)
}
