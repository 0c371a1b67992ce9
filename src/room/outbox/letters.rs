//! Dead letters: what was given up. Operators see them, and have them tried again.

use serde::{Deserialize, Serialize};

use super::lane::{Lane, What};
use super::{Content, Destination};
use crate::codes::ErrorCode;
use crate::json;
use crate::metrics::WebhookQueue;
use crate::problem::Problem;
use crate::room::wire::Refusal;
use crate::room::{Answer, Effect, Effects, Room, Turn};
use crate::store::{DeadLetter, Store, StoreError};
use crate::time::Timestamp;

/// How many are kept. What is more, goes from the oldest on.
const MOST: u32 = 1000;
/// How many are shown.
const SHOWN: u32 = 300;

/// What an operator wants to be tried again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
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
        json::read(body).map_err(|fault| {
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
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Replayed {
    /// How many dead letters are tried again.
    pub replayed: u64,
}

/// A dead letter as operators see it.
#[derive(Debug, Serialize)]
#[cfg_attr(
    not(target_arch = "wasm32"),
    derive(schemars::JsonSchema),
    schemars(rename = "DeadLetter")
)]
struct Shown<'a> {
    /// What it was sent under, every time.
    id: &'a str,
    /// The webhook's type, or the event's.
    r#type: &'a str,
    /// The room that it was for, as `party/room`, if it was for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a str>,
    /// When it happened.
    at: Timestamp,
    /// How often it was tried.
    attempts: u32,
    /// Why the last attempt failed.
    error: &'a str,
}

/// What a room still has to tell others, and what it has given up.
#[derive(Debug, Serialize)]
#[cfg_attr(
    not(target_arch = "wasm32"),
    derive(schemars::JsonSchema),
    schemars(rename = "Webhooks")
)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OutboxAnswer<'a> {
    /// Entries of the log, and other things.
    waiting: u64,
    /// How often what is next has failed.
    attempts: u32,
    /// When it is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<Timestamp>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<&'a str>,
    /// What was given up: the latest 300, newest first.
    dead: Vec<Shown<'a>>,
}

impl<'a> From<&'a DeadLetter> for Shown<'a> {
    fn from(letter: &'a DeadLetter) -> Self {
        let DeadLetter { id, lane, kind, at, attempts, error } = letter;
        let to = Some(lane.as_str()).filter(|lane| *lane != Destination::Webhook.to_string());
        Self { id, r#type: kind, to, at: *at, attempts: *attempts, error }
    }
}

impl Room {
    /// What there is still to tell others, and what was given up.
    pub fn webhooks(&self) -> WebhookQueue {
        self.outbox.queue(self.history.written())
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
        self.tally.changed(self.now);
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
        // Of several that are in trouble, the one that is in most.
        let worst = self.outbox.lanes.values().max_by_key(|lane| lane.standing.attempts);
        let worst = worst.map(|lane| &lane.standing).filter(|standing| standing.error.is_some());
        let letters = self.store.dead_letters(SHOWN)?;
        answer.fields(&OutboxAnswer {
            waiting: self.outbox.queue(self.history.written()).waiting,
            attempts: worst.map_or(0, |standing| standing.attempts),
            next_attempt_at: worst.and_then(|standing| standing.next_at),
            last_error: worst.and_then(|standing| standing.error.as_deref()),
            dead: letters.iter().map(Shown::from).collect(),
        });
        Ok(answer)
    }
}
