//! Which entries may have an id: an index in memory, from the hash of an id to `seq`.
//!
//! It says where to look, never what is there: whoever asks reads the row and compares. So hashes that collide cost a
//! read, entries that are gone cost a read, and a wrong answer cannot come of either. What it must not do is to lack an
//! entry: then a message that is sent again would be written again.
//!
//! A [`Key`] has 64 bits: 40 of the id, then 24 of the author. Entries with the same id lie side by side, whoever wrote
//! them, and one author's are found without looking at the others.
//!
//! Entries lie in sorted runs, each at least twice as long as the one after it, so that there are few: adding is
//! amortized merging, looking up is a binary search in each.
//!
//! Memory: 12 bytes an entry, and up to twice that for the moment in which the longest runs are merged (this by
//! construction, the rest measured natively). With 1,000,000 ids
//! (`cargo test --release --test store -- --ignored --nocapture`): hashing 0.7 µs; loading all segments 69 ms, 58 ms of
//! a real room with its SQLite; looking up, hash included, 1.4 µs after a load (one run), 2.2 µs after adding one by one
//! (6 runs); adding 0.24 µs on average and 19 ms at worst, for a merge. No id that was not there had a candidate.

use std::ops::RangeInclusive;

use siphasher::sip::SipHasher13;

use super::Seq;
use crate::ids::{MessageId, UserId};
use crate::sorted::Set;

/// How many entries are added one by one before they become a run.
const FRESH: usize = 512;

/// The bytes of one entry of a segment.
pub const ENTRY_BYTES: usize = 12;

/// The bytes of the secret that a room's [`Keys`] depend on.
pub const SECRET_BYTES: usize = 16;

/// The hash of an id and its author.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(u64);

/// The bits of a [`Key`] that are the author's.
const AUTHOR: u64 = (1 << 24) - 1;

impl Key {
    /// The keys of all who may have used the same id.
    pub fn of_any_author(self) -> RangeInclusive<Self> {
        Self(self.0 & !AUTHOR)..=Self(self.0 | AUTHOR)
    }
}

/// Makes the keys of one room. They depend on a secret of the room, so that nobody can make up ids whose keys collide.
///
/// Every message is hashed on the busiest path there is. SipHash is made for that: a secret and a short text, some hundred
/// instructions; SHA-256 in its place was half of what a message cost in the core.
#[derive(Debug, Clone)]
pub struct Keys {
    of_ids: SipHasher13,
    of_authors: SipHasher13,
}

impl Keys {
    /// With a room's secret.
    pub fn new(secret: &[u8; SECRET_BYTES]) -> Self {
        let of_ids = SipHasher13::new_with_key(secret);
        // Another key of the same secret: what is known of the one says nothing about the other.
        let derived = |text: &[u8]| of_ids.hash(text).to_be_bytes();
        let (first, second) = (derived(b"author 1"), derived(b"author 2"));
        let [first, second] = [first, second].map(u64::from_be_bytes);
        Self { of_ids, of_authors: SipHasher13::new_with_keys(first, second) }
    }

    /// The key of an entry.
    pub fn key(&self, id: &MessageId, author: Option<&UserId>) -> Key {
        let of_id = self.of_ids.hash(id.as_str().as_bytes());
        let of_author = author.map(|author| self.of_authors.hash(author.as_str().as_bytes()));
        Key((of_id & !AUTHOR) | (of_author.unwrap_or(0) & AUTHOR))
    }
}

/// A key's halves and the low half of a `seq`: 12 bytes, ordered by key, then `seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct IdEntry([u32; 3]);

impl IdEntry {
    fn new(key: Key, seq: Seq) -> Self {
        Self([(key.0 >> 32) as u32, key.0 as u32, seq.get() as u32])
    }

    fn key(self) -> Key {
        let Self([high, low, _]) = self;
        Key((u64::from(high) << 32) | u64::from(low))
    }

    /// Of all `seq`s with this low half the last that is not past `last`. A database holds fewer than 2^32 entries.
    fn seq(self, last: Seq) -> Option<Seq> {
        let Self([.., low]) = self;
        let back = (last.get() as u32).wrapping_sub(low);
        last.get().checked_sub(back.into()).and_then(Seq::new)
    }

    fn to_bytes(self) -> impl Iterator<Item = u8> {
        self.0.into_iter().flat_map(u32::to_be_bytes)
    }

    fn from_bytes(bytes: &[u8; ENTRY_BYTES]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = *bytes;
        Self([[a, b, c, d], [e, f, g, h], [i, j, k, l]].map(u32::from_be_bytes))
    }
}

/// Entries as they are stored together: sorted, 12 bytes each.
pub fn segment(entries: impl IntoIterator<Item = (Key, Seq)>) -> Vec<u8> {
    let mut entries: Vec<_> =
        entries.into_iter().map(|(key, seq)| IdEntry::new(key, seq)).collect();
    entries.sort_unstable();
    entries.into_iter().flat_map(IdEntry::to_bytes).collect()
}

/// An index of ids.
#[derive(Debug, Default)]
pub struct IdIndex {
    /// Sorted, each at least twice as long as the next.
    runs: Vec<Vec<IdEntry>>,
    /// Sorted, shorter than [`FRESH`].
    fresh: Vec<IdEntry>,
}

impl IdIndex {
    /// An index of what lies in segments, with room for `entries` of them.
    pub fn load<E>(
        entries: usize,
        segments: impl IntoIterator<Item = Result<Vec<u8>, E>>,
    ) -> Result<Self, E> {
        let mut run = Vec::with_capacity(entries);
        for segment in segments {
            let segment = segment?;
            let (whole, _) = segment.as_chunks();
            run.extend(whole.iter().map(IdEntry::from_bytes));
        }
        run.sort_unstable();
        Ok(Self { runs: vec![run], fresh: Vec::new() })
    }

