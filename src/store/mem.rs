//! A store in memory, for tests. As plain as can be: what it does is what every store has to do.

use std::collections::{BTreeMap, BTreeSet};

use super::mem_outbox::MemOutbox;
use super::{
    Answered, Cursor, Entry, EntryKind, Epoch, Member, Page, Position, Reaction, Row, Rule, Seq,
    Store, StoreError,
};
use crate::ids::{MessageId, UserId};
use crate::time::Timestamp;

/// A store in memory.
#[derive(Debug, Default, Clone)]
pub struct MemStore {
    rows: BTreeMap<Seq, Row>,
    floor: Seq,
    last: Seq,
    incarnation: u32,
    texts: BTreeMap<Seq, String>,
    search: bool,
    mentions: BTreeSet<(UserId, Seq)>,
    reactions: BTreeMap<Seq, Vec<Reaction>>,
    pins: Vec<Seq>,
    members: BTreeMap<UserId, Member>,
    rules: Vec<Rule>,
    trail: Vec<String>,
    answers: BTreeMap<String, Answered>,
    pub(super) outbox: MemOutbox,
    /// How often [`Store::append`] was called.
    pub appends: usize,
    /// Makes the next calls of [`Store::append`], [`Store::keep_answer`] and those that write to the outbox fail, as a full disk would.
    pub failing: bool,
}

impl MemStore {
    /// The epoch of every new store in memory.
    pub const EPOCH: &str = "memory";

    /// An empty history.
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn fail_if_told(&self) -> Result<(), StoreError> {
        if self.failing { Err(StoreError("told to fail".into())) } else { Ok(()) }
    }

    fn select(&self, cursor: Cursor, limit: u32, fits: impl Fn(&Row) -> bool) -> Page {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let inside = self.rows.values().filter(|row| match cursor {
            Cursor::Latest => true,
            Cursor::Before(seq) => row.seq < seq,
            Cursor::After(seq) => row.seq > seq,
        });
        let inside: Vec<_> =
            inside.filter(|row| fits(row)).map(|row| (row.seq, row.frame.clone())).collect();
        let surplus = inside.len().saturating_sub(limit);
        let frames = match cursor {
            Cursor::Latest | Cursor::Before(_) => inside.into_iter().skip(surplus).collect(),
            Cursor::After(_) => inside.into_iter().take(limit).collect(),
        };
        Page { frames, has_more: surplus > 0 }
    }
}

