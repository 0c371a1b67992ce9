//! A room: the state machine that every kind shares.
//!
//! Time and an [`Input`] go in, [`Effects`] come out. What must outlive the object lies in the store
//! (history) or with the sockets (who each of them is); everything else is rebuilt by [`Room::restore`].
//! Typing is the exception: it is forgotten, but a room with somebody typing has a deadline and so a timer,
//! and an object with a timer does not sleep.
//!
//! The room does not know sockets. It knows slots: small numbers that the shell gives to its sockets.

mod effects;
mod history;
mod roster;
mod turn;
pub mod wire;

pub use effects::{Audience, Effect, Effects};
pub use roster::{Connection, Slot};
pub(crate) use roster::{Departure, Roster};
pub(crate) use turn::Turn;

use history::History;

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
    /// A socket was accepted, in a slot that was free.
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
        for (slot, connection) in connections {
            roster.join(slot, connection);
        }
        let kind: Box<dyn Kind> = match settings.party {
            Party::Chat {} => Box::new(Chat::default()),
            Party::Events { persist } => Box::new(Events::new(persist)),
        };
        Ok(Self { history: History::new(store.position()?), settings, roster, kind })
    }

    /// Takes one input. Never fails: what is wrong with the input becomes a frame or a close.
    pub fn handle(&mut self, now: Timestamp, input: Input<'_>, store: &mut dyn Store) -> Effects {
        let (mut turn, kind) = self.turn(now, store);
        match input {
            Input::Connect { slot, connection } => connect(&mut turn, kind, slot, connection),
            Input::Text { slot, text } => text_frame(&mut turn, kind, slot, text),
            Input::Binary { slot } => {
                turn.refuse(
                    slot,
                    &Refusal::new(ErrorCode::BinaryNotSupported, "Send text frames."),
                );
            }
            Input::Oversized { slot, hard } => {
                turn.refuse(slot, &too_long(turn.limits));
                if hard {
                    turn.effects.close(slot, CloseCode::TooBig);
                    disconnect(&mut turn, kind, slot);
                }
            }
            Input::Closed { slot } => disconnect(&mut turn, kind, slot),
            Input::DeadlineReached => kind.deadline_reached(&mut turn),
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

    /// When the room wants [`Input::DeadlineReached`]. An idle room has no deadline.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.kind.next_deadline()
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
            store,
            effects: Effects::default(),
        };
        (turn, self.kind.as_mut())
    }
}

fn connect(turn: &mut Turn<'_>, kind: &mut dyn Kind, slot: Slot, connection: Connection) {
    let earlier = turn.roster.slot_of(&connection.id);
    // The newcomer first: a user who replaces his only connection neither leaves nor joins.
    let first = turn.roster.join(slot, connection);
    if let Some(earlier) = earlier {
        turn.effects.close(earlier, CloseCode::Superseded);
        disconnect(turn, kind, earlier);
    }
    kind.connected(turn, slot, first);
}

fn disconnect(turn: &mut Turn<'_>, kind: &mut dyn Kind, slot: Slot) {
    if let Some(gone) = turn.roster.leave(slot) {
        kind.disconnected(turn, &gone);
    }
}

fn text_frame(turn: &mut Turn<'_>, kind: &mut dyn Kind, slot: Slot, text: &str) {
    if turn.roster.get(slot).is_none() {
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
            _ => kind.frame(turn, slot, &head),
        }
        .map_err(|refusal| refusal.about(&head))
    });
    if let Err(refusal) = outcome {
        turn.refuse(slot, &refusal);
    }
}

fn too_long(limits: &Limits) -> Refusal {
    let message = format!("A frame may have {} bytes at most.", limits.frame_bytes);
    Refusal::new(ErrorCode::MessageTooLarge, message)
}
