//! Events of the backend.

use super::history::Recipients;
use super::roster::without;
use super::tally::plus;
use super::{Audience, Draft, Effects, Kind, Room, Turn, wire};
use crate::codes::ErrorCode;
use crate::ids::MessageId;
use crate::json;
use crate::problem::Problem;
use crate::publish::{Event, Idempotency, Receipt};
use crate::relay::Source;
use crate::store::{Answered, Entry, EntryKind, Parcel, Store, StoreError};
use crate::time::Timestamp;

/// The number of a call, as the shell gives it: no two that are not answered have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// A call that brings events.
#[derive(Debug)]
pub struct Call<'a> {
    /// Its number.
    pub ticket: Ticket,
    /// The events, each under an id of its own.
    pub events: &'a [(MessageId, Event)],
    /// What makes a repetition known as such.
    pub key: Option<&'a Idempotency>,
    /// The room that they come from, if the party of another one sends them here. They go no further then.
    pub source: Option<&'a Source>,
}

impl Room {
    /// Delivers events of the backend, and keeps those of which it or the party says so: all or none.
    ///
    /// What is given is the answer, for when [`super::Effect::Published`] says that it is true, which may be in this turn. In a busy room
    /// events are written and sent together with what else there is.
    ///
    /// A call that is repeated with its key is answered as it was the first time, and delivers nothing.
    ///
    /// # Errors
    /// `storage-failed`, `idempotency-mismatch`; then nobody got any, and nothing is to be waited for.
    pub fn publish(
        &mut self,
        now: Timestamp,
        call: &Call<'_>,
        store: &mut dyn Store,
    ) -> (Result<Vec<Receipt>, Problem>, Effects) {
        let (mut turn, kind) = self.turn(now, store);
        let outcome = match turn.answered(call.key) {
            Ok(Some(receipts)) => Ok(receipts),
            Ok(None) => turn.publish(kind, call).map_err(|fault| nothing_done(&fault)),
            Err(problem) => Err(problem),
        };
        turn.tally.active(now);
        turn.count_refusal(&outcome);
        if outcome.is_ok() {
            turn.flush.call(call.ticket);
        }
        (outcome, turn.finish())
    }
}

/// How a call is answered whose events could not be written.
pub(super) fn nothing_done(fault: &StoreError) -> Problem {
    let detail = format!("Nothing was kept or delivered: {fault}.");
    Problem::new(ErrorCode::StorageFailed, detail)
}

/// An event as it is delivered.
struct Outgoing<'a> {
    id: &'a MessageId,
    event: &'a Event,
    to: Audience,
    persist: bool,
    at: Timestamp,
}

