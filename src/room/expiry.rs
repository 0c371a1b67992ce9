//! When tokens end: a warning half a minute before, and a close.
//!
//! Invariant: `due` has one entry for each connection in the roster whose grant ends.

use super::{Connection, Roster, Slot};
use crate::sorted::Set;
use crate::time::Timestamp;

/// How long before the end a connection is warned, in milliseconds: enough to fetch a new token.
const WARNING_MS: u64 = 30_000;

#[derive(Default)]
pub(crate) struct Expiries {
    due: Set<(Timestamp, Slot)>,
}

impl Expiries {
    /// Those of a whole roster.
    pub(crate) fn new(roster: &Roster) -> Self {
        let due = |(slot, connection)| due(connection).map(|at| (at, slot));
        Self { due: roster.connections().filter_map(due).collect() }
    }

    pub(crate) fn watch(&mut self, slot: Slot, connection: &Connection) {
        if let Some(at) = due(connection) {
            self.due.insert((at, slot));
        }
    }

    pub(crate) fn forget(&mut self, slot: Slot, connection: &Connection) {
        if let Some(at) = due(connection) {
            self.due.remove(&(at, slot));
        }
    }

    /// The connections about which something is to be done, earliest first.
    pub(crate) fn due(&self, now: Timestamp) -> Vec<Slot> {
        self.due.iter().take_while(|(at, _)| *at <= now).map(|(_, slot)| *slot).collect()
    }

    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }
}

/// When something is next to be done about a connection: the warning, or the end.
fn due(connection: &Connection) -> Option<Timestamp> {
    let end = connection.grant.expires_at?;
    Some(if connection.warned { end } else { end.minus_millis(WARNING_MS) })
}
