//! What a room must get out to somebody else: at least once, and in order.
//!
//! There is a lane for the webhook and one for each room that events go on to. In each, one delivery is under way at a time.
//! Messages are not copied: the history is the queue, and the webhook's lane has a place in it. Everything else is a
//! *parcel*, which says which entry it follows.
//!
//! Invariants: what is under way can be told from the store alone, so that a room which forgets everything says the same again
//! under the same id; and while something waits, there is a deadline that outlives the process.

mod attendance;
mod destination;
mod lane;
mod letters;
mod relaying;

pub(crate) use attendance::Attendance;
pub use destination::{Delivery, Destination, Outcome, Transport};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use letters::OutboxAnswer;
pub use letters::{Replay, Replayed};

use sha2::{Digest, Sha256};

use super::wire::encode;
use super::{Effect, Roster, Settings, Turn};
use crate::json;
use crate::limits::Limits;
use crate::metrics::{Deliveries, WebhookQueue};
use crate::publish::{Idempotency, hex};
use crate::relay::Source;
use crate::sorted::Map;
use crate::store::{Page, Parcel, Position, Seq, Store, StoreError};
use crate::time::Timestamp;
use crate::webhook::{Subject, WebhookEvent};
use lane::{Lane, Standing, UnderWay, What, pause_ms};

/// How much of the log one delivery tells: entries, and bytes unless the first alone has more.
const PAGE: u32 = 100;
const PAGE_BYTES: usize = 256 * 1024;
/// How much is kept of the reason of a failure.
const ERROR_CHARS: usize = 300;

pub(crate) struct Outbox {
    lanes: Map<Destination, Lane>,
    /// None, if nobody wants to know who is here.
    pub(super) attendance: Option<Attendance>,
    /// The number of the last parcel that was made.
    number: u64,
    /// How many dead letters there are.
    dead: u64,
}

/// What is next in a lane.
struct Content {
    id: String,
    what: What,
    kind: String,
    at: Timestamp,
    body: String,
}

impl Outbox {
    /// What the store has, brought in line with what the configuration says now.
    pub(super) fn restore(
        settings: &Settings,
        now: Timestamp,
        roster: &Roster,
        position: &Position,
        store: &mut dyn Store,
    ) -> Result<Self, StoreError> {
        let mut lanes: Map<Destination, Lane> = Map::new();
        for (lane, state) in store.lanes()? {
            let standing: Option<Standing> = json::read(&state).ok();
            if let (Some(to), Some(standing)) = (Destination::parse(&lane), standing) {
                let stored = Some(standing.clone());
                lanes.insert(to, Lane { standing, stored, ..Lane::default() });
            }
        }
        let mut highest = 0;
        for (lane, count, number) in store.parcels()? {
            highest = number.max(highest);
            if let Some(to) = Destination::parse(&lane) {
                lanes.entry(to).or_default().parcels = count;
            }
        }
        let webhook = settings.party.shared.webhook.as_ref();
        if webhook.is_some() {
            let lane = lanes.entry(Destination::Webhook).or_default();
            let told = webhook.is_some_and(|one| one.wants(WebhookEvent::MessagesAppended));
            // Whoever begins to be told is told from now on.
            lane.standing.cursor =
                told.then(|| lane.standing.cursor.unwrap_or(position.last).max(position.floor));
            lane.standing.through = lane.standing.through.filter(|_| told);
            save(&Destination::Webhook, lane, store)?;
        } else if lanes.remove(&Destination::Webhook).is_some() {
            let lane = Destination::Webhook.to_string();
            store.clear_lane(&lane)?;
            store.remove_lane(&lane)?;
        }
        let attendance = Attendance::restore(settings, now, roster, store)?;
        Ok(Self { lanes, attendance, number: highest, dead: store.dead_letter_count()? })
    }

    /// A number that no parcel has had. By the clock, because those that are delivered are forgotten.
    pub(super) fn next_number(&mut self, now: Timestamp) -> u64 {
        // A thousand a millisecond: below 2^53 for two hundred years.
        let by_clock = now.as_millis().saturating_mul(1000);
        self.number = self.number.saturating_add(1).max(by_clock);
        self.number
    }

