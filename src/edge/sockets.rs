//! The sockets of a room by slot, and the effects performed on them. The only file that sends or closes.
//!
//! A frame is turned into a JavaScript string once, however many get it; several for those who take batches into one.
//!
//! Invariant: while the room is awake, every socket in the table bears its slot, and no other socket bears one.

use wasm_bindgen::{JsCast, JsValue};

use super::bindings::{ObjectState, Socket};
use super::log;
use crate::codes::{CloseCode, close_reply};
use crate::ids::ConnectionId;
use crate::json;
use crate::metrics::Report;
use crate::problem::Problem;
use crate::room::{Audience, Connection, Delivery, Effect, Slot, Ticket};
use crate::time::Timestamp;

/// How long a batch may be, in bytes. A longer one is sent in parts: a client's memory is not ours to fill.
const BATCH_BYTES: usize = 1024 * 1024;

/// A token that a connection sent.
pub(super) struct Unchecked {
    pub(super) socket: Socket,
    pub(super) connection: ConnectionId,
    pub(super) token: String,
}

/// What performing effects leaves to the caller, because it takes longer than a turn or begins a new one.
#[derive(Default)]
pub(super) struct Leftover {
    pub(super) tokens: Vec<Unchecked>,
    pub(super) check_heartbeats: bool,
    pub(super) check_unsent: bool,
    pub(super) report: Option<Report>,
    pub(super) deliveries: Vec<Delivery>,
    /// Calls that can be answered, and what was wrong.
    pub(super) published: Vec<(Ticket, Option<Problem>)>,
    pub(super) warnings: Vec<(&'static str, String)>,
}

impl Leftover {
    /// Adds what other effects have left.
    pub(super) fn add(&mut self, other: Self) {
        self.tokens.extend(other.tokens);
        self.check_heartbeats |= other.check_heartbeats;
        self.check_unsent |= other.check_unsent;
        self.report = self.report.take().or(other.report);
        self.deliveries.extend(other.deliveries);
        self.published.extend(other.published);
        self.warnings.extend(other.warnings);
    }
}

#[derive(Default)]
pub(super) struct Sockets {
    table: Vec<Option<Place>>,
    free: Vec<Slot>,
}

struct Place {
    socket: Socket,
    /// It takes several frames in one message.
    batch: bool,
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
            let connection: Option<Connection> = attachment.and_then(|json| json::read(&json).ok());
            if let Some(connection) = connection {
                let batch = connection.batch;
                connections.push((sockets.add(socket, batch), connection));
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
        Ok(self.add(socket, connection.batch))
    }

