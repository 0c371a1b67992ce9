//! Events of the backend.

use super::roster::without;
use super::tally::plus;
use super::{Draft, Effects, Kind, Room, Turn, wire};
use crate::codes::ErrorCode;
use crate::ids::MessageId;
use crate::json;
use crate::problem::Problem;
use crate::publish::{Event, Idempotency, Receipt};
use crate::relay::Source;
use crate::store::{Answered, Entry, EntryKind, Parcel, Store, StoreError};
use crate::time::Timestamp;

impl Room {
    /// Delivers events of the backend, each under an id of its own, and keeps those of which it or the party says so: all or none.
    ///
    /// A call that is repeated with its key is answered as it was the first time, and delivers nothing.
    ///
    /// `source` is the room that they come from, if the party of another one sends them here. Those go no further.
    ///
    /// # Errors
    /// `storage-failed`, `idempotency-mismatch`; then nobody got any.
    pub fn publish(
        &mut self,
        now: Timestamp,
        events: &[(MessageId, Event)],
        key: Option<&Idempotency>,
        source: Option<&Source>,
        store: &mut dyn Store,
    ) -> (Result<Vec<Receipt>, Problem>, Effects) {
        let (mut turn, kind) = self.turn(now, store);
        let outcome = match turn.answered(key) {
            Ok(Some(receipts)) => Ok(receipts),
            Ok(None) => turn.publish(kind, events, key, source).map_err(|fault| {
                let detail = format!("Nothing was kept or delivered: {fault}.");
                Problem::new(ErrorCode::StorageFailed, detail)
            }),
            Err(problem) => Err(problem),
        };
        turn.tally.active(now);
        turn.count_refusal(&outcome);
        (outcome, turn.finish())
    }
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

    fn publish(
        &mut self,
        kind: &dyn Kind,
        events: &[(MessageId, Event)],
        key: Option<&Idempotency>,
        source: Option<&Source>,
    ) -> Result<Vec<Receipt>, StoreError> {
        // What waits comes first: its entries have the `seq`s before these.
        self.flush();
        let mut entries = Vec::new();
        let mut frames = Vec::new();
        let mut receipts = Vec::new();
        let mut parcels = Vec::new();
        for (id, event) in events {
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
            let delivered = self.roster.count(&to);
            let at = event.timestamp.unwrap_or(self.now);
            let mut seq = None;
            if persist {
                let entry = self.entry(entries.len(), id, event, at, source)?;
                seq = Some(entry.seq);
                let (kept, left_out) =
                    (self.roster.without_behind(to.clone()), self.roster.counting_without(&to));
                frames.push((kept, entry.frame.clone()));
                if !left_out.is_nobody() {
                    // Who counts entries is not to take this for a gap.
                    frames.push((left_out, wire::skipped(entry.seq)));
                }
                entries.push(entry);
            } else {
                frames.push((to, wire::envelope(&event.kind, &event.payload, at, None, source)));
            }
            // What is for some people is for nobody in other rooms, and what came from another room goes no further.
            if for_all && source.is_none() {
                parcels.extend(self.relayed(&event.kind, &event.payload, at));
            }
            receipts.push(Receipt { id: id.clone(), seq, delivered });
        }
        self.write_published(&entries, &receipts, key, &parcels)?;
        let published = plus(0, events.len());
        self.tally.count(self.now, |counted| {
            counted.published = counted.published.saturating_add(published);
        });
        for (to, frame) in frames {
            self.send(to, frame);
        }
        // Whoever asked waits for the answer, and the answer says that it is done.
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