    /// These parcels are in the store.
    pub(super) fn holds(&mut self, parcels: &[Parcel]) {
        for parcel in parcels {
            if let Some(to) = Destination::parse(&parcel.lane) {
                let lane = self.lanes.entry(to).or_default();
                lane.parcels = lane.parcels.saturating_add(1);
            }
        }
    }

    /// The store was emptied, but for these parcels.
    pub(super) fn restart(&mut self, last: Seq, parcels: &[Parcel]) {
        let told = |lane: &Lane| lane.standing.cursor.is_some();
        let told = self.lanes.get(&Destination::Webhook).is_some_and(told);
        let cursor = told.then_some(last);
        let webhook = self.lanes.contains_key(&Destination::Webhook);
        self.lanes.clear();
        if webhook {
            let standing = Standing { cursor, ..Standing::default() };
            self.lanes.insert(Destination::Webhook, Lane { standing, ..Lane::default() });
        }
        self.dead = 0;
        self.holds(parcels);
        if let Some(attendance) = &mut self.attendance {
            attendance.forget();
        }
    }

    /// Dead letters have gone.
    pub(super) fn recount_dead(&mut self, store: &dyn Store) -> Result<(), StoreError> {
        self.dead = store.dead_letter_count()?;
        Ok(())
    }

    /// The entries after this one are still to be told.
    pub(super) fn told_through(&self) -> Option<Seq> {
        self.lanes.get(&Destination::Webhook)?.standing.cursor
    }

    /// How much waits, and how much was given up. `last`: the last entry that is written.
    pub(super) fn queue(&self, last: Seq) -> WebhookQueue {
        let waiting = self.lanes.values().map(|lane| lane.waiting(last)).sum();
        WebhookQueue { waiting, dead: self.dead }
    }

    /// When something is to be done, even if the process dies before. `last`: the last entry that is written.
    pub(super) fn next_deadline(&self, limits: &Limits, last: Seq) -> Option<Timestamp> {
        let lanes = self.lanes.values();
        lanes.filter_map(|lane| lane.deadline(limits.webhook_timeout_ms, last)).min()
    }
}

/// Stores what is to be known of a lane.
fn save(to: &Destination, lane: &mut Lane, store: &mut dyn Store) -> Result<(), StoreError> {
    if lane.is_stored() {
        return Ok(());
    }
    let state = lane.to_store().cloned();
    match &state {
        Some(standing) => store.put_lane(&to.to_string(), &encode(standing))?,
        None => store.remove_lane(&to.to_string())?,
    }
    lane.stored = state;
    Ok(())
}

