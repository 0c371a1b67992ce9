//! Who is here, as the application's backend believes it.
//!
//! It goes by user, and a user who has gone may come back within the grace time, even if nobody else was here. Whom the backend
//! believes to be here is stored: after a crash they are not there, and the backend is told once their grace time is over.
//! An alarm from time to time makes sure that a room which died wakes to do so.

use super::Destination;
use crate::ids::{UserId, Username};
use crate::limits::Limits;
use crate::room::{Ending, Roster, Settings, Turn};
use crate::sorted::Map;
use crate::store::{Parcel, Store, StoreError};
use crate::time::Timestamp;
use crate::webhook::{Member, WebhookEvent};

/// How often an idle room looks whether those are there who are believed to be. A wake each time, of a few milliseconds.
const ROLL_CALL_MS: u64 = 10 * 60 * 1000;

pub(crate) struct Attendance {
    /// As stored.
    believed: Map<UserId, Username>,
    /// Those of them who are not connected, and until when they may come back.
    leaving: Map<UserId, Timestamp>,
    roll_call: Option<Timestamp>,
}

/// What the backend is to be told.
enum News {
    Joined(UserId, Username),
    Left(UserId),
}

impl Attendance {
    pub(super) fn restore(
        settings: &Settings,
        now: Timestamp,
        roster: &Roster,
        store: &mut dyn Store,
    ) -> Result<Option<Self>, StoreError> {
        let believed: Map<_, _> = store.attendees()?.into_iter().collect();
        let webhook = settings.party.shared.webhook.as_ref();
        if !webhook.is_some_and(crate::webhook::Webhook::wants_people) {
            for user in believed.keys() {
                store.remove_attendee(user)?;
            }
            return Ok(None);
        }
        let mut attendance = Self { believed, leaving: Map::new(), roll_call: None };
        attendance.miss(roster, now, &settings.limits);
        let strangers = attendance.strangers(roster).next().is_some();
        let soon = if strangers { now } else { now.plus_millis(ROLL_CALL_MS) };
        let anybody = strangers || !attendance.believed.is_empty();
        attendance.roll_call = anybody.then_some(soon);
        Ok(Some(attendance))
    }

    /// Those who are connected, and of whom nobody knows.
    fn strangers<'a>(&'a self, roster: &'a Roster) -> impl Iterator<Item = &'a UserId> {
        let here = |user: &&UserId| roster.shown(user).next().is_some();
        roster.users().filter(|user| !self.believed.contains_key(*user)).filter(here)
    }

    /// Gives those a time who are not connected.
    fn miss(&mut self, roster: &Roster, now: Timestamp, limits: &Limits) {
        let until = now.plus_millis(limits.broken_grace_ms);
        for user in self.believed.keys().filter(|user| roster.shown(user).next().is_none()) {
            self.leaving.entry(user.clone()).or_insert(until);
        }
    }

    /// When somebody's time is over.
    pub(in crate::room) fn next_leave(&self) -> Option<Timestamp> {
        self.leaving.values().min().copied()
    }

    /// When it is looked who is here.
    pub(in crate::room) fn next_roll_call(&self) -> Option<Timestamp> {
        self.roll_call
    }

    /// While somebody is believed to be here, it is looked from time to time whether they are.
    fn plan(&mut self, now: Timestamp) {
        if self.believed.is_empty() {
            self.roll_call = self.roll_call.filter(|at| *at < now.plus_millis(ROLL_CALL_MS));
        } else {
            self.roll_call.get_or_insert(now.plus_millis(ROLL_CALL_MS));
        }
    }

    /// Nobody is believed to be here any more.
    pub(super) fn forget(&mut self) {
        *self = Self { believed: Map::new(), leaving: Map::new(), roll_call: None };
    }
}

