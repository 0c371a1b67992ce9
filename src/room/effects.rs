//! What a room wants done. Data: the shell performs it, tests compare it.

use super::{Connection, Slot};
use crate::codes::CloseCode;
use crate::ids::ConnectionId;

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

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send a text frame. Encoded once, however many get it.
    Send {
        /// Who gets it.
        to: Audience,
        /// JSON text.
        frame: String,
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
}

/// Things to do, in this order.
#[must_use]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Effects(pub Vec<Effect>);

impl Effects {
    pub(crate) fn send(&mut self, to: Audience, frame: String) {
        let nobody = matches!(&to, Audience::Only(slots) if slots.is_empty());
        if !nobody {
            self.0.push(Effect::Send { to, frame });
        }
    }

    pub(crate) fn close(&mut self, slot: Slot, code: CloseCode) {
        self.0.push(Effect::Close { slot, code });
    }
}