fn take(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

impl Store for MemStore {
    fn position(&self) -> Result<Position, StoreError> {
        let epoch = match self.incarnation {
            0 => Self::EPOCH.to_owned(),
            n => format!("{}-{n}", Self::EPOCH),
        };
        Ok(Position { epoch: Epoch::new(epoch), last: self.last, floor: self.floor })
    }

    fn append(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
        self.fail_if_told()?;
        self.appends = self.appends.saturating_add(1);
        for entry in entries {
            self.last = entry.seq;
            self.texts.extend(entry.text.clone().map(|text| (entry.seq, text)));
            self.mentions.extend(entry.mentions.iter().map(|user| (user.clone(), entry.seq)));
            self.rows.insert(
                entry.seq,
                Row {
                    seq: entry.seq,
                    at: entry.at,
                    kind: entry.kind,
                    author: entry.author.clone(),
                    id: entry.id.clone(),
                    about: entry.about,
                    frame: entry.frame.clone(),
                },
            );
        }
        Ok(())
    }

    fn atomically(
        &mut self,
        work: &mut dyn FnMut(&mut dyn Store) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let before = self.clone();
        work(self).inspect_err(|_| *self = before)
    }

    fn accepted(
        &self,
        author: &UserId,
        id: &MessageId,
    ) -> Result<Option<(Seq, Timestamp)>, StoreError> {
        let same = |row: &&Row| {
            row.kind == EntryKind::Message && row.author.as_ref() == Some(author) && row.id == *id
        };
        Ok(self.rows.values().find(same).map(|row| (row.seq, row.at)))
    }

    fn find(&self, id: &MessageId, author: Option<&UserId>) -> Result<Option<Seq>, StoreError> {
        let mut found = self.rows.values().filter(|row| row.kind.in_pages() && row.id == *id);
        let first = found.clone().next();
        let own = found.find(|row| author.is_some() && row.author.as_ref() == author);
        Ok(own.or(first).map(|row| row.seq))
    }

    fn row(&self, seq: Seq) -> Result<Option<Row>, StoreError> {
        Ok(self.rows.get(&seq).cloned())
    }

    fn replace(&mut self, seq: Seq, frame: &str, text: Option<&str>) -> Result<(), StoreError> {
        if let Some(row) = self.rows.get_mut(&seq) {
            frame.clone_into(&mut row.frame);
        }
        match text {
            Some(text) => self.texts.insert(seq, text.to_owned()),
            None => self.texts.remove(&seq),
        };
        Ok(())
    }

    fn edits(&self, about: Seq) -> Result<Vec<Row>, StoreError> {
        let edit = |row: &&Row| row.kind == EntryKind::Edit && row.about == Some(about);
        Ok(self.rows.values().filter(edit).cloned().collect())
    }

    fn authored(&self, author: &UserId, after: Seq, limit: u32) -> Result<Vec<Row>, StoreError> {
        let fits = |row: &&Row| row.seq > after && row.author.as_ref() == Some(author);
        Ok(self.rows.values().filter(fits).take(take(limit)).cloned().collect())
    }

    fn page(&self, cursor: Cursor, limit: u32) -> Result<Page, StoreError> {
        Ok(self.select(cursor, limit, |row| row.kind.in_pages()))
    }

    fn thread(&self, parent: Seq, cursor: Cursor, limit: u32) -> Result<Page, StoreError> {
        let reply = |row: &Row| row.kind == EntryKind::Message && row.about == Some(parent);
        Ok(self.select(cursor, limit, reply))
    }

    fn log(&self, after: Seq, limit: u32) -> Result<Page, StoreError> {
        Ok(self.select(Cursor::After(after), limit, |_| true))
    }

    fn last_before(&self, moment: Timestamp) -> Result<Seq, StoreError> {
        let before = self.rows.values().filter(|row| row.at < moment);
        Ok(before.map(|row| row.seq).max().unwrap_or_default())
    }

    fn oldest(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.rows.values().next().map(|row| row.at))
    }

    fn enable_search(&mut self) -> Result<(), StoreError> {
        self.search = true;
        Ok(())
    }

    fn search(&self, query: &str, before: Option<Seq>, limit: u32) -> Result<Page, StoreError> {
        let words = |text: &str| -> Vec<String> {
            let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
            words.map(str::to_lowercase).collect()
        };
        let wanted = words(query);
        let fits = |text: &str| {
            let there = words(text);
            let Some((last, rest)) = wanted.split_last() else { return false };
            rest.iter().all(|word| there.contains(word))
                && there.iter().any(|word| word.starts_with(last.as_str()))
        };
        let cursor = before.map_or(Cursor::Latest, Cursor::Before);
        let found = |row: &Row| self.texts.get(&row.seq).is_some_and(|text| fits(text));
        Ok(if self.search { self.select(cursor, limit, found) } else { Page::default() })
    }

    fn reactions(&self, message: Seq) -> Result<Vec<Reaction>, StoreError> {
        Ok(self.reactions.get(&message).cloned().unwrap_or_default())
    }

    fn reacted(
        &self,
        user: &UserId,
        first: Seq,
        last: Seq,
    ) -> Result<Vec<(Seq, String)>, StoreError> {
        let inside = self.reactions.iter().filter(|(seq, _)| first <= **seq && **seq <= last);
        let own = inside.flat_map(|(seq, all)| {
            let own = all.iter().filter(|reaction| reaction.user == *user);
            own.map(|reaction| (*seq, reaction.emoji.clone()))
        });
        Ok(own.collect())
    }

    fn add_reaction(&mut self, message: Seq, reaction: &Reaction) -> Result<(), StoreError> {
        let all = self.reactions.entry(message).or_default();
        let same = |one: &Reaction| one.user == reaction.user && one.emoji == reaction.emoji;
        if !all.iter().any(same) {
            all.push(reaction.clone());
        }
        Ok(())
    }

    fn remove_reaction(
        &mut self,
        message: Seq,
        user: &UserId,
        emoji: Option<&str>,
    ) -> Result<(), StoreError> {
        let all = self.reactions.entry(message).or_default();
        all.retain(|one| one.user != *user || emoji.is_some_and(|emoji| one.emoji != emoji));
        Ok(())
    }

    fn reacted_by(&self, user: &UserId) -> Result<Vec<Seq>, StoreError> {
        let by = |all: &Vec<Reaction>| all.iter().any(|reaction| reaction.user == *user);
        Ok(self.reactions.iter().filter(|(_, all)| by(all)).map(|(seq, _)| *seq).collect())
    }

    fn clear_reactions(&mut self, message: Seq) -> Result<(), StoreError> {
        self.reactions.remove(&message);
        Ok(())
    }

    fn pin(&mut self, message: Seq) -> Result<(), StoreError> {
        self.unpin(message)?;
        self.pins.push(message);
        Ok(())
    }

    fn unpin(&mut self, message: Seq) -> Result<(), StoreError> {
        self.pins.retain(|pinned| *pinned != message);
        Ok(())
    }

    fn pins(&self) -> Result<Vec<(Seq, String)>, StoreError> {
        let rows = self.pins.iter().filter_map(|seq| self.rows.get(seq));
        Ok(rows.map(|row| (row.seq, row.frame.clone())).collect())
    }

    fn member(&self, user: &UserId) -> Result<Option<Member>, StoreError> {
        Ok(self.members.get(user).cloned())
    }

    fn members(&self, limit: u32) -> Result<Vec<Member>, StoreError> {
        let mut members: Vec<_> = self.members.values().cloned().collect();
        members.sort_by_key(|member| std::cmp::Reverse(member.seen));
        members.truncate(take(limit));
        Ok(members)
    }

    fn put_members(&mut self, members: &[Member]) -> Result<(), StoreError> {
        self.members.extend(members.iter().map(|member| (member.user.clone(), member.clone())));
        Ok(())
    }

    fn remove_member(&mut self, user: &UserId) -> Result<(), StoreError> {
        self.members.remove(user);
        self.mentions.retain(|(mentioned, _)| mentioned != user);
        Ok(())
    }

    fn unread(&self, user: &UserId, after: Seq, cap: u32) -> Result<(u32, u32), StoreError> {
        let capped = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).min(cap);
        let others = self.rows.values().filter(|row| {
            row.seq > after && row.kind == EntryKind::Message && row.author.as_ref() != Some(user)
        });
        let mentions = self.mentions.iter().filter(|(one, seq)| one == user && *seq > after);
        Ok((capped(others.count()), capped(mentions.count())))
    }

    fn answered(&self, key: &str) -> Result<Option<Answered>, StoreError> {
        Ok(self.answers.get(key).cloned())
    }

    fn keep_answer(&mut self, key: &str, answered: &Answered) -> Result<(), StoreError> {
        self.fail_if_told()?;
        self.answers.insert(key.to_owned(), answered.clone());
        Ok(())
    }

    fn forget_answers(&mut self, before: Timestamp) -> Result<(), StoreError> {
        self.answers.retain(|_, answered| answered.at >= before);
        Ok(())
    }

    fn drop_through(&mut self, through: Seq) -> Result<(), StoreError> {
        self.floor = self.floor.max(through);
        self.rows.retain(|seq, _| *seq > through);
        self.texts.retain(|seq, _| *seq > through);
        self.reactions.retain(|seq, _| *seq > through);
        self.mentions.retain(|(_, seq)| *seq > through);
        self.pins.retain(|seq| *seq > through);
        Ok(())
    }

    fn wipe(&mut self) -> Result<(), StoreError> {
        let incarnation = self.incarnation.saturating_add(1);
        *self = Self { incarnation, search: self.search, ..Self::default() };
        Ok(())
    }

    fn rules(&self) -> Result<Vec<Rule>, StoreError> {
        Ok(self.rules.clone())
    }

    fn put_rule(&mut self, rule: &Rule) -> Result<(), StoreError> {
        self.remove_rule(rule.kind(), rule.target())?;
        self.rules.push(rule.clone());
        Ok(())
    }

    fn remove_rule(&mut self, kind: &str, target: &str) -> Result<(), StoreError> {
        self.rules.retain(|rule| rule.kind() != kind || rule.target() != target);
        Ok(())
    }

    fn audit(&mut self, entry: &str) -> Result<(), StoreError> {
        self.trail.push(entry.to_owned());
        Ok(())
    }

    fn audit_trail(&self, limit: u32) -> Result<Vec<String>, StoreError> {
        Ok(self.trail.iter().rev().take(take(limit)).cloned().collect())
    }
}