impl Turn<'_> {
    /// A user has a connection that others see.
    pub(in crate::room) fn attends(&mut self, user: &UserId, username: &Username) {
        let Some(attendance) = &mut self.outbox.attendance else { return };
        attendance.leaving.remove(user);
        if !attendance.believed.contains_key(user) {
            self.tell_attendance(vec![News::Joined(user.clone(), username.clone())]);
        }
    }

    /// A user's connection has ended, and is no longer in the roster.
    pub(in crate::room) fn parts(&mut self, user: &UserId, ending: Ending) {
        let Some(attendance) = &mut self.outbox.attendance else { return };
        if self.roster.shown(user).next().is_some() || !attendance.believed.contains_key(user) {
            return;
        }
        let grace_ms = ending.grace_ms(self.limits);
        if grace_ms == 0 {
            attendance.leaving.remove(user);
            self.tell_attendance(vec![News::Left(user.clone())]);
        } else {
            attendance.leaving.insert(user.clone(), self.now.plus_millis(grace_ms));
        }
    }

    /// Tells of those whose time is over, and looks who is here when it is time for that.
    pub(in crate::room) fn check_attendance(&mut self) {
        let now = self.now;
        let Some(attendance) = &mut self.outbox.attendance else { return };
        let mut news = Vec::new();
        if attendance.roll_call.is_some_and(|at| at <= now) {
            attendance.roll_call = None;
            attendance.miss(self.roster, now, self.limits);
            for user in attendance.strangers(self.roster) {
                let connection = self.roster.shown(user).next();
                let name = connection.map(|connection| connection.grant.username.clone());
                news.extend(name.map(|name| News::Joined(user.clone(), name)));
            }
        }
        let over = attendance.leaving.take_if(|_, until| *until <= now).into_iter();
        news.extend(over.map(|(user, _)| News::Left(user)));
        self.tell_attendance(news);
        if let Some(attendance) = &mut self.outbox.attendance {
            attendance.plan(now);
        }
    }

    /// Writes down what the backend is to be told, and whom it then believes to be here.
    fn tell_attendance(&mut self, news: Vec<News>) {
        if news.is_empty() {
            return;
        }
        // What was said before is told before.
        self.flush();
        let mut count: isize = 0;
        let mut parcels = Vec::new();
        for one in &news {
            let Some(attendance) = &self.outbox.attendance else { return };
            // Those of whom it was told just now are not among them yet.
            let before = attendance.believed.len().saturating_add_signed(count);
            match one {
                News::Joined(user, username) => {
                    count = count.saturating_add(1);
                    if before == 0 {
                        parcels.extend(self.webhook(WebhookEvent::RoomOccupied, None));
                    }
                    let total_users = before.saturating_add(1);
                    let member = Member { user_id: user, username, total_users };
                    parcels.extend(self.webhook(WebhookEvent::MemberJoined, Some(member)));
                }
                News::Left(user) => {
                    let Some(username) = attendance.believed.get(user).cloned() else { continue };
                    count = count.saturating_sub(1);
                    let total_users = before.saturating_sub(1);
                    let member = Member { user_id: user, username: &username, total_users };
                    parcels.extend(self.webhook(WebhookEvent::MemberLeft, Some(member)));
                    if total_users == 0 {
                        parcels.extend(self.webhook(WebhookEvent::RoomVacated, None));
                    }
                }
            }
        }
        let written = self.store.atomically(&mut |store| {
            for one in &news {
                match one {
                    News::Joined(user, username) => store.put_attendee(user, username)?,
                    News::Left(user) => store.remove_attendee(user)?,
                }
            }
            store.put_parcels(&parcels)
        });
        let Some(attendance) = &mut self.outbox.attendance else { return };
        if written.is_err() {
            // Nobody else will say it again.
            attendance.roll_call = Some(self.now.plus_millis(self.limits.webhook_retry_ms));
            return;
        }
        for one in news {
            match one {
                News::Joined(user, username) => drop(attendance.believed.insert(user, username)),
                News::Left(user) => drop(attendance.believed.remove(&user)),
            }
        }
        attendance.plan(self.now);
        self.outbox.holds(&parcels);
    }

    /// The parcel that tells the backend of something, if it wants to know.
    pub(in crate::room) fn webhook(
        &mut self,
        event: WebhookEvent,
        member: Option<Member<'_>>,
    ) -> Option<Parcel> {
        self.settings.party.shared.webhook.as_ref().filter(|webhook| webhook.wants(event))?;
        let subject = self.subject();
        let body = match member {
            Some(member) => subject.member(event, self.now, member),
            None => subject.plain(event, self.now),
        };
        Some(Parcel {
            lane: Destination::Webhook.to_string(),
            number: self.outbox.next_number(self.now),
            after: self.history.position().last,
            at: self.now,
            kind: event.as_str().to_owned(),
            id: None,
            body,
        })
    }
}
