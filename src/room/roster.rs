//! Who is in a room: connections, and the users behind them.
//!
//! Presence goes by user: a second connection of a user is no join, and closing one of two is no leave.
//! Invariant: `users` and `by_id` are indexes of `connections` and can be rebuilt from it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Audience;
use crate::access::Grant;
use crate::ids::{ConnectionId, UserId, Username};

/// The number of a socket in the shell's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot(pub u32);

/// Somebody who is in. This is what a socket's attachment holds, so that it outlives hibernation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// `_pk`, or what the edge chose.
    pub id: ConnectionId,
    /// Who it is, and what it may do.
    pub grant: Grant,
    /// It was told that its token is about to end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub warned: bool,
}

/// A connection that has left the roster.
pub(crate) struct Departure {
    pub(crate) slot: Slot,
    pub(crate) connection: Connection,
    /// It was the last one of its user.
    pub(crate) last: bool,
}

#[derive(Default)]
pub(crate) struct Roster {
    connections: BTreeMap<Slot, Connection>,
    by_id: BTreeMap<ConnectionId, Slot>,
    users: BTreeMap<UserId, BTreeSet<Slot>>,
}

impl Roster {
    /// Adds a connection; says whether it is the first of its user.
    pub(crate) fn join(&mut self, slot: Slot, connection: Connection) -> bool {
        self.by_id.insert(connection.id.clone(), slot);
        let slots = self.users.entry(connection.grant.user_id.clone()).or_default();
        let first = slots.is_empty();
        slots.insert(slot);
        self.connections.insert(slot, connection);
        first
    }

    /// Removes a connection, if the slot holds one.
    pub(crate) fn leave(&mut self, slot: Slot) -> Option<Departure> {
        let connection = self.connections.remove(&slot)?;
        // A newer connection may have taken the id over.
        if self.by_id.get(&connection.id) == Some(&slot) {
            self.by_id.remove(&connection.id);
        }
        let user = &connection.grant.user_id;
        let slots = self.users.get_mut(user)?;
        slots.remove(&slot);
        let last = slots.is_empty();
        if last {
            self.users.remove(user);
        }
        Some(Departure { slot, connection, last })
    }

    pub(crate) fn get(&self, slot: Slot) -> Option<&Connection> {
        self.connections.get(&slot)
    }

    pub(crate) fn get_mut(&mut self, slot: Slot) -> Option<&mut Connection> {
        self.connections.get_mut(&slot)
    }

    pub(crate) fn slot_of(&self, id: &ConnectionId) -> Option<Slot> {
        self.by_id.get(id).copied()
    }

    /// Every user with the name of one of their connections.
    pub(crate) fn users(&self) -> impl Iterator<Item = (&UserId, &Username)> {
        self.users.iter().filter_map(|(user, slots)| {
            let connection = self.connections.get(slots.last()?)?;
            Some((user, &connection.grant.username))
        })
    }

    pub(crate) fn user_count(&self) -> usize {
        self.users.len()
    }

    /// Everybody but the connections of `user`.
    pub(crate) fn others(&self, user: &UserId) -> Audience {
        self.audience(None, Some(user), None)
    }

    /// Who is left of everybody, or of `only`, without the excluded.
    pub(crate) fn audience(
        &self,
        only: Option<&[UserId]>,
        without_user: Option<&UserId>,
        without_connection: Option<&ConnectionId>,
    ) -> Audience {
        let mut excluded = BTreeSet::new();
        excluded.extend(without_user.into_iter().flat_map(|user| self.slots(user)));
        excluded.extend(without_connection.and_then(|id| self.slot_of(id)));
        match only {
            Some(users) => {
                let slots: BTreeSet<_> = users.iter().flat_map(|user| self.slots(user)).collect();
                Audience::Only(slots.difference(&excluded).copied().collect())
            }
            None if excluded.is_empty() => Audience::All,
            None => Audience::Except(excluded.into_iter().collect()),
        }
    }

    /// How many connections are in an audience.
    pub(crate) fn count(&self, audience: &Audience) -> usize {
        match audience {
            Audience::All => self.connections.len(),
            Audience::One(_) => 1,
            Audience::Except(slots) => self.connections.len().saturating_sub(slots.len()),
            Audience::Only(slots) => slots.len(),
        }
    }

    pub(crate) fn slots(&self, user: &UserId) -> impl Iterator<Item = Slot> {
        self.users.get(user).into_iter().flatten().copied()
    }
}
