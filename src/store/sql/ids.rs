//! Finding a message by its id without an index on disk.
//!
//! An index would be a second row written for every message. Instead the index is in memory ([`IdIndex`]), and every
//! [`SEGMENT`] entries one row of the table `ids` keeps what was added to it. The row says up to where it goes: the
//! entries after the last row's `through` are read from the history itself.
//!
//! Nothing is loaded before it is asked for. Invariant, once it is: the index has every message and event of the
//! history, and `tail` those that lie after the last segment. A segment that could not be written, or was not because
//! the object was killed, only makes the tail longer.
//!
//! Measured natively in a room of 1,000,000 messages: the first lookup of a wake 58 ms, later ones 1 to 2 µs. The first
//! ever, when there are no segments yet, reads the whole history: 1.1 s.

use super::database::{Database, Value, damaged, one_row};
use super::history;
use crate::ids::{MessageId, UserId};
use crate::store::id_index::{IdIndex, Key, Keys, SECRET_BYTES, segment};
use crate::store::{Entry, EntryKind, Position, Seq, StoreError};
use crate::time::Timestamp;

/// How many messages and events a row of `ids` stands for.
const SEGMENT: usize = 1_000;

/// How many segments are read at once.
const SEGMENTS_AT_ONCE: u32 = 64;

/// The index of a room's ids, once it was needed.
#[derive(Default)]
pub(super) struct Ids(Option<Loaded>);

struct Loaded {
    keys: Keys,
    index: IdIndex,
    last: Seq,
    /// By ascending `seq`.
    tail: Vec<(Key, Seq)>,
}

impl Ids {
    /// Where and when this author's message with this id was accepted.
    pub(super) fn accepted(
        &mut self,
        db: &impl Database,
        author: &UserId,
        id: &MessageId,
    ) -> Result<Option<(Seq, Timestamp)>, StoreError> {
        let loaded = self.loaded(db)?;
        let key = loaded.keys.key(id, Some(author));
        let same = |head: &Head| head.kind == EntryKind::Message && head.is(id, Some(author));
        Ok(loaded.first(db, key..=key, same)?.map(|head| (head.seq, head.at)))
    }

    /// The first message or event with this id, the author's own before all others.
    pub(super) fn find(
        &mut self,
        db: &impl Database,
        id: &MessageId,
        author: Option<&UserId>,
    ) -> Result<Option<Seq>, StoreError> {
        let loaded = self.loaded(db)?;
        let key = loaded.keys.key(id, author);
        if author.is_some() {
            let own = loaded.first(db, key..=key, |head| head.is(id, author))?;
            if let Some(own) = own {
                return Ok(Some(own.seq));
            }
        }
        let any = loaded.first(db, key.of_any_author(), |head| head.id == id.as_str())?;
        Ok(any.map(|head| head.seq))
    }

    /// Takes note of entries that were written.
    pub(super) fn appended(&mut self, db: &impl Database, entries: &[Entry]) {
        let Some(loaded) = &mut self.0 else { return };
        for entry in entries {
            loaded.last = entry.seq;
            if entry.kind.in_pages() {
                loaded.add(loaded.keys.key(&entry.id, entry.author.as_ref()), entry.seq);
            }
        }
        loaded.write_segments(db);
    }

    /// Takes note that the history begins later. Segments that are of no more use go.
    pub(super) fn dropped_through(&mut self, through: Seq) {
        let Some(loaded) = &mut self.0 else { return };
        loaded.index.forget_through(through, loaded.last);
        loaded.tail.retain(|(_, seq)| *seq > through);
    }

    /// Has everything loaded anew: what was written may have been undone.
    pub(super) fn forget(&mut self) {
        self.0 = None;
    }

    fn loaded(&mut self, db: &impl Database) -> Result<&mut Loaded, StoreError> {
        let loaded = match self.0.take() {
            Some(loaded) => loaded,
            None => Loaded::load(db)?,
        };
        Ok(self.0.insert(loaded))
    }
}

impl Loaded {
    fn load(db: &impl Database) -> Result<Self, StoreError> {
        let Position { last, mut floor, .. } = history::position(db)?;
        let segments = one_row(db, "SELECT count(*) FROM ids", &[])?.number()?;
        let entries = usize::try_from(segments).unwrap_or(0).saturating_mul(SEGMENT);
        let index = IdIndex::load(entries, Segments { db, through: &mut floor, read: Vec::new() })?;
        let mut loaded = Self { keys: Keys::new(&secret(db)?), index, last, tail: Vec::new() };
        loaded.load_tail(db, floor)?;
        Ok(loaded)
    }