impl Turn<'_> {
    /// Begins every delivery that is due.
    pub(super) fn dispatch(&mut self) {
        let (now, last) = (self.now, self.history.written());
        let busy = |lane: &Lane| lane.is_due(now, last) || !lane.is_stored();
        let lanes = self.outbox.lanes.iter().filter(|(_, lane)| busy(lane));
        for to in lanes.map(|(to, _)| to.clone()).collect::<Vec<_>>() {
            if self.dispatch_to(&to, last).is_err() {
                self.postpone(&to);
            }
        }
        // Other rooms' lanes are there while something is in them.
        self.outbox.lanes.retain(|to, lane| {
            let known = lane.to_store().is_some() || !lane.is_stored();
            *to == Destination::Webhook || known || lane.waiting(last) > 0
        });
    }

    fn dispatch_to(&mut self, to: &Destination, last: Seq) -> Result<(), StoreError> {
        let due = self.outbox.lanes.get(to).is_some_and(|lane| lane.is_due(self.now, last));
        let content = if due { self.content(to)? } else { None };
        let Some(lane) = self.outbox.lanes.get_mut(to) else { return Ok(()) };
        if let Some(Content { what: What::Log { through }, .. }) = &content {
            lane.standing.through = Some(*through);
        }
        // Before it is sent: what is repeated after a crash has to be the same.
        save(to, lane, self.store)?;
        if let Some(Content { id, what, at, body, .. }) = content {
            let transport = self.transport(to, &id, &body);
            if let (Some(by), Some(lane)) = (transport, self.outbox.lanes.get_mut(to)) {
                let since = self.now;
                lane.under_way = Some(UnderWay { id: id.clone(), what, at, since });
                self.out.push(Effect::Deliver(Delivery { id, by, body }));
            }
        }
        Ok(())
    }

    /// A storage that fails now is tried again later.
    fn postpone(&mut self, to: &Destination) {
        let later = self.now.plus_millis(self.limits.webhook_retry_ms);
        if let Some(lane) = self.outbox.lanes.get_mut(to) {
            lane.standing.next_at = Some(later);
        }
    }

    /// What is next in a lane.
    fn content(&mut self, to: &Destination) -> Result<Option<Content>, StoreError> {
        let last = self.history.written();
        let Some(lane) = self.outbox.lanes.get(to) else { return Ok(None) };
        let (cursor, through) = (lane.standing.cursor, lane.standing.through);
        let parcel = match lane.parcels {
            0 => None,
            _ => self.store.first_parcel(&to.to_string())?,
        };
        if let Some(cursor) = cursor {
            let until = through.or_else(|| parcel.as_ref().map(|parcel| parcel.after));
            if let Some(log) = self.log_content(cursor, until)? {
                return Ok(Some(log));
            }
        }
        let content = parcel.map(|parcel| {
            let Parcel { number, at, kind, id, body, .. } = parcel;
            // With the body: a clock that was set back may give a number again.
            let id = id.unwrap_or_else(|| self.delivery_id(&format!("{to} {number} {body}")));
            Content { id, what: What::Parcel { number }, kind, at, body }
        });
        if content.is_none()
            && let Some(lane) = self.outbox.lanes.get_mut(to)
        {
            // There is nothing, whatever was thought.
            lane.parcels = 0;
            lane.standing.through = None;
            lane.standing.cursor = cursor.map(|cursor| through.unwrap_or(last).max(cursor));
        }
        Ok(content)
    }

    /// The entries after `cursor`, up to `until` if that is given, and not too many.
    fn log_content(&self, cursor: Seq, until: Option<Seq>) -> Result<Option<Content>, StoreError> {
        if until.is_some_and(|until| until <= cursor) {
            return Ok(None);
        }
        let Page { frames, .. } = self.store.log(cursor, PAGE)?;
        let mut bytes: usize = 0;
        let fits = |(seq, frame): &&(Seq, String)| {
            bytes = bytes.saturating_add(frame.len());
            let first = bytes == frame.len();
            until.is_none_or(|until| *seq <= until) && (first || bytes <= PAGE_BYTES)
        };
        let frames: Vec<_> = frames.iter().take_while(fits).collect();
        let Some((through, _)) = frames.last() else { return Ok(None) };
        let through = *through;
        let at = self.store.row(through)?.map_or(self.now, |row| row.at);
        let frames = frames.iter().map(|(_, frame)| frame.as_str());
        let body = self.subject().messages(at, frames);
        let id = self.delivery_id(&format!("log {} {}", cursor.get(), through.get()));
        let kind = WebhookEvent::MessagesAppended.as_str().to_owned();
        Ok(Some(Content { id, what: What::Log { through }, kind, at, body }))
    }

    /// This room, as webhooks name it.
    pub(super) fn subject(&self) -> Subject<'_> {
        let Settings { party_name, name, .. } = self.settings;
        Subject { party: party_name, room: name, epoch: &self.history.position().epoch }
    }

    /// An id that is the same at every attempt, and that nothing else has.
    fn delivery_id(&self, what: &str) -> String {
        let Subject { party, room, epoch } = self.subject();
        let digest = Sha256::digest(format!("{party}/{room}\n{}\n{what}", epoch.as_str()));
        let mut digits = hex(&digest);
        digits.truncate(32);
        format!("msg_{digits}")
    }

    fn transport(&self, to: &Destination, id: &str, body: &str) -> Option<Transport> {
        let Settings { party, party_name, name, webhook_secrets, .. } = self.settings;
        match to {
            Destination::Webhook => {
                let url = party.shared.webhook.as_ref()?.url.clone();
                let timestamp = self.now.as_secs();
                let signature = webhook_secrets.sign(id, timestamp, body);
                Some(Transport::Webhook { url, timestamp, signature })
            }
            Destination::Room(party, room) => {
                let source = Source { party: party_name.clone(), room: name.clone() };
                let digest = hex(&Sha256::digest(body));
                let key = Idempotency { key: id.to_owned(), digest };
                Some(Transport::Event { party: party.clone(), room: room.clone(), source, key })
            }
        }
    }

    /// Takes what came of an attempt.
    pub(super) fn delivered(&mut self, id: &str, outcome: Outcome) {
        let is_it = |lane: &Lane| lane.under_way.as_ref().is_some_and(|one| one.id == id);
        let found = self.outbox.lanes.iter_mut().find(|(_, lane)| is_it(lane));
        // What was asked before the room was emptied concerns nobody.
        let Some((to, lane)) = found else { return };
        let Some(under_way) = lane.under_way.take() else { return };
        let to = to.clone();
        let mut outcomes = Deliveries::default();
        match outcome {
            Outcome::Accepted => {
                outcomes.delivered = 1;
                if self.take_out(&to, under_way.what).is_err() {
                    self.postpone(&to);
                } else if let Some(lane) = self.outbox.lanes.get_mut(&to) {
                    lane.standing.succeeded();
                }
            }
            Outcome::Failed { error, retry_after_ms } => {
                let given_up = self.failed(&to, &under_way, &error, retry_after_ms);
                let count = if given_up { &mut outcomes.dead } else { &mut outcomes.failed };
                *count = 1;
            }
        }
        if to == Destination::Webhook {
            let took_ms = self.now.millis_since(under_way.since);
            self.tally.count(self.now, |counted| {
                counted.deliveries.add(&outcomes);
                counted.webhook.observe(took_ms);
            });
        }
    }

    /// What is next in a lane is done with. What is known of the lane is stored when the turn ends, together with what follows.
    fn take_out(&mut self, to: &Destination, what: What) -> Result<(), StoreError> {
        if let What::Parcel { number } = what {
            self.store.remove_parcel(&to.to_string(), number)?;
        }
        self.taken_out(to, what);
        Ok(())
    }

    fn taken_out(&mut self, to: &Destination, what: What) {
        let Some(lane) = self.outbox.lanes.get_mut(to) else { return };
        match what {
            What::Log { through } => {
                lane.standing.cursor = lane.standing.cursor.map(|cursor| cursor.max(through));
                lane.standing.through = None;
            }
            What::Parcel { .. } => lane.parcels = lane.parcels.saturating_sub(1),
        }
    }

    /// Notes a failure; says whether it was the last attempt.
    fn failed(
        &mut self,
        to: &Destination,
        UnderWay { id, what, at, since }: &UnderWay,
        error: &str,
        retry_after_ms: Option<u64>,
    ) -> bool {
        let (now, limits) = (self.now, self.limits);
        let patience_ms = match to {
            Destination::Webhook => limits.webhook_give_up_ms,
            // After that the other room would no longer know that it has it.
            Destination::Room(..) => limits.webhook_give_up_ms.min(limits.idempotency_ms / 4 * 3),
        };
        let Some(lane) = self.outbox.lanes.get_mut(to) else { return false };
        let standing = &mut lane.standing;
        standing.attempts = standing.attempts.saturating_add(1);
        standing.error = Some(error.chars().take(ERROR_CHARS).collect());
        // However long others were in the way: everything has its own time.
        let from = (*standing.failing_since.get_or_insert(*since)).max(*at);
        let end = from.plus_millis(patience_ms);
        if now >= end {
            if self.bury(to, *what).is_err() {
                self.postpone(to);
            }
            return true;
        }
        let pause = pause_ms(limits.webhook_retry_ms, standing.attempts, id, retry_after_ms);
        standing.next_at = Some(now.plus_millis(pause).min(end));
        false
    }

    /// Treats attempts as failed of which nothing was heard for too long.
    pub(super) fn give_up_waiting(&mut self) {
        let (now, timeout) = (self.now, self.limits.webhook_timeout_ms);
        let last = self.history.written();
        let lost = |lane: &Lane| lane.deadline(timeout, last).is_some_and(|at| at <= now);
        let lanes = self.outbox.lanes.values().filter(|lane| lost(lane));
        let ids = lanes.filter_map(|lane| lane.under_way.as_ref().map(|one| one.id.clone()));
        for id in ids.collect::<Vec<_>>() {
            let error = "nothing was heard of the attempt".to_owned();
            self.delivered(&id, Outcome::Failed { error, retry_after_ms: None });
        }
    }
}
