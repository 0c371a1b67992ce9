//! The events kind: a backend publishes, clients listen. docs/protocol.md, section 4.

use serde::Serialize;

use crate::codes::ErrorCode;
use crate::ids::{RoomName, UserId, Username};
use crate::room::wire::{Head, Refusal, envelope};
use crate::room::{Answer, Change, Departure, Kind, Query, Slot, Turn};
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
    fn connected(&mut self, turn: &mut Turn<'_>, slot: Slot, asked: bool, recovered: bool) {
        // Clients that know nothing but envelopes get nothing else.
        if asked {
            turn.greet(slot, recovered);
        }
    }

    fn disconnected(&mut self, _: &mut Turn<'_>, _: &Departure) {}

    fn people_changed(&mut self, turn: &mut Turn<'_>, changes: &[Change]) {
        if turn.roster.is_empty() {
            return;
        }
        for change in changes {
            let (kind, user_id, username) = match change {
                Change::Joined(person) => ("USER_JOINED", &person.user_id, &person.username),
                Change::Left { user_id, username } => ("USER_LEFT", user_id, username),
                Change::Updated(_) => continue,
            };
            let frame = presence(kind, user_id, username, &turn.settings.name, turn.now);
            turn.send(turn.roster.others_seeing(user_id), frame);
        }
    }

    fn frame(&mut self, _: &mut Turn<'_>, _: Slot, head: &Head<'_>) -> Result<(), Refusal> {
        let message = format!("Only the backend publishes here: {:?} was dropped.", head.kind);
        Err(Refusal::new(ErrorCode::NotAllowed, message))
    }

    fn query(&mut self, _: &mut Turn<'_>, _: &Query, _: Answer) -> Result<Answer, Refusal> {
        let message = "A room of this kind has nothing of that.";
        Err(Refusal::new(ErrorCode::NotEnabled, message))
    }

    fn erased(&mut self, _: Option<&UserId>) {}

    fn next_deadline(&self) -> Option<Timestamp> {
        None
    }

    fn deadline_reached(&mut self, _: &mut Turn<'_>) {}

    fn persists_by_default(&self) -> bool {
        self.persist
    }
}

fn presence(
    kind: &str,
    user_id: &UserId,
    user_name: &Username,
    project_id: &RoomName,
    now: Timestamp,
) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Presence<'a> {
        user_id: &'a UserId,
        user_name: &'a Username,
        project_id: &'a RoomName,
    }
    envelope(kind, &Presence { user_id, user_name, project_id }, now, None, None)
}
