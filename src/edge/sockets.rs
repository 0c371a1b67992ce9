//! The sockets of a room by slot, and the effects performed on them. The only file that sends or closes.
//!
//! Invariant: while the room is awake, every socket in the table bears its slot, and no other socket bears one.

use wasm_bindgen::{JsCast, JsValue};

use super::bindings::{ObjectState, Socket};
use super::log;
use crate::codes::{CloseCode, close_reply};
use crate::ids::ConnectionId;
use crate::room::{Audience, Connection, Effect, Effects, Slot};

/// A token that a connection sent.
pub(super) struct Unchecked {
    pub(super) socket: Socket,
    pub(super) connection: ConnectionId,
    pub(super) token: String,
}

#[derive(Default)]
pub(super) struct Sockets {
    table: Vec<Option<Socket>>,
    free: Vec<Slot>,
}

impl Sockets {
    /// Every socket that the runtime holds for the room, and who it is. Called once a wake.
    ///
    /// Those that are closing are among them: their close event is still to come, and the room must know
    /// then who has left. Those that we closed ourselves bear no attachment and are left out.
    pub(super) fn restore(state: &ObjectState) -> Result<(Self, Vec<(Slot, Connection)>), JsValue> {
        let mut sockets = Self::default();
        let mut connections = Vec::new();
        for socket in state.sockets()?.iter() {
            let socket: Socket = socket.unchecked_into();
            let attachment = socket.attachment()?.as_string();
            let connection = attachment.and_then(|json| serde_json::from_str(&json).ok());
            if let Some(connection) = connection {
                connections.push((sockets.add(socket), connection));
            } else {
                socket.set_slot(None);
            }
        }
        Ok((sockets, connections))
    }

    /// Accepts a socket for hibernation and gives it a slot.
    pub(super) fn accept(
        &mut self,
        state: &ObjectState,
        socket: Socket,
        connection: &Connection,
    ) -> Result<Slot, JsValue> {
        // Ids and names of 128 characters at most: far below the 16 KiB of an attachment.
        let attachment = serde_json::to_string(connection).map_err(|e| e.to_string())?;
        state.accept(&socket)?;
        socket.set_attachment(&attachment.into())?;
        Ok(self.add(socket))
    }

    fn add(&mut self, socket: Socket) -> Slot {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.table.push(None);
            // The runtime holds 32,768 sockets a room at most.
            Slot(u32::try_from(self.table.len().saturating_sub(1)).unwrap_or(u32::MAX))
        });
        socket.set_slot(Some(slot.0));
        if let Some(place) = self.table.get_mut(slot.0 as usize) {
            *place = Some(socket);
        }
        slot
    }

    /// The slot of a socket that an event is about; none, if the room has done with it.
    pub(super) fn slot_of(&self, socket: &Socket) -> Option<Slot> {
        socket.slot().map(Slot).filter(|slot| self.get(*slot) == Some(socket))
    }

    /// Takes a socket out of the table.
    pub(super) fn remove(&mut self, slot: Slot) -> Option<Socket> {
        let socket = self.table.get_mut(slot.0 as usize)?.take()?;
        socket.set_slot(None);
        self.free.push(slot);
        Some(socket)
    }

    /// Performs effects in their order. What takes longer than a turn is left to the caller: tokens to be checked.
    pub(super) fn perform(&mut self, effects: Effects) -> Vec<Unchecked> {
        let mut tokens = Vec::new();
        for effect in effects.0 {
            match effect {
                Effect::Send { to, frame } => self.send(&to, &JsValue::from_str(&frame)),
                Effect::Authenticate { slot, connection, token } => {
                    let socket = self.get(slot).cloned();
                    tokens.extend(socket.map(|socket| Unchecked { socket, connection, token }));
                }
                Effect::Remember { slot, connection } => self.remember(slot, &connection),
                Effect::Close { slot, code } => self.close(slot, code),
            }
        }
        tokens
    }

    fn remember(&self, slot: Slot, connection: &Connection) {
        let Some(socket) = self.get(slot) else { return };
        let attachment = serde_json::to_string(connection).unwrap_or_default();
        if let Err(exception) = socket.set_attachment(&attachment.into()) {
            log::error("remember", None, &log::describe(&exception));
        }
    }

    /// Hands one JavaScript string to every recipient.
    fn send(&self, to: &Audience, frame: &JsValue) {
        let everybody = || self.table.iter().enumerate();
        match to {
            Audience::All => everybody().for_each(|(_, socket)| deliver(socket.as_ref(), frame)),
            Audience::One(slot) => deliver(self.get(*slot), frame),
            Audience::Only(slots) => slots.iter().for_each(|slot| deliver(self.get(*slot), frame)),
            Audience::Except(slots) => {
                let mut excluded = slots.iter().peekable();
                for (index, socket) in everybody() {
                    if excluded.next_if(|slot| slot.0 as usize == index).is_none() {
                        deliver(socket.as_ref(), frame);
                    }
                }
            }
        }
    }

    fn get(&self, slot: Slot) -> Option<&Socket> {
        self.table.get(slot.0 as usize)?.as_ref()
    }

    fn close(&mut self, slot: Slot, code: CloseCode) {
        if let Some(socket) = self.remove(slot) {
            // Without attachment it is nobody's, should the room wake before the socket is gone.
            ignore(socket.set_attachment(&JsValue::NULL));
            ignore(socket.close(code.number(), code.reason()));
        }
    }
}

/// Closes a socket that no room will ever know.
pub(super) fn abandon(socket: &Socket, code: CloseCode) {
    ignore(socket.close(code.number(), code.reason()));
}

/// Answers a peer's close frame. The runtime does not do it for hibernatable sockets, and until it is done the
/// peer waits.
pub(super) fn answer_close(socket: &Socket, code: u16, reason: &str) {
    ignore(socket.close(close_reply(code), reason));
}

fn deliver(socket: Option<&Socket>, frame: &JsValue) {
    if let Some(socket) = socket
        && let Err(exception) = socket.send(frame)
    {
        // One broken socket is no reason to keep a frame from the others. Its close event will come.
        log::error("send", None, &log::describe(&exception));
        abandon(socket, CloseCode::Internal);
    }
}

/// Closing what is closed already throws, and means nothing.
fn ignore(outcome: Result<(), JsValue>) {
    drop(outcome);
}
