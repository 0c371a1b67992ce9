//! One turn of a room: what a kind may look at and change while it handles an input, and how what it says gets out.

use super::backlog::Backlog;
use super::expiry::Expiries;
use super::flow::{Flow, Spending};
use super::flush::{self, Flush, Frames, Taken};
use super::heartbeat::Heartbeats;
use super::history::{Draft, History, Receipt, Written};
use super::moderation::Moderation;
use super::outbox::Outbox;
use super::presence::{Change, Ending, Presence};
use super::publishing::nothing_done;
use super::retention::Sweeper;
use super::roster::without;
use super::tally::{Tally, plus};
use super::wire::{self, Auth, Head, Refusal};
use super::{Audience, Connection, Departure, Effect, Effects, Note, Roster, Settings, Slot};
use crate::access::Capability;
use crate::codes::{CloseCode, ErrorCode};
use crate::limits::Limits;
use crate::problem::Problem;
use crate::store::{Entry, Seq, Store, StoreError};
use crate::time::Timestamp;

/// What is written together with entries.
type Others<'a> = &'a mut dyn FnMut(&mut dyn Store) -> Result<(), StoreError>;

pub(crate) struct Turn<'a> {
    pub(crate) now: Timestamp,
    pub(crate) settings: &'a Settings,
    pub(crate) limits: &'a Limits,
    pub(crate) roster: &'a mut Roster,
    pub(crate) presence: &'a mut Presence,
    pub(crate) history: &'a mut History,
    pub(super) flush: &'a mut Flush,
    pub(super) backlog: &'a mut Backlog,
    pub(super) flow: &'a mut Flow,
    pub(super) moderation: &'a mut Moderation,
    pub(super) expiries: &'a mut Expiries,
    pub(super) heartbeats: &'a mut Heartbeats,
    pub(super) sweeper: &'a mut Sweeper,
    pub(crate) tally: &'a mut Tally,
    pub(super) outbox: &'a mut Outbox,
    pub(crate) store: &'a mut dyn Store,
    /// What goes out in this turn, in this order.
    pub(super) out: Vec<Effect>,
    pub(super) wrote: bool,
    /// What is to be done after everything was sent: closing among it.
    pub(super) afterwards: Vec<Effect>,
    pub(super) notes: Vec<Note>,
    /// Those who have left in this turn and of whom the kind does not know yet.
    pub(super) departed: Vec<Departure>,
    /// What became of people in this turn, and what the others do not know yet.
    pub(super) changes: Vec<Change>,
}