    /// Adds an entry.
    pub fn insert(&mut self, key: Key, seq: Seq) {
        let entry = IdEntry::new(key, seq);
        let place = self.fresh.partition_point(|other| *other < entry);
        self.fresh.insert(place, entry);
        if self.fresh.len() >= FRESH {
            let full = std::mem::take(&mut self.fresh);
            self.add_run(full);
        }
    }

    fn add_run(&mut self, mut run: Vec<IdEntry>) {
        while let Some(before) = self.runs.pop() {
            if before.len() / 2 >= run.len() {
                self.runs.push(before);
                break;
            }
            run = merged(&before, &run);
        }
        self.runs.push(run);
    }

    /// Where entries with these keys may lie, by ascending `seq`; `last` is the history's last.
    pub fn candidates(&self, keys: RangeInclusive<Key>, last: Seq) -> Vec<Seq> {
        let runs = self.runs.iter().chain([&self.fresh]);
        let found = runs.flat_map(|run| {
            let begin = run.partition_point(|entry| entry.key() < *keys.start());
            run.iter().skip(begin).take_while(|entry| entry.key() <= *keys.end())
        });
        found.filter_map(|entry| entry.seq(last)).collect::<Set<_>>().into()
    }

    /// Forgets entries that are no longer kept; `last` is the history's last.
    pub fn forget_through(&mut self, through: Seq, last: Seq) {
        for run in self.runs.iter_mut().chain([&mut self.fresh]) {
            run.retain(|entry| entry.seq(last).is_some_and(|seq| seq > through));
        }
        self.runs.retain(|run| !run.is_empty());
    }

    /// How many entries there are, and in how many runs.
    pub fn size(&self) -> (usize, usize) {
        let entries = self.runs.iter().map(Vec::len).sum::<usize>();
        (entries.saturating_add(self.fresh.len()), self.runs.len())
    }
}

/// Two sorted runs as one.
fn merged(one: &[IdEntry], other: &[IdEntry]) -> Vec<IdEntry> {
    let mut all = Vec::with_capacity(one.len().saturating_add(other.len()));
    let mut others = other.iter().peekable();
    for entry in one {
        while let Some(before) = others.next_if(|before| *before < entry) {
            all.push(*before);
        }
        all.push(*entry);
    }
    all.extend(others);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seq(number: u64) -> Seq {
        Seq::new(number).unwrap()
    }

    fn keys() -> Keys {
        Keys::new(&[7; SECRET_BYTES])
    }

    fn key(id: &str, author: &str) -> Key {
        keys().key(&MessageId::parse(id).unwrap(), Some(&UserId::parse(author).unwrap()))
    }

    fn only(key: Key) -> RangeInclusive<Key> {
        key..=key
    }

    #[test]
    fn every_entry_is_found_whichever_run_it_lies_in() {
        let mut index = IdIndex::default();
        let last = 5_000;
        for number in 1..=last {
            index.insert(key(&format!("m{number}"), "alice"), seq(number));
        }
        for number in 1..=last {
            let found = index.candidates(only(key(&format!("m{number}"), "alice")), seq(last));
            assert_eq!(found, [seq(number)]);
        }
        assert_eq!(index.candidates(only(key("m0", "alice")), seq(last)), []);
        let (entries, runs) = index.size();
        assert_eq!(entries, 5_000);
        assert!(runs <= 5, "{runs}");
    }

    #[test]
    fn those_who_used_an_id_are_found_together_and_one_by_one() {
        let mut index = IdIndex::default();
        index.insert(key("m1", "bob"), seq(1));
        index.insert(key("m1", "alice"), seq(2));
        index.insert(key("m2", "alice"), seq(3));
        assert_eq!(index.candidates(only(key("m1", "alice")), seq(3)), [seq(2)]);
        let any = key("m1", "mallory").of_any_author();
        assert_eq!(index.candidates(any, seq(3)), [seq(1), seq(2)]);
    }

    #[test]
    fn a_segment_brings_back_what_was_put_in() {
        let entries = (1..=1_000).map(|number| (key(&format!("m{number}"), "alice"), seq(number)));
        let (first, second) = entries.clone().partition::<Vec<_>, _>(|(_, at)| at.get() <= 600);
        let segments = [Ok::<_, ()>(segment(first)), Ok(segment(second))];
        let index = IdIndex::load(1_000, segments).unwrap();
        for (key, at) in entries {
            assert_eq!(index.candidates(only(key), seq(1_000)), [at]);
        }
    }

    #[test]
    fn what_is_no_longer_kept_is_forgotten() {
        let mut index = IdIndex::default();
        for number in 1..=2_000 {
            index.insert(key(&format!("m{number}"), "alice"), seq(number));
        }
        index.forget_through(seq(1_500), seq(2_000));
        assert_eq!(index.size().0, 500);
        assert_eq!(index.candidates(only(key("m1500", "alice")), seq(2_000)), []);
        assert_eq!(index.candidates(only(key("m1501", "alice")), seq(2_000)), [seq(1_501)]);
    }

    #[test]
    fn a_seq_past_32_bits_comes_back_whole() {
        let mut index = IdIndex::default();
        let (before, after) = ((1 << 32) - 2, (1 << 32) + 7);
        index.insert(key("m", "alice"), seq(before));
        index.insert(key("m", "alice"), seq(after));
        let found = index.candidates(only(key("m", "alice")), seq(after + 1));
        assert_eq!(found, [seq(before), seq(after)]);
    }
}
