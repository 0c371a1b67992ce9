//! Who is here, as people see it.
//!
//! Presence goes by user: a second device is no join, and closing one of two is no leave. A device that has gone is *leaving* for
//! a while, in which its user may come back without noise: that is what a reload looks like. Those moments are forgotten by
//! a room that sleeps; but a room with somebody leaving has a deadline within seconds, and does not sleep.
//!
//! News goes out at once while there is little of it. In a wave of joins and leaves the rest of a window goes out together, so
//! that a thousand arrivals cost everybody a few frames. Windows are the longer the more people there are, because
//! what they gather is longer, too.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Connection, Roster};
use crate::access::Grant;
use crate::ids::{UserId, Username};
use crate::limits::Limits;
use crate::sorted::{Map, Set};
use crate::time::Timestamp;

/// How many changes of a window are told one by one.
const SINGLES: usize = 4;
/// How long a window is, and how much longer for each user who is here.
const WINDOW_MS: u64 = 250;
const WINDOW_MS_PER_USER: u64 = 2;

/// JSON that a client has chosen to show with its user.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(inline))]
#[serde(transparent)]
pub struct Meta(Box<RawValue>);

impl Meta {
    pub(crate) fn new(json: &RawValue) -> Self {
        Self(json.to_owned())
    }
}

impl PartialEq for Meta {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

impl Eq for Meta {}

/// How much somebody is there. In ascending order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Said to be away.
    Away,
    /// Not looking.
    Idle,
    /// Here.
    #[default]
    Active,
}

/// What a connection has said about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Appearance {
    /// Any JSON; none, if it has taken it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
    /// How much it is there.
    #[serde(default)]
    pub status: Status,
    /// When it said what its `meta` is, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta_at: Option<Timestamp>,
}

/// A user as the others see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) user_id: UserId,
    pub(crate) username: Username,
    pub(crate) meta: Option<Meta>,
    pub(crate) status: Status,
    pub(crate) devices: usize,
}

/// What became of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    Joined(Person),
    Updated(Person),
    Left { user_id: UserId, username: Username },
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The client closed it, as a reload does.
    Clean,
    /// The line broke.
    Broken,
    /// It was closed here, for good reason.
    Expelled,
    /// Another one goes on in its place.
    Superseded,
}

impl Ending {
    /// For how long its user may come back without noise.
    pub(crate) fn grace_ms(self, limits: &Limits) -> u64 {
        match self {
            Self::Clean => limits.grace_ms,
            Self::Broken => limits.broken_grace_ms,
            Self::Expelled | Self::Superseded => 0,
        }
    }
}

/// A device that may come back.
struct Leaving {
    until: Timestamp,
    connection: Connection,
}

/// What is to be told about a user.
#[derive(Clone, Copy, PartialEq, Eq)]
enum News {
    Joined,
    Updated,
    Left,
}

#[derive(Default)]
pub(crate) struct Presence {
    leaving: Map<UserId, Vec<Leaving>>,
    news: Map<UserId, (News, Username)>,
    window: Option<Window>,
}

struct Window {
    until: Timestamp,
    told: usize,
}

impl Presence {
    /// A connection has come, and is in the roster. Says what the device that it takes the place of had said about itself, and
    /// what the others are to be told at once.
    pub(crate) fn connected(
        &mut self,
        roster: &Roster,
        connection: &Connection,
        now: Timestamp,
    ) -> (Option<Appearance>, Option<Change>) {
        let user = &connection.grant.user_id;
        if let Some(leaving) = self.leaving.get_mut(user) {
            let same = leaving.iter().position(|one| one.connection.id == connection.id);
            let back = leaving.swap_remove(same.unwrap_or_default());
            if leaving.is_empty() {
                self.leaving.remove(user);
            }
            let change = self.replaced(roster, &back.connection, connection, now);
            return (back.connection.appearance, change);
        }
        let news = if roster.shown(user).count() == 1 { News::Joined } else { News::Updated };
        (None, self.tell(roster, user, news, now))
    }

    /// A connection has taken the place of another one of its user.
    pub(crate) fn replaced(
        &mut self,
        roster: &Roster,
        earlier: &Connection,
        connection: &Connection,
        now: Timestamp,
    ) -> Option<Change> {
        let renamed = earlier.grant.username != connection.grant.username;
        let news = renamed.then_some(News::Updated);
        news.and_then(|news| self.tell(roster, &connection.grant.user_id, news, now))
    }

    /// A connection has gone, and is no longer in the roster. With the last one of the room everybody has left for good: nobody
    /// could see who comes back.
    pub(crate) fn disconnected(
        &mut self,
        roster: &Roster,
        connection: Connection,
        ending: Ending,
        limits: &Limits,
        now: Timestamp,
    ) -> Vec<Change> {
        let grace_ms = ending.grace_ms(limits);
        let Grant { user_id, username, .. } = &connection.grant;
        if roster.is_empty() {
            let mut left = Map::from_iter([(user_id.clone(), username.clone())]);
            for (user, leaving) in std::mem::take(self).leaving {
                let name = leaving.into_iter().last().map(|one| one.connection.grant.username);
                if let Some(name) = name {
                    left.insert(user, name);
                }
            }
            let left = left.into_iter();
            return left.map(|(user_id, username)| Change::Left { user_id, username }).collect();
        }
        if grace_ms == 0 {
            // Whoever is sent away does not stay because of a device that has gone before.
            if roster.shown(user_id).next().is_none() {
                self.leaving.remove(user_id);
            }
            let (user, name) = (user_id.clone(), username.clone());
            return self.gone(roster, &user, name, now).into_iter().collect();
        }
        let until = now.plus_millis(grace_ms);
        self.leaving.entry(user_id.clone()).or_default().push(Leaving { until, connection });
        Vec::new()
    }