impl Turn<'_> {
    /// What a call with this key was answered, if it still counts.
    fn answered(&self, key: Option<&Idempotency>) -> Result<Option<Vec<Receipt>>, Problem> {
        let failed = |fault: &dyn std::fmt::Display| {
            Problem::new(ErrorCode::StorageFailed, format!("Nothing was done: {fault}."))
        };
        let Some(Idempotency { key, digest }) = key else { return Ok(None) };
        let answered = self.store.answered(key).map_err(|fault| failed(&fault))?;
        match answered.filter(|answered| answered.at >= self.answers_count_from()) {
            Some(answered) if answered.digest == *digest => {
                json::read_any(&answered.answer).map(Some).map_err(|fault| failed(&fault))
            }
            Some(_) => {
                let detail =
                    "This Idempotency-Key was sent before, with another body: take a new key.";
                Err(Problem::new(ErrorCode::IdempotencyMismatch, detail))
            }
            None => Ok(None),
        }
    }

    fn publish(&mut self, kind: &dyn Kind, call: &Call<'_>) -> Result<Vec<Receipt>, StoreError> {
        let outgoing: Vec<_> =
            call.events.iter().map(|(id, event)| self.outgoing(kind, id, event)).collect();
        let kept = outgoing.iter().filter(|one| one.persist).count();
        let goes_on = call.source.is_none() && !self.settings.party.shared.routes.is_empty();
        // What goes out in groups is written by itself, and has entries before everything else.
        let alike = kept == 0 || kept == outgoing.len();
        let receipts = if call.key.is_none() && !goes_on && alike {
            self.publish_with_others(&outgoing, call.source)?
        } else {
            self.publish_at_once(&outgoing, call)?
        };
        self.tally.count(self.now, |counted| {
            counted.published = plus(counted.published, receipts.len());
        });
        Ok(receipts)
    }

    fn outgoing<'a>(&self, kind: &dyn Kind, id: &'a MessageId, event: &'a Event) -> Outgoing<'a> {
        let to = self.roster.audience(
            event.only_user_ids.as_deref(),
            event.exclude_user_id.as_ref(),
            event.exclude_connection_id.as_ref(),
        );
        // What is kept is for everybody: the history is not divided by people.
        let for_all = event.only_user_ids.is_none();
        let persist = event.persist.unwrap_or_else(|| for_all && kind.persists_by_default());
        // What is not kept means nothing to who reads it much later.
        let to = if persist { to } else { without(to, self.backlog.slow()) };
        Outgoing { id, event, to, persist, at: event.timestamp.unwrap_or(self.now) }
    }

    /// Who gets an event that is kept.
    fn recipients(&self, to: &Audience) -> Recipients {
        let left_out = self.roster.counting_without(to);
        Recipients { to: self.roster.without_behind(to.clone()), left_out }
    }

    fn publish_with_others(
        &mut self,
        outgoing: &[Outgoing<'_>],
        source: Option<&Source>,
    ) -> Result<Vec<Receipt>, StoreError> {
        // All or none of them has a place in the history.
        self.history.seq_past(outgoing.len())?;
        let mut receipts = Vec::new();
        for Outgoing { id, event, to, persist, at } in outgoing {
            let delivered = self.roster.count(to);
            let mut seq = None;
            if *persist {
                let draft = Draft::new(self.now, EntryKind::Event, (*id).clone());
                let frame = |seq| {
                    wire::envelope(&event.kind, &event.payload, *at, Some((*id, seq)), source)
                };
                let recipients = self.recipients(to);
                seq = Some(self.history.append(draft, recipients, frame, |_| None)?);
            } else {
                let frame = wire::envelope(&event.kind, &event.payload, *at, None, source);
                self.send(to.clone(), frame);
            }
            receipts.push(Receipt { id: (*id).clone(), seq, delivered });
        }
        Ok(receipts)
    }

    fn publish_at_once(
        &mut self,
        outgoing: &[Outgoing<'_>],
        call: &Call<'_>,
    ) -> Result<Vec<Receipt>, StoreError> {
        let &Call { key, source, .. } = call;
        // What waits comes first: its entries have the `seq`s before these.
        self.flush();
        let mut entries = Vec::new();
        let mut frames = Vec::new();
        let mut receipts = Vec::new();
        let mut parcels = Vec::new();
        for Outgoing { id, event, to, persist, at } in outgoing {
            let delivered = self.roster.count(to);
            let mut seq = None;
            if *persist {
                let entry = self.entry(entries.len(), id, event, *at, source)?;
                seq = Some(entry.seq);
                let Recipients { to, left_out } = self.recipients(to);
                frames.push((to, entry.frame.clone()));
                if !left_out.is_nobody() {
                    frames.push((left_out, wire::skipped(entry.seq)));
                }
                entries.push(entry);
            } else {
                let frame = wire::envelope(&event.kind, &event.payload, *at, None, source);
                frames.push((to.clone(), frame));
            }
            // What is for some people is for nobody in other rooms, and what came from another room goes no further.
            if event.only_user_ids.is_none() && source.is_none() {
                parcels.extend(self.relayed(&event.kind, &event.payload, *at));
            }
            receipts.push(Receipt { id: (*id).clone(), seq, delivered });
        }
        self.write_published(&entries, &receipts, key, &parcels)?;
        for (to, frame) in frames {
            self.send(to, frame);
        }
        self.flush();
        Ok(receipts)
    }

    /// The entry of an event before which so many others are new.
    fn entry(
        &mut self,
        others: usize,
        id: &MessageId,
        event: &Event,
        at: Timestamp,
        source: Option<&Source>,
    ) -> Result<Entry, StoreError> {
        let draft = Draft::new(self.now, EntryKind::Event, id.clone());
        let frame = |seq| wire::envelope(&event.kind, &event.payload, at, Some((id, seq)), source);
        self.history.entry(others, draft, frame)
    }

    fn write_published(
        &mut self,
        entries: &[Entry],
        receipts: &[Receipt],
        key: Option<&Idempotency>,
        parcels: &[Parcel],
    ) -> Result<(), StoreError> {
        let answered = match key {
            Some(Idempotency { key, digest }) => {
                let answer = serde_json::to_string(receipts)
                    .map_err(|fault| StoreError(fault.to_string()))?;
                Some((key, Answered { at: self.now, digest: digest.clone(), answer }))
            }
            None => None,
        };
        if answered.is_none() && parcels.is_empty() {
            return self.write(entries, None);
        }
        self.write(
            entries,
            Some(&mut |store| {
                if let Some((key, answered)) = &answered {
                    store.keep_answer(key, answered)?;
                }
                store.put_parcels(parcels)
            }),
        )?;
        self.outbox.holds(parcels);
        self.forget_answers_when_due();
        Ok(())
    }
}