    /// Reads what the segments do not have. Usually less than one segment's worth; all of an old room, once.
    fn load_tail(&mut self, db: &impl Database, mut after: Seq) -> Result<(), StoreError> {
        loop {
            let rows = db.query(
                "SELECT seq, id, author FROM history WHERE seq > ? AND kind < 2 \
                 ORDER BY seq LIMIT 1000",
                &[after.into()],
            )?;
            if rows.is_empty() {
                return Ok(());
            }
            for mut row in rows {
                after = row.seq()?;
                let id = MessageId::parse(row.text()?).map_err(damaged)?;
                let author = row.optional_text()?.map(history::user).transpose()?;
                self.add(self.keys.key(&id, author.as_ref()), after);
            }
            self.write_segments(db);
        }
    }

    fn add(&mut self, key: Key, seq: Seq) {
        self.index.insert(key, seq);
        self.tail.push((key, seq));
    }

    /// Writes what makes whole segments. If that fails they stay in the tail, until the next time.
    fn write_segments(&mut self, db: &impl Database) {
        while let Some(chunk) = self.tail.get(..SEGMENT)
            && let Some((_, through)) = chunk.last()
        {
            let entries = segment(chunk.iter().copied());
            let sql = "INSERT INTO ids (through, entries) VALUES (?, ?)";
            if db.execute(sql, &[(*through).into(), Value::Blob(&entries)]).is_err() {
                return;
            }
            self.tail.drain(..SEGMENT);
        }
    }

    /// The first entry with one of these keys that is the right one.
    fn first(
        &self,
        db: &impl Database,
        keys: std::ops::RangeInclusive<Key>,
        right: impl Fn(&Head) -> bool,
    ) -> Result<Option<Head>, StoreError> {
        for seq in self.index.candidates(keys, self.last) {
            if let Some(head) = Head::read(db, seq)?
                && right(&head)
            {
                return Ok(Some(head));
            }
        }
        Ok(None)
    }
}

/// What the keys depend on. No client ever sees it.
fn secret(db: &impl Database) -> Result<[u8; SECRET_BYTES], StoreError> {
    let mut row = one_row(db, "SELECT value FROM meta WHERE key = 'ids'", &[])?;
    row.blob()?.try_into().map_err(|_| StoreError("the secret of the ids is damaged".into()))
}

/// Reads the segments, a few at a time; `through` says up to where they went.
struct Segments<'a, D> {
    db: &'a D,
    through: &'a mut Seq,
    /// What was read at once, last one first.
    read: Vec<(Seq, Vec<u8>)>,
}

impl<D: Database> Segments<'_, D> {
    fn read(&mut self) -> Result<(), StoreError> {
        let rows = self.db.query(
            "SELECT through, entries FROM ids WHERE through > ? ORDER BY through LIMIT ?",
            &[(*self.through).into(), SEGMENTS_AT_ONCE.into()],
        )?;
        let rows = rows.into_iter().rev().map(|mut row| Ok((row.seq()?, row.blob()?)));
        self.read = rows.collect::<Result<_, StoreError>>()?;
        Ok(())
    }
}

impl<D: Database> Iterator for Segments<'_, D> {
    type Item = Result<Vec<u8>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.read.is_empty()
            && let Err(fault) = self.read()
        {
            return Some(Err(fault));
        }
        let (through, entries) = self.read.pop()?;
        *self.through = through;
        Some(Ok(entries))
    }
}

/// What an entry is recognized by.
struct Head {
    seq: Seq,
    at: Timestamp,
    kind: EntryKind,
    id: String,
    author: Option<String>,
}

impl Head {
    fn read(db: &impl Database, seq: Seq) -> Result<Option<Self>, StoreError> {
        let sql = "SELECT at, kind, id, author FROM history WHERE seq = ? AND kind < 2";
        let Some(mut row) = db.query(sql, &[seq.into()])?.into_iter().next() else {
            return Ok(None);
        };
        Ok(Some(Self {
            seq,
            at: Timestamp::from_millis(row.number()?),
            kind: history::kind(row.number()?)?,
            id: row.text()?,
            author: row.optional_text()?,
        }))
    }

    fn is(&self, id: &MessageId, author: Option<&UserId>) -> bool {
        self.id == id.as_str() && self.author.as_deref() == author.map(UserId::as_str)
    }
}
