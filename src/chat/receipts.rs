//! How far everybody has come: a pointer for what has reached a user and one for what the user has read. They only move forward.
//!
//! A pointer that moves while it is quiet is kept and told at once. Under load those of a window are kept and told together.
//! A room with news to tell has a deadline within a quarter of a second, and does not sleep.

use serde::Serialize;

use super::frames::{Privacy, ServerFrame, StatusUpdate};
use super::not_enabled;
use crate::access::Capability;
use crate::config;
use crate::ids::{MessageId, UserId, Username};
use crate::room::wire::{Head, Refusal, encode};
use crate::room::{Answer, Audience, Change, Slot, Spending, Turn};
use crate::sorted::{Map, Set};
use crate::store::{Member, Seq, StoreError};
use crate::time::Timestamp;

const WINDOW_MS: u64 = 250;
/// How many pointers of a window are told one by one.
const SINGLES: usize = 4;
/// Up to where unread messages are counted.
const UNREAD_CAP: u32 = 1000;

/// How far one user has come, in the answer to `receipts`.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub(crate) struct Own {
    /// Up to where the user has read, be it privately.
    read: Seq,
    /// Up to where messages have reached one of the user's devices.
    delivered: Seq,
    /// How many messages of others the user has not read, 1000 at most.
    unread: u32,
    /// How many of these mention the user.
    mentions: u32,
}

/// How far everybody has come, in the answer to `receipts`.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Everybody<'a> {
    /// Those whose pointers may be shown.
    users: Vec<Progress<'a>>,
    /// Whether there are more users than these.
    has_more: bool,
}

/// How far a user has come.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Progress<'a> {
    user_id: &'a UserId,
    username: &'a Username,
    /// Up to where messages have reached one of the user's devices.
    delivered: Seq,
    /// Up to where the user has read.
    read: Seq,
    /// When the user was here last; left out while here.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen: Option<Timestamp>,
}

pub(super) struct Receipts {
    option: config::Receipts,
    /// What is known of those whose pointers have moved since the room woke.
    members: Map<UserId, Member>,
    news: Map<UserId, News>,
    window: Option<(Timestamp, usize)>,
}

/// What is to be told about a user.
#[derive(Default, Clone)]
struct News {
    read: bool,
    /// The same, to the user's own devices.
    read_privately: bool,
    delivered: bool,
}

impl Receipts {
    pub(super) fn new(option: config::Receipts) -> Self {
        Self { option, members: Map::new(), news: Map::new(), window: None }
    }

    /// Takes `read-receipt`.
    pub(super) fn read(
        &mut self,
        turn: &mut Turn<'_>,
        slot: Slot,
        head: &Head<'_>,
    ) -> Result<(), Refusal> {
        self.receipt(turn, slot, head, true)
    }

    /// Takes `delivered`.
    pub(super) fn delivered(
        &mut self,
        turn: &mut Turn<'_>,
        slot: Slot,
        head: &Head<'_>,
    ) -> Result<(), Refusal> {
        self.receipt(turn, slot, head, false)
    }

    fn receipt(
        &mut self,
        turn: &mut Turn<'_>,
        slot: Slot,
        head: &Head<'_>,
        read: bool,
    ) -> Result<(), Refusal> {
        let grant = &turn.allowed(slot, Capability::Receipts)?.grant;
        let (user, name) = (grant.user_id.clone(), grant.username.clone());
        turn.spend(slot, Spending::Receipt)?;
        self.check_enabled()?;
        let Privacy { private } = head.body()?;
        let private = private && read || self.option == config::Receipts::Private;
        let name_of_message = head.body()?;
        let up_to = turn.seq_of(&name_of_message, None)?;
        let mut member = self.member(turn, &user, &name)?;
        let moved =
            if read { advance(&mut member, up_to, private) } else { reach(&mut member, up_to) };
        if !moved {
            return Ok(());
        }
        member.seen = turn.now;
        let told = self.told(turn.now);
        if told < SINGLES && !self.news.contains_key(&user) {
            turn.store.put_members(std::slice::from_ref(&member))?;
            self.members.insert(user.clone(), member);
            let update = update(&user, name_of_message.message_id(), up_to, read);
            if private {
                tell_own(turn, update, Some(slot));
            } else {
                // The user's other devices want to know as well.
                let to = Audience::Except(vec![slot]);
                turn.send(to, encode(&ServerFrame::MessageStatusUpdate { update }));
            }
        } else {
            self.members.insert(user.clone(), member);
            let news = self.news.entry(user).or_default();
            news.read |= read && !private;
            news.read_privately |= read && private;
            news.delivered |= !read;
        }
        Ok(())
    }

