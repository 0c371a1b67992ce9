//! The events kind: a backend publishes, clients listen. docs/protocol.md, section 4.

use serde::Serialize;

use crate::codes::ErrorCode;
use crate::ids::{RoomName, UserId, Username};
use crate::room::wire::{Head, Refusal, envelope};
use crate::room::{Connection, Departure, Kind, Slot, Turn};
use crate::time::Timestamp;

pub(crate) struct Events {
    persist: bool,
}

impl Events {
    pub(crate) fn new(persist: bool) -> Self {
        Self { persist }
    }
}

impl Kind for Events {
    fn connected(&mut self, turn: &mut Turn<'_>, slot: Slot, first: bool) {
        let Some(connection) = turn.roster.get(slot).filter(|_| first) else { return };
        let frame = presence("USER_JOINED", connection, turn.room, turn.now);
        turn.effects.send(turn.roster.others(&connection.grant.user_id), frame);
    }

    fn disconnected(&mut self, turn: &mut Turn<'_>, gone: &Departure) {
        if gone.last {
            let frame = presence("USER_LEFT", &gone.connection, turn.room, turn.now);
            turn.effects.send(turn.roster.others(&gone.connection.grant.user_id), frame);
        }
    }

    fn frame(&mut self, _: &mut Turn<'_>, _: Slot, head: &Head<'_>) -> Result<(), Refusal> {
        let message = format!("Only the backend publishes here: {:?} was dropped.", head.kind);
        Err(Refusal::new(ErrorCode::NotAllowed, message))
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        None
    }

    fn deadline_reached(&mut self, _: &mut Turn<'_>) {}

    fn persists_by_default(&self) -> bool {
        self.persist
    }
}

fn presence(kind: &str, connection: &Connection, room: &RoomName, now: Timestamp) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Presence<'a> {
        user_id: &'a UserId,
        user_name: &'a Username,
        project_id: &'a RoomName,
    }
    let payload = Presence {
        user_id: &connection.grant.user_id,
        user_name: &connection.grant.username,
        project_id: room,
    };
    envelope(kind, &payload, now, None)
}