    /// A connection has said something about itself.
    pub(crate) fn updated(
        &mut self,
        roster: &Roster,
        user: &UserId,
        now: Timestamp,
    ) -> Option<Change> {
        self.tell(roster, user, News::Updated, now)
    }

    /// When [`Presence::expire`] is to be called.
    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        let leaving = self.leaving.values().flatten().map(|leaving| leaving.until).min();
        let window = self.window.as_ref().filter(|_| !self.news.is_empty());
        leaving.into_iter().chain(window.map(|window| window.until)).min()
    }

    /// Ends what is over: those who did not come back are gone, and what a window has gathered is told.
    pub(crate) fn expire(&mut self, roster: &Roster, now: Timestamp) -> Vec<Change> {
        let mut over = Map::new();
        for (user, leaving) in &mut self.leaving {
            for gone in leaving.extract_if(.., |leaving| leaving.until <= now) {
                over.insert(user.clone(), gone.connection.grant.username);
            }
        }
        self.leaving.retain(|_, leaving| !leaving.is_empty());
        let mut changes: Vec<_> = over
            .into_iter()
            .filter_map(|(user, username)| self.gone(roster, &user, username, now))
            .collect();
        if self.window.as_ref().is_some_and(|window| window.until <= now) {
            self.window = None;
            let news = std::mem::take(&mut self.news);
            if !news.is_empty() {
                // What comes right after a wave belongs to it.
                self.window = Some(self.open(roster, now, SINGLES));
            }
            let told = news.into_iter();
            changes.extend(
                told.filter_map(|(user, (news, name))| self.change(roster, &user, news, name)),
            );
        }
        changes
    }

    /// Everybody who is here, those included who may come back.
    pub(crate) fn people(&self, roster: &Roster) -> Vec<Person> {
        let mut users: Set<_> = roster.users().collect();
        self.leaving.keys().for_each(|user| users.insert(user));
        users.into_iter().filter_map(|user| self.person(roster, user)).collect()
    }

    /// How many users are here.
    pub(crate) fn count(&self, roster: &Roster) -> usize {
        let away = self.leaving.keys().filter(|user| roster.shown(user).next().is_none());
        roster.shown_count().saturating_add(away.count())
    }

    pub(crate) fn is_here(&self, roster: &Roster, user: &UserId) -> bool {
        roster.shown(user).next().is_some() || self.leaving.contains_key(user)
    }

    /// A user as the others see them.
    pub(crate) fn person(&self, roster: &Roster, user: &UserId) -> Option<Person> {
        let leaving = self.leaving.get(user).into_iter().flatten();
        let devices: Vec<_> =
            leaving.map(|leaving| &leaving.connection).chain(roster.shown(user)).collect();
        let username = devices.last()?.grant.username.clone();
        let said = devices.iter().filter_map(|device| device.appearance.as_ref());
        let latest = said.max_by_key(|appearance| appearance.meta_at);
        let status = |device: &&Connection| {
            device.appearance.as_ref().map_or(Status::Active, |appearance| appearance.status)
        };
        Some(Person {
            user_id: user.clone(),
            username,
            meta: latest.and_then(|appearance| appearance.meta.clone()),
            status: devices.iter().map(status).max().unwrap_or_default(),
            devices: devices.len(),
        })
    }

    /// A device is gone for good.
    fn gone(
        &mut self,
        roster: &Roster,
        user: &UserId,
        username: Username,
        now: Timestamp,
    ) -> Option<Change> {
        if self.is_here(roster, user) {
            return self.tell(roster, user, News::Updated, now);
        }
        match self.news.get(user) {
            // Nobody has heard of them.
            Some((News::Joined, _)) => {
                self.news.remove(user);
                None
            }
            _ => self.tell_named(roster, user, News::Left, username, now),
        }
    }

    fn tell(
        &mut self,
        roster: &Roster,
        user: &UserId,
        news: News,
        now: Timestamp,
    ) -> Option<Change> {
        let name = self.person(roster, user)?.username;
        self.tell_named(roster, user, news, name, now)
    }

    /// Has something told: now, or at the end of the window.
    fn tell_named(
        &mut self,
        roster: &Roster,
        user: &UserId,
        news: News,
        name: Username,
        now: Timestamp,
    ) -> Option<Change> {
        if self.window.as_ref().is_none_or(|window| window.until <= now && self.news.is_empty()) {
            self.window = Some(self.open(roster, now, 0));
        }
        let window = self.window.as_mut()?;
        if window.told < SINGLES && !self.news.contains_key(user) {
            window.told = window.told.saturating_add(1);
            return self.change(roster, user, news, name);
        }
        let news = match (self.news.get(user).map(|(earlier, _)| *earlier), news) {
            (Some(News::Joined), News::Updated) => News::Joined,
            (Some(News::Left), News::Joined) => News::Updated,
            (_, news) => news,
        };
        self.news.insert(user.clone(), (news, name));
        None
    }

    fn open(&self, roster: &Roster, now: Timestamp, told: usize) -> Window {
        let users = u64::try_from(roster.user_count()).unwrap_or(u64::MAX);
        let length = WINDOW_MS.saturating_add(users.saturating_mul(WINDOW_MS_PER_USER));
        Window { until: now.plus_millis(length), told }
    }

    fn change(&self, roster: &Roster, user: &UserId, news: News, name: Username) -> Option<Change> {
        match news {
            News::Left => Some(Change::Left { user_id: user.clone(), username: name }),
            News::Joined => self.person(roster, user).map(Change::Joined),
            News::Updated => self.person(roster, user).map(Change::Updated),
        }
    }
}
