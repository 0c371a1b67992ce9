//! Who is connected: connections, and the users behind them. Who is *present* is more than that: [`super::presence`].
//!
//! Invariant: all other fields are indexes of `connections` and can be rebuilt from it.

use serde::{Deserialize, Serialize};

use super::Audience;
use super::presence::Appearance;
use crate::access::{Capability, Grant};
use crate::ids::{ConnectionId, UserId};
use crate::sorted::{Map, Set};
use crate::store::Seq;

/// The number of a socket in the shell's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot(pub u32);

/// Somebody who is connected. This is what a socket's attachment holds, so that it outlives hibernation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// `_pk`, or what the edge chose.
    pub id: ConnectionId,
    /// Who it is, and what it may do.
    pub grant: Grant,
    /// It takes several frames in one WebSocket message.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub batch: bool,
    /// It was told that its token is about to end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub warned: bool,
    /// It is being brought up to date, and has everything up to here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Seq>,
    /// What it has said about itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appearance: Option<Appearance>,
}

impl Connection {
    /// A connection as it comes in.
    pub fn new(id: ConnectionId, grant: Grant, batch: bool) -> Self {
        Self { id, grant, batch, warned: false, behind: None, appearance: None }
    }

    fn sees_presence(&self) -> bool {
        self.grant.capabilities.has(Capability::Presence)
    }
}

/// A connection that has left the roster.
pub(crate) struct Departure {
    pub(crate) slot: Slot,
    pub(crate) connection: Connection,
}

#[derive(Default)]
pub(crate) struct Roster {
    /// Boxed: what is behind another one is moved when that one goes.
    connections: Map<Slot, Box<Connection>>,
    by_id: Map<ConnectionId, Slot>,
    users: Map<UserId, Set<Slot>>,
    marks: Marks,
}

/// What is told to some connections in another way than to most.
#[derive(Default)]
struct Marks {
    /// Those that take batches.
    batching: Set<Slot>,
    /// Those that are being brought up to date.
    behind: Set<Slot>,
    /// Those that may not see who is here.
    blind: Set<Slot>,
}

impl Marks {
    fn note(&mut self, slot: Slot, connection: &Connection) {
        let Self { batching, behind, blind } = self;
        for (marked, belongs) in [
            (batching, connection.batch),
            (behind, connection.behind.is_some()),
            (blind, !connection.sees_presence()),
        ] {
            if belongs {
                marked.insert(slot);
            } else {
                marked.remove(&slot);
            }
        }
    }

    fn forget(&mut self, slot: Slot) {
        let Self { batching, behind, blind } = self;
        for marked in [batching, behind, blind] {
            marked.remove(&slot);
        }
    }
}

impl Roster {
    /// All connections of a room that wakes.
    pub(crate) fn new(connections: impl IntoIterator<Item = (Slot, Connection)>) -> Self {
        let boxed = |(slot, connection)| (slot, Box::new(connection));
        let connections: Map<Slot, Box<Connection>> = connections.into_iter().map(boxed).collect();
        let mut roster = Self::default();
        // Each of these is in order, so that everything is put at an end.
        for (slot, connection) in &connections {
            roster.marks.note(*slot, connection);
        }
        let ids: Set<_> =
            connections.iter().map(|(slot, connection)| (connection.id.clone(), *slot)).collect();
        for (id, slot) in ids {
            roster.by_id.insert(id, slot);
        }
        let user = |connection: &Connection| connection.grant.user_id.clone();
        let users: Set<_> =
            connections.iter().map(|(slot, connection)| (user(connection), *slot)).collect();
        for (user, slot) in users {
            roster.users.entry(user).or_default().insert(slot);
        }
        roster.connections = connections;
        roster
    }

    pub(crate) fn join(&mut self, slot: Slot, connection: Connection) {
        self.by_id.insert(connection.id.clone(), slot);
        self.users.entry(connection.grant.user_id.clone()).or_default().insert(slot);
        self.marks.note(slot, &connection);
        self.connections.insert(slot, Box::new(connection));
    }

    /// Removes a connection, if the slot holds one.
    pub(crate) fn leave(&mut self, slot: Slot) -> Option<Departure> {
        let connection = self.connections.remove(&slot)?;
        // A newer connection may have taken the id over.
        if self.by_id.get(&connection.id) == Some(&slot) {
            self.by_id.remove(&connection.id);
        }
        if let Some(slots) = self.users.get_mut(&connection.grant.user_id) {
            slots.remove(&slot);
            if slots.is_empty() {
                self.users.remove(&connection.grant.user_id);
            }
        }
        self.marks.forget(slot);
        Some(Departure { slot, connection: *connection })
    }

    pub(crate) fn get(&self, slot: Slot) -> Option<&Connection> {
        self.connections.get(&slot).map(Box::as_ref)
    }

    /// Changes a connection. Its id and its user stay as they are.
    pub(crate) fn change(
        &mut self,
        slot: Slot,
        change: impl FnOnce(&mut Connection),
    ) -> Option<&Connection> {
        let connection = self.connections.get_mut(&slot)?;
        change(connection);
        self.marks.note(slot, connection);
        Some(connection)
    }

