//! One turn of a room: what a kind may look at and change while it handles an input.

use super::expiry::Expiries;
use super::flow::{Flow, Spending};
use super::history::History;
use super::moderation::{Action, Moderation, Outcome, Request};
use super::wire::{self, Auth, Head, HistoryRequest, Refusal};
use super::{Audience, Connection, Effect, Effects, Kind, Roster, Slot, disconnect};
use crate::access::Capability;
use crate::codes::{CloseCode, ErrorCode};
use crate::ids::RoomName;
use crate::limits::Limits;
use crate::store::{Cursor, Rule, Store, StoreError};
use crate::time::Timestamp;

/// What a moderator may say about an action, in bytes. It is kept for ever.
const REASON_BYTES: usize = 1024;

pub(crate) struct Turn<'a> {
    pub(crate) now: Timestamp,
    pub(crate) room: &'a RoomName,
    pub(crate) limits: &'a Limits,
    pub(crate) roster: &'a mut Roster,
    pub(crate) history: &'a mut History,
    pub(super) flow: &'a mut Flow,
    pub(super) moderation: &'a mut Moderation,
    pub(super) expiries: &'a mut Expiries,
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

    /// Counts what a frame asks for.
    pub(crate) fn spend(&mut self, slot: Slot, spending: Spending) -> Result<(), Refusal> {
        let Some(connection) = self.roster.get(slot) else { return Ok(()) };
        self.flow.spend(&self.limits.rates, connection, spending, self.now).map_err(Refusal::from)
    }

    /// Whether a connection's user may send a message now, who then counts as having sent one.
    pub(crate) fn may_speak(&mut self, slot: Slot) -> Result<(), Refusal> {
        let Some(connection) = self.roster.get(slot) else { return Ok(()) };
        self.moderation.may_speak(&connection.grant, self.now).map_err(Refusal::from)
    }

    /// Changes a connection, and has its socket remember it.
    pub(super) fn change(&mut self, slot: Slot, change: impl FnOnce(&mut Connection)) {
        let Some(connection) = self.roster.get_mut(slot) else { return };
        self.expiries.forget(slot, connection);
        change(connection);
        self.expiries.watch(slot, connection);
        let connection = connection.clone();
        self.effects.0.push(Effect::Remember { slot, connection });
    }

    /// Takes `auth`: the shell checks the token and comes back with [`super::Input::Renewed`].
    pub(super) fn authenticate(&mut self, slot: Slot, head: &Head<'_>) -> Result<(), Refusal> {
        self.spend(slot, Spending::History)?;
        let Auth { token } = head.body()?;
        if let Some(connection) = self.roster.get(slot) {
            let (connection, token) = (connection.id.clone(), token.into_owned());
            self.effects.0.push(Effect::Authenticate { slot, connection, token });
        }
        Ok(())
    }

    /// Does what a moderator asks for.
    pub(super) fn moderate(
        &mut self,
        kind: &mut dyn Kind,
        actor: &str,
        action: Action,
        request: &Request,
    ) -> Result<Outcome, Refusal> {
        let lacks = |field: &str| {
            let message = format!("{:?} needs {field:?}.", action.as_str());
            Refusal::new(ErrorCode::InvalidFrame, message)
        };
        if request.reason.as_ref().is_some_and(|reason| reason.len() > REASON_BYTES) {
            let message = format!("\"reason\" may have {REASON_BYTES} bytes at most.");
            return Err(Refusal::new(ErrorCode::InvalidFrame, message));
        }
        let user = || request.user_id.clone().ok_or_else(|| lacks("userId"));
        let mut targets: Vec<Slot> = Vec::new();
        let mut close = CloseCode::Kicked;
        let rule = match action {
            Action::Kick => {
                match (&request.user_id, &request.connection_id) {
                    (_, Some(id)) => targets.extend(self.roster.slot_of(id)),
                    (Some(user), None) => targets.extend(self.roster.slots(user)),
                    (None, None) => return Err(lacks("userId")),
                }
                None
            }
            Action::Ban => {
                let user = user()?;
                targets.extend(self.roster.slots(&user));
                close = CloseCode::Banned;
                Some(Rule::Ban { user, until: request.until })
            }
            Action::Mute => Some(Rule::Mute { user: user()?, until: request.until }),
            Action::Revoke => {
                let user = user()?;
                let issued_before = request.issued_before.unwrap_or(self.now);
                close = CloseCode::TokenEnded;
                let too_old = |slot: &Slot| {
                    let issued = self.roster.get(*slot).and_then(|one| one.grant.issued_at);
                    issued.is_none_or(|issued| issued < issued_before)
                };
                targets.extend(self.roster.slots(&user).filter(too_old));
                Some(Rule::Revoke { user, issued_before })
            }
            Action::SlowMode => {
                let seconds = request.seconds.ok_or_else(|| lacks("seconds"))?;
                Some(Rule::SlowMode { millis: u64::from(seconds).saturating_mul(1000) })
            }
            Action::Unban => {
                let user = user()?;
                self.store.remove_rule("ban", user.as_str())?;
                self.moderation.unban(&user);
                None
            }
            Action::Unmute => {
                let user = user()?;
                self.store.remove_rule("mute", user.as_str())?;
                self.moderation.unmute(&user);
                None
            }
        };
        let outcome = Outcome::new(action, request, targets.len());
        self.store.audit(&wire::audit(actor, self.now, &outcome))?;
        if let Some(rule) = rule {
            self.store.put_rule(&rule)?;
            self.moderation.apply(&rule);
        }
        self.announce(action, request, &outcome);
        for slot in targets {
            self.effects.close(slot, close);
            disconnect(self, kind, slot);
        }
        Ok(outcome)
    }

    /// Tells those whom it concerns and who stay: the muted, or everybody about slow mode.
    fn announce(&mut self, action: Action, request: &Request, outcome: &Outcome) {
        let to = match action {
            Action::SlowMode => Audience::All,
            Action::Mute | Action::Unmute => {
                self.roster.audience(request.user_id.as_ref().map(std::slice::from_ref), None, None)
            }
            Action::Kick | Action::Ban | Action::Unban | Action::Revoke => return,
        };
        self.effects.send(to, wire::moderation(outcome));
    }

    /// Answers `ping`.
    pub(super) fn pong(&mut self, slot: Slot, head: &Head<'_>) -> Result<(), Refusal> {
        self.effects.send(Audience::One(slot), wire::pong(&head.body()?));
        Ok(())
    }

    /// Answers `history`.
    pub(super) fn history_page(&mut self, slot: Slot, head: &Head<'_>) -> Result<(), Refusal> {
        self.allowed(slot, Capability::History)?;
        self.spend(slot, Spending::History)?;
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