    /// How many pointers were told in this window, which begins now if there is none.
    fn told(&mut self, now: Timestamp) -> usize {
        let quiet = self.news.is_empty() && self.window.is_none_or(|(until, _)| until <= now);
        if quiet {
            self.window = Some((now.plus_millis(WINDOW_MS), 0));
        }
        self.window.as_mut().map_or(0, |(_, told)| {
            let before = *told;
            *told = told.saturating_add(1);
            before
        })
    }

    fn member(
        &self,
        turn: &Turn<'_>,
        user: &UserId,
        name: &Username,
    ) -> Result<Member, StoreError> {
        let known = match self.members.get(user) {
            Some(member) => Some(member.clone()),
            None => turn.store.member(user)?,
        };
        let mut member = known.unwrap_or_else(|| Member {
            user: user.clone(),
            username: name.clone(),
            delivered: Seq::default(),
            read: Seq::default(),
            read_privately: Seq::default(),
            seen: turn.now,
        });
        member.username = name.clone();
        Ok(member)
    }

    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        self.window.filter(|_| !self.news.is_empty()).map(|(until, _)| until)
    }

    pub(super) fn deadline_reached(&mut self, turn: &mut Turn<'_>) {
        if self.next_deadline().is_none_or(|until| turn.now < until) {
            return;
        }
        let now = turn.now;
        // What comes right after belongs to the same load.
        self.window = Some((now.plus_millis(WINDOW_MS), SINGLES));
        let moved: Vec<_> =
            self.news.keys().filter_map(|user| self.members.get(user)).cloned().collect();
        if turn.store.put_members(&moved).is_err() {
            // They are still news, and the next window tries again.
            return;
        }
        let news = std::mem::take(&mut self.news);
        let mut updates = Vec::new();
        for (user, news) in &news {
            let Some(member) = self.members.get(user) else { continue };
            if news.read {
                updates.push(update(user, None, member.read, true));
            }
            if news.read_privately && member.read_privately > member.read {
                tell_own(turn, update(user, None, member.read_privately, true), None);
            }
            if news.delivered && member.delivered > member.read {
                let update = update(user, None, member.delivered, false);
                if self.option == config::Receipts::Private {
                    tell_own(turn, update, None);
                } else {
                    updates.push(update);
                }
            }
        }
        match updates.len() {
            0 => {}
            1 => {
                let updates = updates.into_iter();
                for update in updates {
                    turn.send(Audience::All, encode(&ServerFrame::MessageStatusUpdate { update }));
                }
            }
            _ => turn.send(Audience::All, encode(&ServerFrame::MessageStatusUpdates { updates })),
        }
    }

    /// Keeps when somebody was here last.
    pub(super) fn people_changed(&mut self, turn: &mut Turn<'_>, changes: &[Change]) {
        if self.option == config::Receipts::Off {
            return;
        }
        let mut left = Vec::new();
        for change in changes {
            if let Change::Left { user_id, username } = change
                && let Ok(member) = self.member(turn, user_id, username)
            {
                left.push(Member { seen: turn.now, ..member });
                if !self.news.contains_key(user_id) {
                    self.members.remove(user_id);
                }
            }
        }
        if !left.is_empty() {
            // When somebody was here last is worth no error: nobody waits for an answer.
            drop(turn.store.put_members(&left));
        }
    }

    /// Forgets a user, or everybody.
    pub(super) fn forget(&mut self, user: Option<&UserId>) {
        self.members.retain(|known, _| user.is_some_and(|user| user != known));
        self.news.retain(|known, _| user.is_some_and(|user| user != known));
    }

    /// Answers `receipts`.
    pub(super) fn answer(
        &mut self,
        turn: &mut Turn<'_>,
        slot: Slot,
        head: &Head<'_>,
    ) -> Result<(), Refusal> {
        let user = turn.allowed(slot, Capability::Receipts)?.grant.user_id.clone();
        turn.spend(slot, Spending::History)?;
        let answer = self.all(turn, Answer::to(head), Some(&user))?;
        super::reply(turn, slot, answer);
        Ok(())
    }

    /// Adds what `user` has read and has not, and how far everybody has come.
    pub(super) fn all(
        &mut self,
        turn: &mut Turn<'_>,
        mut answer: Answer,
        user: Option<&UserId>,
    ) -> Result<Answer, Refusal> {
        self.check_enabled()?;
        turn.flush();
        let limit = turn.limits.history_page_max;
        if let Some(user) = user {
            let own = match self.members.get(user) {
                Some(member) => Some(member.clone()),
                None => turn.store.member(user)?,
            };
            let read = own.as_ref().map_or(Seq::default(), |member| member.read_privately);
            let delivered = own.as_ref().map_or(Seq::default(), |member| member.delivered);
            let (unread, mentions) = turn.store.unread(user, read, UNREAD_CAP)?;
            answer.fields(&Own { read, delivered, unread, mentions });
        }
        let mut members = turn.store.members(limit.saturating_add(1))?;
        let has_more = members.len() > limit as usize;
        members.truncate(limit as usize);
        // What waits to be told is known here already.
        for member in &mut members {
            if let Some(latest) = self.members.get(&member.user) {
                member.clone_from(latest);
            }
        }
        let stored: Set<_> = members.iter().map(|member| member.user.as_str()).collect();
        let unwritten =
            self.members.values().filter(|member| !stored.contains(&member.user.as_str()));
        let unwritten: Vec<_> =
            unwritten.filter(|member| self.news.contains_key(&member.user)).collect();
        let public = self.option == config::Receipts::Public;
        let all = unwritten.into_iter().chain(&members);
        let users = all.filter(|member| public || Some(&member.user) == user).map(|member| {
            let here = turn.presence.is_here(turn.roster, &member.user);
            Progress {
                user_id: &member.user,
                username: &member.username,
                delivered: member.delivered,
                read: member.read,
                last_seen: (!here).then_some(member.seen),
            }
        });
        answer.fields(&Everybody { users: users.collect(), has_more });
        Ok(answer)
    }

    fn check_enabled(&self) -> Result<(), Refusal> {
        if self.option == config::Receipts::Off { Err(not_enabled("receipts")) } else { Ok(()) }
    }
}

