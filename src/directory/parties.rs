//! The row of a party: what was counted in its rooms, for ever and minute by minute.

use serde::{Deserialize, Serialize};

use super::overview::PartyOverview;
use super::rooms::{json, parse};
use crate::metrics::{Counters, Minutes};
use crate::sorted::Map;
use crate::store::StoreError;
use crate::store::sql::Database;
use crate::time::Timestamp;

/// What happened in a minute. Three numbers in a row as JSON.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, u64, u64)", into = "(u64, u64, u64)")]
pub struct Minute {
    /// Frames that were received.
    pub received: u64,
    /// Frames that were sent.
    pub sent: u64,
    /// Refusals.
    pub rejects: u64,
}

impl From<(u64, u64, u64)> for Minute {
    fn from((received, sent, rejects): (u64, u64, u64)) -> Self {
        Self { received, sent, rejects }
    }
}

impl From<Minute> for (u64, u64, u64) {
    fn from(Minute { received, sent, rejects }: Minute) -> Self {
        (received, sent, rejects)
    }
}

impl Minute {
    /// Adds what else happened in it.
    pub(super) fn add(&mut self, other: Self) {
        self.received = self.received.saturating_add(other.received);
        self.sent = self.sent.saturating_add(other.sent);
        self.rejects = self.rejects.saturating_add(other.rejects);
    }
}

/// What a party's row holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Totals {
    pub(super) counted: Counters,
    pub(super) minutes: Minutes<Minute, 60>,
}

/// Adds what was counted.
pub(super) fn add(
    db: &impl Database,
    now: Timestamp,
    party: &str,
    counted: &Counters,
) -> Result<(), StoreError> {
    let rows = db.query("SELECT totals FROM parties WHERE party = ?", &[party.into()])?;
    let mut totals: Totals = match rows.into_iter().next() {
        Some(mut row) => parse(&row.text()?)?,
        None => Totals::default(),
    };
    totals.counted.add(counted);
    let (received, sent, rejects) = (counted.received, counted.sent, counted.rejected());
    totals.minutes.change(now, |minute| minute.add(Minute { received, sent, rejects }));
    let totals = json(&totals)?;
    let values = [party.into(), totals.as_str().into()];
    db.execute("INSERT OR REPLACE INTO parties VALUES (?, ?)", &values)
}

/// What was counted in every party.
pub(super) fn all(db: &impl Database) -> Result<Map<String, PartyOverview>, StoreError> {
    let rows = db.query("SELECT party, totals FROM parties", &[])?;
    let parties = rows.into_iter().map(|mut row| {
        let party = row.text()?;
        let Totals { counted, minutes } = parse(&row.text()?)?;
        Ok((party, PartyOverview { counted, minutes, ..PartyOverview::default() }))
    });
    parties.collect()
}
