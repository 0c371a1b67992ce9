//! What a room wants done. Data: the shell performs it, tests compare it.

use super::moderation::Action;
use super::{Connection, Delivery, Slot, Ticket};
use crate::codes::CloseCode;
use crate::ids::{ConnectionId, UserId};
use crate::metrics::Report;
use crate::problem::Problem;

/// Who gets a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Everybody.
    All,
    /// One connection.
    One(Slot),
    /// Everybody but these, in ascending order.
    Except(Vec<Slot>),
    /// Just these, in ascending order.
    Only(Vec<Slot>),
}

impl Audience {
    pub(crate) fn is_nobody(&self) -> bool {
        matches!(self, Self::Only(slots) if slots.is_empty())
    }
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send text frames. Encoded once, however many get them; one WebSocket message for those who asked for batches.
    Send {
        /// Who gets them.
        to: Audience,
        /// JSON texts, in this order.
        frames: Vec<String>,
    },
    /// Check a token that a connection sent, and give what it grants to [`super::Input::Renewed`].
    Authenticate {
        /// Whose.
        slot: Slot,
        /// The id of that connection.
        connection: ConnectionId,
        /// The token as it came.
        token: String,
    },
    /// Keep with the socket what has changed about its connection.
    Remember {
        /// Which socket.
        slot: Slot,
        /// What its attachment is to hold.
        connection: Connection,
    },
    /// Close a socket. The room has already forgotten its slot.
    Close {
        /// Which.
        slot: Slot,
        /// Why.
        code: CloseCode,
    },
    /// Answer a call of [`super::Room::publish`]: what it brought is written and sent.
    Published {
        /// Which.
        ticket: Ticket,
        /// Why it was not, if it was not.
        fault: Option<Problem>,
    },
    /// Look how much each socket has not sent yet, and say so in [`super::Input::Unsent`].
    CheckUnsent,
    /// Look when each socket was last heard of, and say so in [`super::Input::Heartbeats`].
    CheckHeartbeats,
    /// Give a report to the directory, and say in [`super::Input::Reported`] what became of it.
    Report(Box<Report>),
    /// Bring something to somebody else, and say in [`super::Input::Delivered`] what came of it.
    Deliver(Delivery),
    /// Have operators know.
    Warn {
        /// What happened, in a word or two with hyphens.
        event: &'static str,
        /// More of it, without what people said.
        detail: String,
    },
}

/// What one turn leaves to be done.
#[must_use]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Things to do, in this order.
    pub list: Vec<Effect>,
    /// The room wants [`super::Input::Committed`] once what it wrote is on disk, to know how long that takes.
    pub time_commit: bool,
    /// What somebody may want to read in the log.
    pub notes: Vec<Note>,
}

/// Something worth a line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A moderator or a backend has done something.
    Moderated {
        /// What.
        action: Action,
        /// Who.
        actor: String,
        /// To whom, if to somebody.
        user: Option<UserId>,
    },
    /// The room has closed a socket.
    Closed {
        /// Whose.
        user: UserId,
        /// Why.
        code: CloseCode,
    },
    /// Something could not be written or read.
    StorageFailed(String),
}