    pub(crate) fn slot_of(&self, id: &ConnectionId) -> Option<Slot> {
        self.by_id.get(id).copied()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.connections.len()
    }

    /// Every connection.
    pub(crate) fn connections(&self) -> impl Iterator<Item = (Slot, &Connection)> {
        self.connections.iter().map(|(slot, connection)| (*slot, connection.as_ref()))
    }

    pub(crate) fn user_count(&self) -> usize {
        self.users.len()
    }

    /// Every user who is connected.
    pub(crate) fn users(&self) -> impl Iterator<Item = &UserId> {
        self.users.keys()
    }

    pub(crate) fn slots(&self, user: &UserId) -> impl Iterator<Item = Slot> {
        self.users.get(user).into_iter().flatten().copied()
    }

    /// The connections of a user that are shown to others.
    pub(crate) fn shown(&self, user: &UserId) -> impl Iterator<Item = &Connection> {
        let shown = self.slots(user).filter(|slot| !self.marks.blind.contains(slot));
        shown.filter_map(|slot| self.get(slot))
    }

    /// How many users are shown to others.
    pub(crate) fn shown_count(&self) -> usize {
        if self.marks.blind.is_empty() {
            return self.users.len();
        }
        let shown = |slots: &&Set<Slot>| slots.iter().any(|slot| !self.marks.blind.contains(slot));
        self.users.values().filter(shown).count()
    }

    /// Those that are being brought up to date.
    pub(crate) fn behind(&self) -> impl Iterator<Item = Slot> {
        self.marks.behind.iter().copied()
    }

    /// Everybody who gets what is new in the history: those behind get it in its turn.
    pub(crate) fn up_to_date(&self) -> Audience {
        except(self.marks.behind.clone())
    }

    /// Everybody but the connections of `user`.
    pub(crate) fn others(&self, user: &UserId) -> Audience {
        except(self.slots(user).collect())
    }

    /// Everybody who may see who is here.
    pub(crate) fn seeing(&self) -> Audience {
        except(self.marks.blind.clone())
    }

    /// The same without the connections of `user`.
    pub(crate) fn others_seeing(&self, user: &UserId) -> Audience {
        except(self.slots(user).chain(self.marks.blind.iter().copied()).collect())
    }

    /// Everybody who may see who is here, those who take batches and those who do not.
    pub(crate) fn seeing_by_batch(&self) -> (Audience, Audience) {
        let seeing = |slot: &&Slot| !self.marks.blind.contains(slot);
        let batching = self.marks.batching.iter().filter(seeing).copied().collect();
        let plain = self.connections.keys().filter(seeing);
        let plain = plain.filter(|slot| !self.marks.batching.contains(slot)).copied().collect();
        (Audience::Only(batching), Audience::Only(plain))
    }

    /// Just these users, or everybody, without the excluded.
    pub(crate) fn audience(
        &self,
        only: Option<&[UserId]>,
        without_user: Option<&UserId>,
        without_connection: Option<&ConnectionId>,
    ) -> Audience {
        let users = without_user.into_iter().flat_map(|user| self.slots(user));
        let connection = without_connection.and_then(|id| self.slot_of(id));
        let excluded: Set<_> = users.chain(connection).collect();
        match only {
            Some(users) => {
                let slots: Set<_> = users.iter().flat_map(|user| self.slots(user)).collect();
                Audience::Only(slots.into_iter().filter(|slot| !excluded.contains(slot)).collect())
            }
            None => except(excluded),
        }
    }

    /// An audience without those that are being brought up to date.
    pub(crate) fn without_behind(&self, audience: Audience) -> Audience {
        without(audience, &self.marks.behind)
    }

    /// Those who take batches, and with them count entries, and are not in an audience.
    pub(crate) fn counting_without(&self, audience: &Audience) -> Audience {
        let counting = |slot: &&Slot| !self.marks.behind.contains(slot);
        let counting = self.marks.batching.iter().filter(counting).copied();
        Audience::Only(match audience {
            Audience::All => Vec::new(),
            Audience::One(one) => counting.filter(|slot| slot != one).collect(),
            Audience::Except(slots) => counting.filter(|slot| slots.contains(slot)).collect(),
            Audience::Only(slots) => counting.filter(|slot| !slots.contains(slot)).collect(),
        })
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
}

/// An audience without some.
pub(super) fn without(audience: Audience, some: &Set<Slot>) -> Audience {
    let kept = |slot: &Slot| !some.contains(slot);
    match audience {
        audience if some.is_empty() => audience,
        Audience::All => except(some.clone()),
        Audience::One(slot) => Audience::Only(Vec::from_iter(Some(slot).filter(kept))),
        Audience::Only(slots) => Audience::Only(slots.into_iter().filter(kept).collect()),
        Audience::Except(slots) => except(slots.into_iter().chain(some.iter().copied()).collect()),
    }
}

fn except(excluded: Set<Slot>) -> Audience {
    if excluded.is_empty() { Audience::All } else { Audience::Except(excluded.into()) }
}
