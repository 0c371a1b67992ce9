//! One turn of a room: what a kind may look at and change while it handles an input.

use super::history::History;
use super::wire::{self, Head, HistoryRequest, Refusal};
use super::{Audience, Connection, Effects, Roster, Slot};
use crate::access::Capability;
use crate::codes::ErrorCode;
use crate::ids::RoomName;
use crate::limits::Limits;
use crate::store::{Cursor, Store, StoreError};
use crate::time::Timestamp;

pub(crate) struct Turn<'a> {
    pub(crate) now: Timestamp,
    pub(crate) room: &'a RoomName,
    pub(crate) limits: &'a Limits,
    pub(crate) roster: &'a mut Roster,
    pub(crate) history: &'a mut History,
    pub(crate) store: &'a mut dyn Store,
    pub(crate) effects: Effects,
}

impl Turn<'_> {
    /// Tells a connection why its frame was not accepted.
    pub(crate) fn refuse(&mut self, slot: Slot, refusal: &Refusal) {
        self.effects.send(Audience::One(slot), refusal.frame());
    }

    /// The connection behind a slot, if its grant covers `capability`.
    pub(crate) fn allowed(
        &self,
        slot: Slot,
        capability: Capability,
    ) -> Result<&Connection, Refusal> {
        let connection = self.roster.get(slot);
        connection.filter(|connection| connection.grant.capabilities.has(capability)).ok_or_else(
            || {
                let message = format!("Your token does not allow {:?}.", capability.as_str());
                Refusal::new(ErrorCode::NotAllowed, message)
            },
        )
    }

    /// Answers `ping`.
    pub(super) fn pong(&mut self, slot: Slot, head: &Head<'_>) -> Result<(), Refusal> {
        self.effects.send(Audience::One(slot), wire::pong(&head.body()?));
        Ok(())
    }

    /// Answers `history`.
    pub(super) fn history_page(&mut self, slot: Slot, head: &Head<'_>) -> Result<(), Refusal> {
        self.allowed(slot, Capability::History)?;
        let request: HistoryRequest = head.body()?;
        let cursor = match (request.before, request.after) {
            (None, None) => Cursor::Latest,
            (Some(before), None) => Cursor::Before(before),
            (None, Some(after)) => Cursor::After(after),
            (Some(_), Some(_)) => {
                let message = "Give \"before\" or \"after\", not both.";
                return Err(Refusal::new(ErrorCode::InvalidFrame, message));
            }
        };
        let limit = request.limit.unwrap_or(self.limits.history_page);
        let limit = limit.clamp(1, self.limits.history_page_max);
        let page = self.store.page(cursor, limit)?;
        self.effects.send(Audience::One(slot), wire::history(&page));
        Ok(())
    }
}

impl From<StoreError> for Refusal {
    fn from(fault: StoreError) -> Self {
        Self::new(ErrorCode::StorageFailed, format!("Try again: {fault}."))
    }
}
