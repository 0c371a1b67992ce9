//! The store over SQLite: the Durable Object's in production, a native one in tests. Statements and logic are the same.
//!
//! What takes several statements is one transaction, so every call is all or none.
//!
//! | file | what it has |
//! |---|---|
//! | `database` | what is asked of SQLite |
//! | `schema` | the tables |
//! | `migration` | how an older schema becomes the current one |
//! | `history` | entries, pages, threads |
//! | `ids` | which message has an id |
//! | `search` | which messages have a word |
//! | `reactions` | reactions and pins |
//! | `members` | pointers, mentions, what is unread |
//! | `answers` | what calls with a key were answered |
//! | `rules` | moderation |
//! | `outbox` | what others are still to be told |

mod answers;
mod database;
mod history;
mod ids;
mod members;
mod migration;
mod outbox;
mod reactions;
mod rules;
mod schema;
mod search;

pub(crate) use database::damaged;
pub use database::{Cell, Columns, Database, Value};
pub(crate) use migration::migrate;

use std::cell::RefCell;
use std::rc::Rc;

use ids::Ids;
use search::Search;

use super::{
    Answered, Cursor, DeadLetter, Entry, Member, OutboxStore, Page, Parcel, Position, Reaction,
    Row, Rule, Seq, Store, StoreError,
};
use crate::ids::{MessageId, UserId, Username};
use crate::time::Timestamp;

/// A store over SQLite.
pub struct SqlStore<D> {
    db: Rc<D>,
    /// In a cell, because looking up an id may have to load them first.
    ids: RefCell<Ids>,
    search: Search,
}

impl<D: Database> SqlStore<D> {
    /// Opens the store and brings its schema up to date.
    ///
    /// # Errors
    /// If SQLite fails, or the schema is a newer one than this code knows.
    pub fn open(db: D) -> Result<Self, StoreError> {
        migrate(&db, "the room", schema::MIGRATIONS)?;
        let search = Search::open(&db)?;
        Ok(Self { db: Rc::new(db), ids: RefCell::default(), search })
    }

    /// What `body` writes, all or none.
    fn all_or_none(
        &self,
        mut body: impl FnMut(&D) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.db.transaction(&mut || body(&self.db))
    }

    /// The same for what is one statement, or several.
    fn write(
        &self,
        statements: usize,
        mut body: impl FnMut(&D) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if statements > 1 { self.all_or_none(body) } else { body(&self.db) }
    }

    fn settle_search(&mut self) -> Result<(), StoreError> {
        self.search = self.search.settle(&*self.db)?;
        Ok(())
    }
}

impl<D: Database> Store for SqlStore<D> {
    fn atomically(
        &mut self,
        work: &mut dyn FnMut(&mut dyn Store) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let (db, search) = (Rc::clone(&self.db), self.search);
        db.transaction(&mut || work(self)).inspect_err(|_| {
            self.search = search;
            self.ids.get_mut().forget();
        })
    }

    fn position(&self) -> Result<Position, StoreError> {
        history::position(&*self.db)
    }

    fn append(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
        self.settle_search()?;
        let search = self.search;
        let statements = [
            history::append_statements(entries),
            members::mention_statements(entries),
            search.append_statements(entries),
        ];
        self.write(statements.iter().sum(), |db| {
            history::append(db, entries)?;
            members::mention(db, entries)?;
            search.append(db, entries)
        })?;
        self.ids.get_mut().appended(&*self.db, entries);
        Ok(())
    }

    fn accepted(
        &self,
        author: &UserId,
        id: &MessageId,
    ) -> Result<Option<(Seq, Timestamp)>, StoreError> {
        self.ids.borrow_mut().accepted(&*self.db, author, id)
    }

    fn find(&self, id: &MessageId, author: Option<&UserId>) -> Result<Option<Seq>, StoreError> {
        self.ids.borrow_mut().find(&*self.db, id, author)
    }

    fn row(&self, seq: Seq) -> Result<Option<Row>, StoreError> {
        history::row(&*self.db, seq)
    }

    fn replace(&mut self, seq: Seq, frame: &str, text: Option<&str>) -> Result<(), StoreError> {
        self.settle_search()?;
        let search = self.search;
        self.write(if search == Search::None { 1 } else { 3 }, |db| {
            history::replace(db, seq, frame)?;
            search.replace(db, seq, text)
        })
    }

