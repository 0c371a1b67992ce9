//! What a room no longer keeps: entries past an age or a number. They go from the beginning, so `seq`s never change.
//! And what calls with an `Idempotency-Key` were answered, past an age: that has no deadline of its own, and goes when others come,
//! or when the room is called for something else.

use super::{Slot, Turn};
use crate::codes::CloseCode;
use crate::config::Retention;
use crate::store::{Position, Seq, Store, StoreError};
use crate::time::Timestamp;

/// The least time between two sweeps by age.
const PAUSE_MS: u64 = 60 * 60 * 1000;
/// When it is tried again to remove what the outbox still needs.
const HELD_MS: u64 = 60 * 1000;
/// How far a history grows past its number before it is cut: a sweep costs more than what it removes.
const SLACK: u64 = 100;

pub(crate) struct Sweeper {
    retention: Retention,
    /// When entries will be too old.
    next: Option<Timestamp>,
    /// When too many entries may be cut: put off if the storage fails.
    not_before: Timestamp,
    /// When answers are looked through again for those that are too old.
    answers_next: Timestamp,
}

impl Sweeper {
    pub(crate) fn new(retention: Retention, store: &dyn Store) -> Result<Self, StoreError> {
        let not_before = Timestamp::from_millis(0);
        let mut sweeper = Self { retention, next: None, not_before, answers_next: not_before };
        sweeper.plan(store, Timestamp::from_millis(0))?;
        Ok(sweeper)
    }

    /// An entry was written; it is the first, or the first after a sweep that left none.
    pub(crate) fn wrote(&mut self, now: Timestamp) {
        if let Some(age) = self.age_ms() {
            self.next.get_or_insert(now.plus_millis(age));
        }
    }

    pub(crate) fn next_deadline(&self, position: &Position) -> Option<Timestamp> {
        let too_many = self.too_many(position).map(|_| self.not_before);
        self.next.into_iter().chain(too_many).min()
    }

    fn age_ms(&self) -> Option<u64> {
        let days = self.retention.days?;
        Some(u64::from(days.get()).saturating_mul(24 * 60 * 60 * 1000))
    }

    /// Up to where entries are too old now.
    fn too_old(&self, store: &dyn Store, now: Timestamp) -> Result<Option<Seq>, StoreError> {
        let due = self.next.is_some_and(|next| next <= now);
        match self.age_ms().filter(|_| due) {
            Some(age) => store.last_before(now.minus_millis(age)).map(Some),
            None => Ok(None),
        }
    }

    /// Up to where there are too many entries.
    fn too_many(&self, position: &Position) -> Option<Seq> {
        let most = u64::from(self.retention.entries?.get());
        let last = position.last.get();
        let there = last.saturating_sub(position.floor.get());
        let slack = SLACK.max(most / 10);
        (there > most.saturating_add(slack)).then(|| Seq::new(last.saturating_sub(most)))?
    }

    fn plan(&mut self, store: &dyn Store, not_before: Timestamp) -> Result<(), StoreError> {
        self.next = match self.age_ms() {
            // One more: what was accepted at the very moment is not older.
            Some(age) => store.oldest()?.map(|oldest| oldest.plus_millis(age.saturating_add(1))),
            None => None,
        };
        self.next = self.next.map(|next| next.max(not_before));
        Ok(())
    }
}

impl Turn<'_> {
    /// Removes what is no longer to be kept, if it is time.
    pub(super) fn sweep(&mut self) -> Result<(), StoreError> {
        if self.sweeper.too_many(self.history.position()).is_some() {
            // What waits to be written counts, and must be there before it can go.
            self.flush();
        }
        let position = self.history.position();
        let floor = position.floor;
        let too_old = self.sweeper.too_old(self.store, self.now)?;
        let through = too_old.max(self.sweeper.too_many(position));
        let told = self.outbox.told_through();
        if told.is_some_and(|told| through.is_some_and(|through| told < through)) {
            // What nobody could be told of yet stays until then.
            self.sweeper.not_before = self.now.plus_millis(HELD_MS);
        }
        let through = through.map(|through| told.map_or(through, |told| told.min(through)));
        if let Some(through) = through.filter(|through| *through > floor) {
            self.store.drop_through(through)?;
            self.history.dropped(through);
            // Who was promised what has gone now must begin anew.
            let cut = |slot: &Slot| {
                let behind = self.roster.get(*slot).and_then(|connection| connection.behind);
                behind.is_some_and(|behind| behind < through)
            };
            for slot in self.roster.behind().filter(cut).collect::<Vec<_>>() {
                self.close(slot, CloseCode::Resync);
            }
        }
        if too_old.is_some() {
            self.sweeper.plan(self.store, self.now.plus_millis(PAUSE_MS))?;
        }
        Ok(())
    }

    /// Removes what is too old. A storage that fails now is tried again later.
    pub(super) fn sweep_when_due(&mut self) {
        if self.sweep().is_err() {
            let later = self.now.plus_millis(PAUSE_MS);
            self.sweeper.next = self.sweeper.next.map(|next| next.max(later));
            self.sweeper.not_before = later;
        }
        self.forget_answers_when_due();
    }

    /// From when on a call with an `Idempotency-Key` counts.
    pub(super) fn answers_count_from(&self) -> Timestamp {
        self.now.minus_millis(self.limits.idempotency_ms)
    }

    /// Removes answers that are too old, if that was not done lately. A storage that fails now is tried again later.
    pub(super) fn forget_answers_when_due(&mut self) {
        if self.sweeper.answers_next <= self.now {
            self.sweeper.answers_next = self.now.plus_millis(PAUSE_MS);
            drop(self.store.forget_answers(self.answers_count_from()));
        }
    }
}