/// Moves what a user has read; says whether it moved.
fn advance(member: &mut Member, up_to: Seq, private: bool) -> bool {
    let moves = up_to > member.read_privately || (!private && up_to > member.read);
    member.read_privately = member.read_privately.max(up_to);
    if !private {
        member.read = member.read.max(up_to);
    }
    member.delivered = member.delivered.max(up_to);
    moves
}

/// Moves what has reached a user; says whether it moved.
fn reach(member: &mut Member, up_to: Seq) -> bool {
    let moves = up_to > member.delivered;
    member.delivered = member.delivered.max(up_to);
    moves
}

/// Tells a user's own devices how far the user has come.
fn tell_own(turn: &mut Turn<'_>, update: StatusUpdate<'_>, except: Option<Slot>) {
    let own = turn.roster.slots(update.user_id).filter(|slot| Some(*slot) != except);
    let to = Audience::Only(own.collect());
    turn.send(to, encode(&ServerFrame::MessageStatusUpdate { update }));
}

fn update<'a>(
    user_id: &'a UserId,
    message_id: Option<&'a MessageId>,
    up_to: Seq,
    read: bool,
) -> StatusUpdate<'a> {
    StatusUpdate { user_id, message_id, up_to, status: if read { "read" } else { "delivered" } }
}