    fn add(&mut self, socket: Socket, batch: bool) -> Slot {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.table.push(None);
            // The runtime holds 32,768 sockets a room at most.
            Slot(u32::try_from(self.table.len().saturating_sub(1)).unwrap_or(u32::MAX))
        });
        socket.set_slot(Some(slot.0));
        if let Some(place) = self.table.get_mut(slot.0 as usize) {
            *place = Some(Place { socket, batch });
        }
        slot
    }

    /// The slot of a socket that an event is about; none, if the room has done with it.
    pub(super) fn slot_of(&self, socket: &Socket) -> Option<Slot> {
        socket.slot().map(Slot).filter(|slot| self.get(*slot) == Some(socket))
    }

    /// Takes a socket out of the table.
    pub(super) fn remove(&mut self, slot: Slot) -> Option<Socket> {
        let Place { socket, .. } = self.table.get_mut(slot.0 as usize)?.take()?;
        socket.set_slot(None);
        self.free.push(slot);
        Some(socket)
    }

    /// Performs effects in their order.
    pub(super) fn perform(&mut self, effects: Vec<Effect>) -> Leftover {
        let mut leftover = Leftover::default();
        for effect in effects {
            match effect {
                Effect::Send { to, frames } => self.send(&to, &frames),
                Effect::Authenticate { slot, connection, token } => {
                    let socket = self.get(slot).cloned();
                    let unchecked = socket.map(|socket| Unchecked { socket, connection, token });
                    leftover.tokens.extend(unchecked);
                }
                Effect::Remember { slot, connection } => self.remember(slot, &connection),
                Effect::Close { slot, code } => self.close(slot, code),
                Effect::Published { ticket, fault } => leftover.published.push((ticket, fault)),
                Effect::CheckHeartbeats => leftover.check_heartbeats = true,
                Effect::CheckUnsent => leftover.check_unsent = true,
                Effect::Report(report) => leftover.report = Some(*report),
                Effect::Deliver(delivery) => leftover.deliveries.push(delivery),
                Effect::Warn { event, detail } => leftover.warnings.push((event, detail)),
            }
        }
        leftover
    }

    /// When the runtime last answered a heartbeat of each socket.
    pub(super) fn heard(&self, state: &ObjectState) -> Vec<(Slot, Option<Timestamp>)> {
        let places = (0u32..).map(Slot).zip(&self.table);
        let heard = places.filter_map(|(slot, place)| {
            let at = state.auto_response_at(&place.as_ref()?.socket).ok()?;
            let millis = at.map(|date| Timestamp::from_millis(date.get_time() as u64));
            Some((slot, millis))
        });
        heard.collect()
    }

    /// How many bytes each socket still holds, if it holds any.
    pub(super) fn unsent(&self) -> Vec<(Slot, usize)> {
        let places = (0u32..).map(Slot).zip(&self.table);
        let unsent = places.filter_map(|(slot, place)| {
            let bytes = place.as_ref()?.socket.buffered_amount()? as usize;
            (bytes > 0).then_some((slot, bytes))
        });
        unsent.collect()
    }

    fn remember(&self, slot: Slot, connection: &Connection) {
        let Some(socket) = self.get(slot) else { return };
        let attachment = serde_json::to_string(connection).unwrap_or_default();
        if let Err(exception) = socket.set_attachment(&attachment.into()) {
            log::error("remember", None, &log::describe(&exception));
        }
    }

    /// Hands the same JavaScript strings to every recipient.
    fn send(&self, to: &Audience, frames: &[String]) {
        let mut outgoing = Outgoing::new(frames);
        let everybody = || self.table.iter().enumerate();
        match to {
            Audience::All => everybody().for_each(|(_, place)| outgoing.to(place.as_ref())),
            Audience::One(slot) => outgoing.to(self.place(*slot)),
            Audience::Only(slots) => slots.iter().for_each(|slot| outgoing.to(self.place(*slot))),
            Audience::Except(slots) => {
                let mut excluded = slots.iter().peekable();
                for (index, place) in everybody() {
                    if excluded.next_if(|slot| slot.0 as usize == index).is_none() {
                        outgoing.to(place.as_ref());
                    }
                }
            }
        }
    }

    fn place(&self, slot: Slot) -> Option<&Place> {
        self.table.get(slot.0 as usize)?.as_ref()
    }

    fn get(&self, slot: Slot) -> Option<&Socket> {
        self.place(slot).map(|place| &place.socket)
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

/// Frames on their way out, in both forms; each is made when the first recipient wants it.
struct Outgoing<'a> {
    frames: &'a [String],
    single: Vec<JsValue>,
    batches: Vec<JsValue>,
}

impl<'a> Outgoing<'a> {
    fn new(frames: &'a [String]) -> Self {
        Self { frames, single: Vec::new(), batches: Vec::new() }
    }

    fn to(&mut self, place: Option<&Place>) {
        let Some(Place { socket, batch }) = place else { return };
        let texts = if *batch && self.frames.len() > 1 {
            if self.batches.is_empty() {
                self.batches = batches(self.frames);
            }
            &self.batches
        } else {
            if self.single.is_empty() {
                self.single = self.frames.iter().map(|frame| JsValue::from_str(frame)).collect();
            }
            &self.single
        };
        for text in texts {
            deliver(socket, text);
        }
    }
}

/// JSON arrays of frames.
fn batches(frames: &[String]) -> Vec<JsValue> {
    let mut batches = Vec::new();
    let mut batch = String::new();
    for frame in frames {
        if !batch.is_empty() && batch.len().saturating_add(frame.len()) > BATCH_BYTES {
            batches.push(JsValue::from_str(&format!("[{batch}]")));
            batch.clear();
        }
        if !batch.is_empty() {
            batch.push(',');
        }
        batch.push_str(frame);
    }
    batches.push(JsValue::from_str(&format!("[{batch}]")));
    batches
}

fn deliver(socket: &Socket, frame: &JsValue) {
    if let Err(exception) = socket.send(frame) {
        // One broken socket is no reason to keep a frame from the others. Its close event will come.
        log::error("send", None, &log::describe(&exception));
        abandon(socket, CloseCode::Internal);
    }
}

/// Closing what is closed already throws, and means nothing.
fn ignore(outcome: Result<(), JsValue>) {
    drop(outcome);
}
