//! Dead letters: what was given up. Operators see them, and have them tried again.

use serde::{Deserialize, Serialize};

use super::lane::{Lane, What};
use super::{Content, Destination};
use crate::codes::ErrorCode;
use crate::problem::Problem;
use crate::room::wire::Refusal;
use crate::room::{Answer, Effect, Effects, Room, Turn};
use crate::store::{DeadLetter, Store, StoreError};
use crate::time::Timestamp;

/// How many are kept. What is more, goes from the oldest on.
const MOST: u32 = 1000;
/// How many are shown.
const SHOWN: u32 = 300;

/// How much a room has still to tell others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Waiting {
    /// Entries of the log, and other things.
    pub waiting: u64,
    /// Things that were given up.
    pub dead: u64,
}

/// What an operator wants to be tried again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Replay {
    /// Which dead letters; all, if left out.
    #[serde(default)]
    pub ids: Option<Vec<String>>,
}

impl Replay {
    /// Reads the body of a request; nothing at all means all.
    ///
    /// # Errors
    /// `invalid-json`, or `invalid-frame` with the reason.
    pub fn parse(body: &[u8]) -> Result<Self, Problem> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_slice(body).map_err(|fault| {
            let code = match fault.is_data() {
                true => ErrorCode::InvalidFrame,
                false => ErrorCode::InvalidJson,
            };
            Problem::new(code, format!("Cannot use this body: {fault}."))
        })
    }
}

/// The answer to a [`Replay`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// How many dead letters are tried again.
    pub replayed: u64,
}

/// A dead letter as operators see it.
#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    r#type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a str>,
    at: Timestamp,
    attempts: u32,
    error: &'a str,
}

impl<'a> From<&'a DeadLetter> for Shown<'a> {
    fn from(letter: &'a DeadLetter) -> Self {
        let DeadLetter { id, lane, kind, at, attempts, error } = letter;
        let to = Some(lane.as_str()).filter(|lane| *lane != Destination::Webhook.to_string());
        Self { id, r#type: kind, to, at: *at, attempts: *attempts, error }
    }
}

impl Room {
    /// How much there is still to tell others.
    pub fn waiting(&self) -> Waiting {
        let last = self.history.written();
        let waiting = self.outbox.lanes.values().map(|lane| lane.waiting(last)).sum();
        Waiting { waiting, dead: self.outbox.dead }
    }

    /// Has dead letters tried again, after what waits already.
    ///
    /// # Errors
    /// `storage-failed`; then nothing is tried.
    pub fn replay(
        &mut self,
        now: Timestamp,
        replay: &Replay,
        store: &mut dyn Store,
    ) -> (Result<Replayed, Problem>, Effects) {
        let (mut turn, _) = self.turn(now, store);
        let outcome = turn.replay(replay).map_err(|fault| Refusal::from(fault).into_problem());
        (outcome, turn.finish())
    }
}

impl Turn<'_> {
    fn replay(&mut self, Replay { ids }: &Replay) -> Result<Replayed, StoreError> {
        self.flush();
        let number = self.outbox.next_number(self.now);
        let after = self.history.position().last;
        let replayed = self.store.revive_dead_letters(ids.as_deref(), number, after)?;
        self.outbox.number = number.saturating_add(replayed);
        self.outbox.dead = self.outbox.dead.saturating_sub(replayed);
        for (lane, count, _) in self.store.parcels()? {
            if let Some(to) = Destination::parse(&lane) {
                self.outbox.lanes.entry(to).or_default().parcels = count;
            }
        }
        Ok(Replayed { replayed })
    }

    /// Makes a dead letter of what is next in a lane, and goes on with what follows.
    pub(super) fn bury(&mut self, to: &Destination, what: What) -> Result<(), StoreError> {
        let Some(Content { id, kind, at, body, .. }) = self.content(to)? else { return Ok(()) };
        let Some(lane) = self.outbox.lanes.get(to) else { return Ok(()) };
        let attempts = lane.standing.attempts;
        let error = lane.standing.error.clone().unwrap_or_default();
        let letter = DeadLetter { id, lane: to.to_string(), kind, at, attempts, error };
        let too_many = self.outbox.dead >= u64::from(MOST);
        self.store.atomically(&mut |store| {
            store.put_dead_letter(&letter, &body)?;
            if too_many {
                store.trim_dead_letters(MOST)?;
            }
            match what {
                What::Parcel { number } => store.remove_parcel(&letter.lane, number),
                What::Log { .. } => Ok(()),
            }
        })?;
        self.taken_out(to, what);
        if let Some(Lane { standing, .. }) = self.outbox.lanes.get_mut(to) {
            standing.attempts = 0;
            // Others may wait that are as old, and the receiver is to have a rest between them.
            standing.next_at = Some(self.now.plus_millis(self.limits.webhook_retry_ms));
        }
        let DeadLetter { id, lane, kind, attempts, error, .. } = letter;
        let text = format!("{kind} {id} to {lane} after {attempts} attempts: {error}");
        self.out.push(Effect::Warn { event: "dead-letter", detail: text });
        if too_many {
            let text = format!("there were {MOST} already: the oldest has gone");
            self.out.push(Effect::Warn { event: "dead-letter", detail: text });
        } else {
            self.outbox.dead = self.outbox.dead.saturating_add(1);
        }
        Ok(())
    }

    /// Answers what waits, what is wrong, and what was given up.
    pub(in crate::room) fn show_outbox(
        &mut self,
        mut answer: Answer,
    ) -> Result<Answer, StoreError> {
        let last = self.history.written();
        let lanes = || self.outbox.lanes.values();
        // Of several that are in trouble, the one that is in most.
        let worst = lanes().max_by_key(|lane| lane.standing.attempts);
        let worst = worst.map(|lane| &lane.standing).filter(|standing| standing.error.is_some());
        answer.field("waiting", &lanes().map(|lane| lane.waiting(last)).sum::<u64>());
        answer.field("attempts", &worst.map_or(0, |standing| standing.attempts));
        if let Some(next) = worst.and_then(|standing| standing.next_at) {
            answer.field("nextAttemptAt", &next);
        }
        if let Some(error) = worst.and_then(|standing| standing.error.as_ref()) {
            answer.field("lastError", error);
        }
        let letters = self.store.dead_letters(SHOWN)?;
        answer.field("dead", &letters.iter().map(Shown::from).collect::<Vec<_>>());
        Ok(answer)
    }
}
