//! Peers that have vanished without closing, found by the heartbeats that no longer come.
//!
//! The runtime answers heartbeats without waking the room and remembers when it did. So the room asks from time to time: after a
//! wake, and then every two heartbeats as long as somebody sends any. Who never sends one is never taken for dead.

use super::{Roster, Slot};
use crate::limits::Limits;
use crate::sorted::Set;
use crate::time::Timestamp;

#[derive(Default)]
pub(crate) struct Heartbeats {
    next: Option<Timestamp>,
    /// Connections of which it is known that they send none.
    mute: Set<Slot>,
}

impl Heartbeats {
    /// Somebody has come.
    pub(crate) fn connected(&mut self, limits: &Limits, now: Timestamp) {
        let soon = now.plus_millis(limits.heartbeat_ms.saturating_mul(2));
        self.next.get_or_insert(soon);
    }

    /// The room has woken with somebody in it.
    pub(crate) fn woken(&mut self, now: Timestamp) {
        self.next = Some(now);
    }

    pub(crate) fn disconnected(&mut self, slot: Slot) {
        self.mute.remove(&slot);
    }

    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.next
    }

    /// Whether the runtime is to be asked now.
    pub(crate) fn is_due(&mut self, now: Timestamp) -> bool {
        self.next.take_if(|next| *next <= now).is_some()
    }

    /// The connections that are dead, by when each was last heard of.
    pub(crate) fn judge(
        &mut self,
        roster: &Roster,
        heard: &[(Slot, Option<Timestamp>)],
        limits: &Limits,
        now: Timestamp,
    ) -> Vec<Slot> {
        let patience_ms = limits.heartbeat_ms.saturating_mul(5) / 2;
        let mut dead = Vec::new();
        for (slot, heard) in heard.iter().filter(|(slot, _)| roster.get(*slot).is_some()) {
            match heard {
                Some(heard) if now.millis_since(*heard) > patience_ms => dead.push(*slot),
                Some(_) => {
                    self.mute.remove(slot);
                }
                None => {
                    self.mute.insert(*slot);
                }
            }
        }
        self.next = None;
        if self.mute.len() < roster.len().saturating_sub(dead.len()) {
            self.connected(limits, now);
        }
        dead
    }
}