    fn edits(&self, about: Seq) -> Result<Vec<Row>, StoreError> {
        history::edits(&*self.db, about)
    }

    fn authored(&self, author: &UserId, after: Seq, limit: u32) -> Result<Vec<Row>, StoreError> {
        history::authored(&*self.db, author, after, limit)
    }

    fn page(&self, cursor: Cursor, limit: u32) -> Result<Page, StoreError> {
        history::page(&*self.db, cursor, limit)
    }

    fn thread(&self, parent: Seq, cursor: Cursor, limit: u32) -> Result<Page, StoreError> {
        history::thread(&*self.db, parent, cursor, limit)
    }

    fn log(&self, after: Seq, limit: u32) -> Result<Page, StoreError> {
        history::log(&*self.db, after, limit)
    }

    fn last_before(&self, moment: Timestamp) -> Result<Seq, StoreError> {
        history::last_before(&*self.db, moment)
    }

    fn oldest(&self) -> Result<Option<Timestamp>, StoreError> {
        history::oldest(&*self.db)
    }

    fn enable_search(&mut self) -> Result<(), StoreError> {
        let mut search = self.search;
        self.all_or_none(|db| {
            search = search.enable(db)?;
            Ok(())
        })?;
        self.search = search;
        Ok(())
    }

    fn search(&self, query: &str, before: Option<Seq>, limit: u32) -> Result<Page, StoreError> {
        self.search.page(&*self.db, query, before, limit)
    }

    fn reactions(&self, message: Seq) -> Result<Vec<Reaction>, StoreError> {
        reactions::reactions(&*self.db, message)
    }

    fn reacted(
        &self,
        user: &UserId,
        first: Seq,
        last: Seq,
    ) -> Result<Vec<(Seq, String)>, StoreError> {
        reactions::reacted(&*self.db, user, first, last)
    }

    fn add_reaction(&mut self, message: Seq, reaction: &Reaction) -> Result<(), StoreError> {
        reactions::add(&*self.db, message, reaction)
    }

    fn remove_reaction(
        &mut self,
        message: Seq,
        user: &UserId,
        emoji: Option<&str>,
    ) -> Result<(), StoreError> {
        reactions::remove(&*self.db, message, user, emoji)
    }

    fn reacted_by(&self, user: &UserId) -> Result<Vec<Seq>, StoreError> {
        reactions::reacted_by(&*self.db, user)
    }

    fn clear_reactions(&mut self, message: Seq) -> Result<(), StoreError> {
        reactions::clear(&*self.db, message)
    }

    fn pin(&mut self, message: Seq) -> Result<(), StoreError> {
        reactions::pin(&*self.db, message)
    }

    fn unpin(&mut self, message: Seq) -> Result<(), StoreError> {
        reactions::unpin(&*self.db, message)
    }

    fn pins(&self) -> Result<Vec<(Seq, String)>, StoreError> {
        reactions::pins(&*self.db)
    }

    fn member(&self, user: &UserId) -> Result<Option<Member>, StoreError> {
        members::member(&*self.db, user)
    }

    fn members(&self, limit: u32) -> Result<Vec<Member>, StoreError> {
        members::members(&*self.db, limit)
    }

    fn put_members(&mut self, members: &[Member]) -> Result<(), StoreError> {
        self.write(members::put_statements(members), |db| members::put(db, members))
    }

    fn remove_member(&mut self, user: &UserId) -> Result<(), StoreError> {
        self.all_or_none(|db| members::remove(db, user))
    }

    fn unread(&self, user: &UserId, after: Seq, cap: u32) -> Result<(u32, u32), StoreError> {
        members::unread(&*self.db, user, after, cap)
    }

    fn answered(&self, key: &str) -> Result<Option<Answered>, StoreError> {
        answers::answered(&*self.db, key)
    }

    fn keep_answer(&mut self, key: &str, answered: &Answered) -> Result<(), StoreError> {
        answers::keep(&*self.db, key, answered)
    }

    fn forget_answers(&mut self, before: Timestamp) -> Result<(), StoreError> {
        answers::forget(&*self.db, before)
    }

