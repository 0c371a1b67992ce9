//! Coming in: who takes whose place, where they go on from, and who is told.

use super::{Connection, Ending, Kind, Since, Slot, Turn};
use crate::access::Capability;
use crate::codes::CloseCode;

/// Takes in a connection that [may enter](super::Room::may_enter).
pub(super) fn connect(
    turn: &mut Turn<'_>,
    kind: &mut dyn Kind,
    slot: Slot,
    mut connection: Connection,
    since: Option<&Since>,
) {
    let resumed = turn.resume_from(since);
    let asked = since.is_some() || connection.batch;
    let earlier = turn.roster.slot_of(&connection.id);
    turn.expiries.watch(slot, &connection);
    turn.heartbeats.connected(turn.limits, turn.now);
    connection.behind = None;
    turn.roster.join(slot, connection.clone());
    let shown = connection.grant.capabilities.has(Capability::Presence);
    let replaced = earlier.and_then(|earlier| turn.roster.get(earlier)).cloned();
    // The same user goes on in the newcomer: nobody has left, and nobody has come.
    let replaced = replaced.filter(|earlier| {
        let both_shown = shown && earlier.grant.capabilities.has(Capability::Presence);
        both_shown && earlier.grant.user_id == connection.grant.user_id
    });
    if let Some(earlier) = earlier {
        let ending = if replaced.is_some() { Ending::Superseded } else { Ending::Expelled };
        turn.close_as(earlier, CloseCode::Superseded, ending);
    }
    let (appearance, change) = match replaced {
        Some(earlier) => {
            let change = turn.presence.replaced(turn.roster, &earlier, &connection, turn.now);
            (earlier.appearance, change)
        }
        None if shown => turn.presence.connected(turn.roster, &connection, turn.now),
        None => (None, None),
    };
    turn.changes.extend(change);
    if shown {
        turn.attends(&connection.grant.user_id, &connection.grant.username);
    }
    if appearance.is_some() {
        turn.change(slot, |connection| connection.appearance = appearance);
    }
    kind.connected(turn, slot, asked, resumed.is_some());
    if let Some(seq) = resumed {
        turn.catch_up_from(slot, seq);
    }
}
