//! The directory: which rooms are live, and the numbers of all rooms together.
//!
//! It is several objects, the *shards*, each with the rooms whose names hash to it. A room sends [`Report`]s to its shard; who asks
//! for rooms or numbers asks all shards at once and merges ([`RoomsRequest::merge`], [`Overview::merge`]).
//!
//! - **A report counts once**, however often it comes: the shard knows the last number of the latest wakes of each room. A report of
//!   a wake that is not the latest is added up, but says nothing about how the room is.
//! - **A report is two rows written**: the room's and its party's. Neither has an index.
//! - **A room that is not live is not listed**; its row goes an hour later, when nothing of it can be under way any more.
//! - A room that somebody is in and that is silent for long is asked ([`Directory::sweep`]): a process that died says no goodbye.
//!
//! | file | concept |
//! |---|---|
//! | `shards` | which shard a room belongs to |
//! | `rooms` | a room's row |
//! | `listing` | pages of rooms, and their merge |
//! | `parties` | a party's row: counts, minute by minute and for ever |
//! | `overview` | the numbers of a deployment, and their merge |
//! | `refusals` | what the edge refuses before there is a room |

mod listing;
mod overview;
mod parties;
mod refusals;
mod rooms;
mod shards;

pub use listing::{ListedRoom, RoomsAnswer, RoomsPage, RoomsRequest, Sort};
pub use overview::{Merged, Overview, PartyNumbers, PartyOverview, Stats};
pub use parties::Minute;
pub use refusals::Refusals;
pub use shards::{MAX_SHARDS, shard_of};

use serde::{Deserialize, Serialize};

use crate::limits::Limits;
use crate::metrics::{Counters, Rejects, Report};
use crate::sorted::Map;
use crate::store::StoreError;
use crate::store::sql::{Database, migrate};
use crate::time::Timestamp;

/// What is asked of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectoryPage {
    /// Which rooms are live.
    Rooms,
    /// The numbers of the deployment.
    Stats,
    /// The same for Prometheus.
    Metrics,
}

/// The party under which the edge's refusals are counted. None of the configuration is called so.
pub const EDGE: &str = "";

/// The schema, step by step. A step never changes once it is released.
const MIGRATIONS: &[&str] = &[concat!(
    "
    CREATE TABLE rooms (
        name TEXT PRIMARY KEY,
        party TEXT NOT NULL,
        connections INTEGER NOT NULL,
        users INTEGER NOT NULL,
        waiting INTEGER NOT NULL,
        dead INTEGER NOT NULL,
        since INTEGER NOT NULL,
        active INTEGER NOT NULL,
        heard INTEGER NOT NULL,
        busy INTEGER NOT NULL,
        runs TEXT NOT NULL,
        activity TEXT NOT NULL
    ) WITHOUT ROWID;
",
    "
    CREATE TABLE parties (party TEXT PRIMARY KEY, totals TEXT NOT NULL) WITHOUT ROWID;
"
)];

/// How long a row stays after its room was last heard of, at least: longer than a room tries to have a report taken.
const KEPT_MS: u64 = 60 * 60 * 1000;
/// How many rows a sweep removes, and how many rooms it has asked, at most.
const REMOVED: u32 = 500;
const ASKED: u32 = 20;
/// How long after a sweep the next one is, at least, unless this one had too much to do.
const PAUSE_MS: u64 = 60_000;
const SHORT_PAUSE_MS: u64 = 1000;

/// What a shard is told by a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The name of the room's object: party, slash, room.
    pub room: String,
    /// The room's wake: random.
    pub run: String,
    /// What it says.
    pub report: Report,
}

/// One shard.
pub struct Directory<D> {
    db: D,
    recent_ms: u64,
    silent_ms: u64,
}

impl<D: Database> Directory<D> {
    /// Opens a shard and brings its schema up to date.
    ///
    /// # Errors
    /// If SQLite fails, or the schema is a newer one than this code knows.
    pub fn open(db: D, limits: &Limits) -> Result<Self, StoreError> {
        migrate(&db, "the directory", MIGRATIONS)?;
        Ok(Self { db, recent_ms: limits.recent_ms, silent_ms: limits.directory_silent_ms })
    }

    /// Takes a report. Gives back whether what it counts is new; if not, it was added up before.
    ///
    /// # Errors
    /// If SQLite fails; then nothing was taken.
    pub fn take(&self, now: Timestamp, told: &Told) -> Result<bool, StoreError> {
        let party = told.room.split_once('/').map_or(EDGE, |(party, _)| party);
        let mut new = false;
        self.db.transaction(&mut || {
            new = rooms::apply(&self.db, now, self.recent_ms, party, told)?;
            if new && told.report.counted != Counters::default() {
                parties::add(&self.db, now, party, &told.report.counted)?;
            }
            Ok(())
        })?;
        Ok(new)
    }

    /// Adds what the edge has refused.
    ///
    /// # Errors
    /// If SQLite fails; then nothing was taken.
    pub fn refused(&self, now: Timestamp, rejects: Rejects) -> Result<(), StoreError> {
        let counted = Counters { rejects, ..Counters::default() };
        parties::add(&self.db, now, EDGE, &counted)
    }

    /// The live rooms that a request asks for: one more than it wants, if there are.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn rooms(&self, now: Timestamp, request: &RoomsRequest) -> Result<RoomsPage, StoreError> {
        let rooms = rooms::list(&self.db, now, self.recent_ms, request)?;
        Ok(RoomsPage { rooms })
    }

    /// The shard's numbers.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn overview(&self, now: Timestamp) -> Result<Overview, StoreError> {
        let mut parties: Map<String, PartyOverview> = parties::all(&self.db)?;
        for (party, numbers) in rooms::numbers(&self.db, now, self.recent_ms)? {
            parties.entry(party).or_default().now = numbers;
        }
        Ok(Overview { parties })
    }

    /// Removes rows of rooms that are long gone, and names rooms that are to be asked. Both in moderation: what is left
    /// is for the next sweep.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn sweep(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        rooms::remove(&self.db, now, self.kept_ms(), REMOVED)?;
        rooms::silent(&self.db, now.minus_millis(self.silent_ms), ASKED)
    }

    /// A silent room was asked: it will say how it is, or has died anew and is asked again.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn asked(&self, now: Timestamp, room: &str) -> Result<(), StoreError> {
        rooms::asked(&self.db, now, room)
    }

    /// A silent room could not be asked: there is none.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn forget(&self, room: &str) -> Result<(), StoreError> {
        rooms::forget(&self.db, room)
    }

    /// When [`Directory::sweep`] wants to be called; never, without rooms.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn next_sweep(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let due = rooms::first_due(&self.db, self.silent_ms, self.kept_ms())?;
        Ok(due.map(|due| match due <= now {
            true => now.plus_millis(SHORT_PAUSE_MS),
            false => due.max(now.plus_millis(PAUSE_MS.min(self.silent_ms))),
        }))
    }

    fn kept_ms(&self) -> u64 {
        self.recent_ms.max(KEPT_MS)
    }
}