    fn drop_through(&mut self, through: Seq) -> Result<(), StoreError> {
        let Position { last, floor, .. } = history::position(&*self.db)?;
        let through = through.min(last);
        let search = self.search;
        self.all_or_none(|db| {
            schema::drop_through(db, through, floor.max(through))?;
            search.drop_through(db, through)
        })?;
        self.ids.get_mut().dropped_through(through);
        Ok(())
    }

    fn wipe(&mut self) -> Result<(), StoreError> {
        let mut search = self.search;
        self.all_or_none(|db| {
            schema::wipe(db)?;
            search = search.wipe(db)?;
            Ok(())
        })?;
        self.search = search;
        self.ids.get_mut().forget();
        Ok(())
    }

    fn rules(&self) -> Result<Vec<Rule>, StoreError> {
        rules::rules(&*self.db)
    }

    fn put_rule(&mut self, rule: &Rule) -> Result<(), StoreError> {
        rules::put(&*self.db, rule)
    }

    fn remove_rule(&mut self, kind: &str, target: &str) -> Result<(), StoreError> {
        rules::remove(&*self.db, kind, target)
    }

    fn audit(&mut self, entry: &str) -> Result<(), StoreError> {
        rules::audit(&*self.db, entry)
    }

    fn audit_trail(&self, limit: u32) -> Result<Vec<String>, StoreError> {
        rules::audit_trail(&*self.db, limit)
    }
}

impl<D: Database> OutboxStore for SqlStore<D> {
    fn lanes(&self) -> Result<Vec<(String, String)>, StoreError> {
        outbox::lanes(&*self.db)
    }

    fn put_lane(&mut self, lane: &str, state: &str) -> Result<(), StoreError> {
        outbox::put_lane(&*self.db, lane, state)
    }

    fn remove_lane(&mut self, lane: &str) -> Result<(), StoreError> {
        outbox::remove_lane(&*self.db, lane)
    }

    fn parcels(&self) -> Result<Vec<(String, u64, u64)>, StoreError> {
        outbox::parcels(&*self.db)
    }

    fn put_parcels(&mut self, parcels: &[Parcel]) -> Result<(), StoreError> {
        self.write(parcels.len(), |db| {
            parcels.iter().try_for_each(|parcel| outbox::put_parcel(db, parcel))
        })
    }

    fn first_parcel(&self, lane: &str) -> Result<Option<Parcel>, StoreError> {
        outbox::first_parcel(&*self.db, lane)
    }

    fn remove_parcel(&mut self, lane: &str, number: u64) -> Result<(), StoreError> {
        outbox::remove_parcel(&*self.db, lane, number)
    }

    fn clear_lane(&mut self, lane: &str) -> Result<(), StoreError> {
        outbox::clear_lane(&*self.db, lane)
    }

    fn dead_letter_count(&self) -> Result<u64, StoreError> {
        outbox::dead_letter_count(&*self.db)
    }

    fn dead_letters(&self, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        outbox::dead_letters(&*self.db, limit)
    }

    fn put_dead_letter(&mut self, letter: &DeadLetter, body: &str) -> Result<(), StoreError> {
        outbox::put_dead_letter(&*self.db, letter, body)
    }

    fn trim_dead_letters(&mut self, limit: u32) -> Result<(), StoreError> {
        outbox::trim_dead_letters(&*self.db, limit)
    }

    fn revive_dead_letters(
        &mut self,
        ids: Option<&[String]>,
        number: u64,
        after: Seq,
    ) -> Result<u64, StoreError> {
        let mut revived = 0;
        self.all_or_none(|db| {
            revived = outbox::revive_dead_letters(db, ids, number, after)?;
            Ok(())
        })?;
        Ok(revived)
    }

    fn remove_dead_letters_with(&mut self, text: &str) -> Result<(), StoreError> {
        outbox::remove_dead_letters_with(&*self.db, text)
    }

    fn attendees(&self) -> Result<Vec<(UserId, Username)>, StoreError> {
        outbox::attendees(&*self.db)
    }

    fn put_attendee(&mut self, user: &UserId, username: &Username) -> Result<(), StoreError> {
        outbox::put_attendee(&*self.db, user, username)
    }

    fn remove_attendee(&mut self, user: &UserId) -> Result<(), StoreError> {
        outbox::remove_attendee(&*self.db, user)
    }
}