impl Turn<'_> {
    /// Sends a frame that is no entry of the history: now, or with what waits.
    pub(crate) fn send(&mut self, to: Audience, frame: String) {
        self.flush.push(to, frame, self.history.pending());
    }

    /// The same with a frame that means nothing later: who reads too slowly does not get it.
    pub(crate) fn send_fleeting(&mut self, to: Audience, frame: String) {
        let to = without(to, self.backlog.slow());
        self.send(to, frame);
    }

    /// Adds an entry to the history and sends it, both together with what waits.
    pub(crate) fn append(
        &mut self,
        draft: Draft,
        frame: impl FnOnce(Seq) -> String,
        receipt: impl FnOnce(Seq) -> Option<Receipt>,
    ) -> Result<Seq, StoreError> {
        self.history.append(draft, self.roster.up_to_date(), frame, receipt)
    }

    /// Adds an entry to the history at once, together with other changes of the store: all or nothing.
    pub(crate) fn append_with(
        &mut self,
        draft: Draft,
        frame: impl FnOnce(Seq) -> String,
        others: impl FnOnce(&mut dyn Store) -> Result<(), StoreError>,
    ) -> Result<Seq, StoreError> {
        self.flush();
        let entry = self.history.entry(0, draft, frame)?;
        let mut others = Some(others);
        let mut others =
            |store: &mut dyn Store| others.take().map_or(Ok(()), |others| others(store));
        self.write(std::slice::from_ref(&entry), Some(&mut others))?;
        self.send(self.roster.up_to_date(), entry.frame);
        Ok(entry.seq)
    }

    /// Writes entries at once, if there are any, together with other changes of the store: all or nothing. None may wait.
    pub(super) fn write(
        &mut self,
        entries: &[Entry],
        others: Option<Others<'_>>,
    ) -> Result<(), StoreError> {
        match others {
            Some(others) if entries.is_empty() => self.store.atomically(others)?,
            Some(others) => self.store.atomically(&mut |store| {
                store.append(entries)?;
                others(store)
            })?,
            None if entries.is_empty() => {}
            None => self.store.append(entries)?,
        }
        if let Some(last) = entries.last() {
            self.history.wrote(last.seq);
            self.wrote();
        }
        Ok(())
    }

    fn wrote(&mut self) {
        self.wrote = true;
        self.sweeper.wrote(self.now);
    }

    /// Lets go what waits: writes it, and has it sent in this turn.
    pub(crate) fn flush(&mut self) -> Option<StoreError> {
        let entries = self.history.pending();
        let Taken { early, late, calls, waited_ms } =
            self.flush.take(self.now, self.limits.flush_ms, entries, self.roster.len());
        let written = self.history.write(self.store);
        if entries > 0 && written.fault.is_none() {
            self.wrote();
        }
        self.count_written(waited_ms, &written);
        let mut acks: Vec<(Slot, Vec<String>)> = Vec::new();
        for (slot, ack) in written.acks {
            match acks.iter_mut().find(|(known, _)| *known == slot) {
                Some((_, frames)) => frames.push(ack),
                None => acks.push((slot, vec![ack])),
            }
        }
        let acks = acks.into_iter().map(|(slot, frames)| (Audience::One(slot), frames));
        let mut entries = Frames::new();
        for (to, frame) in written.frames {
            flush::add(&mut entries, to, frame);
        }
        for (to, frames) in early.into_iter().chain(acks).chain(entries).chain(late) {
            let bytes = frames.iter().map(String::len).sum();
            self.backlog.said(bytes);
            self.tally.sent(self.now, self.roster.count(&to), frames.len(), bytes);
            self.out.push(Effect::Send { to, frames });
        }
        let fault = written.fault.as_ref().map(nothing_done);
        let published = calls.into_iter();
        self.out.extend(published.map(|ticket| Effect::Published { ticket, fault: fault.clone() }));
        written.fault
    }

    fn count_written(&mut self, waited_ms: Option<u64>, written: &Written) {
        if let Some(waited_ms) = waited_ms {
            self.tally.broadcast(waited_ms);
        }
        if let Some(fault) = &written.fault {
            self.notes.push(Note::StorageFailed(fault.to_string()));
        }
        let notices = plus(0, written.acks.len());
        if notices > 0 {
            let refused = written.fault.is_some();
            self.tally.count(self.now, |counted| match refused {
                true => counted.reject(ErrorCode::StorageFailed.as_str(), notices),
                false => counted.acks = counted.acks.saturating_add(notices),
            });
        }
    }

    /// Counts a message that was kept before. `acked`: its ack goes now, and not with those of entries.
    pub(crate) fn count_duplicate(&mut self, acked: bool) {
        self.tally.count(self.now, |counted| {
            counted.duplicates = counted.duplicates.saturating_add(1);
            counted.acks = counted.acks.saturating_add(u64::from(acked));
        });
    }

    fn rejected(&mut self, code: ErrorCode, text: &str) {
        self.tally.rejected(self.now, code);
        if code == ErrorCode::StorageFailed {
            self.notes.push(Note::StorageFailed(text.to_owned()));
        }
    }

    /// Counts a call that was refused.
    pub(super) fn count_refusal<T>(&mut self, outcome: &Result<T, Problem>) {
        if let Err(problem) = outcome {
            self.rejected(problem.code, &problem.detail);
        }
    }

    /// Ends the turn: lets go what is due.
    pub(super) fn finish(mut self) -> Effects {
        let closing = self.afterwards.iter().any(|effect| matches!(effect, Effect::Close { .. }));
        let window_ms = self.limits.flush_ms;
        let due = self.flush.is_due(self.now, window_ms, self.history.pending());
        if due || closing {
            // Whoever wanted to know that it failed has been told.
            drop(self.flush());
        }
        self.dispatch();
        let time_commit = self.wrote && self.tally.time_commit(self.now);
        if self.backlog.take_look(self.now) {
            self.out.push(Effect::CheckUnsent);
        }
        self.out.append(&mut self.afterwards);
        self.report_when_due();
        Effects { list: self.out, time_commit, notes: self.notes }
    }

    /// Tells a connection why its frame was not accepted.
    pub(crate) fn refuse(&mut self, slot: Slot, refusal: &Refusal) {
        self.rejected(refusal.code(), refusal.message());
        self.send(Audience::One(slot), refusal.frame());
    }

    /// Closes a connection, once everything was sent.
    pub(super) fn close(&mut self, slot: Slot, code: CloseCode) {
        self.close_as(slot, code, Ending::Expelled);
    }

    pub(super) fn close_as(&mut self, slot: Slot, code: CloseCode, ending: Ending) {
        // It is told what became of what it sent.
        self.flush();
        if let Some(connection) = self.roster.get(slot) {
            let user = connection.grant.user_id.clone();
            self.notes.push(Note::Closed { user, code });
        }
        self.afterwards.push(Effect::Close { slot, code });
        self.leave(slot, ending);
    }

    /// A connection is no longer one of the room's.
    pub(super) fn leave(&mut self, slot: Slot, ending: Ending) {
        let Some(gone) = self.roster.leave(slot) else { return };
        self.flow.leave(slot);
        self.backlog.leave(slot);
        self.expiries.forget(slot, &gone.connection);
        self.heartbeats.disconnected(slot);
        self.history.forget(slot);
        let shown = gone.connection.grant.capabilities.has(Capability::Presence);
        if shown && ending != Ending::Superseded {
            let connection = gone.connection.clone();
            let change =
                self.presence.disconnected(self.roster, connection, ending, self.limits, self.now);
            self.changes.extend(change);
            self.parts(&gone.connection.grant.user_id, ending);
        }
        self.departed.push(gone);
    }

    /// The connection behind a slot, if its grant covers `capability`.
    pub(crate) fn allowed(
        &self,
        slot: Slot,
        capability: Capability,
    ) -> Result<&Connection, Refusal> {
        let connection = self.roster.get(slot);
        connection
            .filter(|connection| connection.grant.capabilities.has(capability))
            .ok_or_else(|| not_allowed(capability))
    }

    /// Counts what a frame asks for.
    pub(crate) fn spend(&mut self, slot: Slot, spending: Spending) -> Result<(), Refusal> {
        let Some(connection) = self.roster.get(slot) else { return Ok(()) };
        self.flow.spend(&self.limits.rates, connection, spending, self.now).map_err(Refusal::from)
    }

    /// Whether a connection's user may say something that others see.
    pub(crate) fn may_speak(&self, slot: Slot) -> Result<(), Refusal> {
        let Some(connection) = self.roster.get(slot) else { return Ok(()) };
        self.moderation.may_speak(&connection.grant, self.now).map_err(Refusal::from)
    }

    /// Whether a connection's user may send a message now, who then counts as having sent one.
    pub(crate) fn may_send(&mut self, slot: Slot) -> Result<(), Refusal> {
        let Some(connection) = self.roster.get(slot) else { return Ok(()) };
        self.moderation.may_send(&connection.grant, self.now).map_err(Refusal::from)
    }

    /// Changes a connection, and has its socket remember it.
    pub(crate) fn change(&mut self, slot: Slot, change: impl FnOnce(&mut Connection)) {
        if let Some(connection) = self.roster.get(slot) {
            self.expiries.forget(slot, connection);
        }
        let Some(connection) = self.roster.change(slot, change) else { return };
        self.expiries.watch(slot, connection);
        let connection = connection.clone();
        self.afterwards.push(Effect::Remember { slot, connection });
    }

    /// Takes `auth`: the shell checks the token and comes back with [`super::Input::Renewed`].
    pub(super) fn authenticate(&mut self, slot: Slot, head: &Head<'_>) -> Result<(), Refusal> {
        self.spend(slot, Spending::History)?;
        let Auth { token } = head.body()?;
        if let Some(connection) = self.roster.get(slot) {
            let (connection, token) = (connection.id.clone(), token.into_owned());
            self.afterwards.push(Effect::Authenticate { slot, connection, token });
        }
        Ok(())
    }

    /// Greets a connection. `recovered`: it goes on from where it said it was.
    pub(crate) fn greet(&mut self, slot: Slot, recovered: bool) {
        let Some(connection) = self.roster.get(slot) else { return };
        let position = self.history.position();
        let frame = wire::welcome(connection, position, recovered, self.limits, self.now);
        self.send(Audience::One(slot), frame);
    }

    /// Answers `ping`.
    pub(super) fn pong(&mut self, slot: Slot, head: &Head<'_>) -> Result<(), Refusal> {
        self.send(Audience::One(slot), wire::pong(&head.body()?));
        Ok(())
    }
}

pub(crate) fn not_allowed(capability: Capability) -> Refusal {
    let message = format!("Your token does not allow {:?}.", capability.as_str());
    Refusal::new(ErrorCode::NotAllowed, message)
}

impl From<StoreError> for Refusal {
    fn from(fault: StoreError) -> Self {
        Self::new(ErrorCode::StorageFailed, format!("Try again: {fault}."))
    }
}
