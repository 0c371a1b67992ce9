//! Who is typing. Never stored; ends by itself.
//!
//! A typist who goes on renews. Renewals are passed on once a second at most, which is often enough for
//! clients that hide the hint after three seconds on their own.

use crate::ids::UserId;
use crate::room::Slot;
use crate::sorted::Map;
use crate::time::Timestamp;

const RENEWAL_MS: u64 = 1000;

#[derive(Default)]
pub(super) struct Typing {
    typists: Map<UserId, Typist>,
}

struct Typist {
    /// The connection that typed last: when it closes, the typing ends.
    slot: Slot,
    until: Timestamp,
    announced: Timestamp,
}

impl Typing {
    /// The user types; says whether the others are to be told.
    pub(super) fn renew(&mut self, user: &UserId, slot: Slot, now: Timestamp, for_ms: u64) -> bool {
        let until = now.plus_millis(for_ms);
        match self.typists.get_mut(user) {
            Some(typist) => {
                typist.slot = slot;
                typist.until = until;
                let tell = now.millis_since(typist.announced) >= RENEWAL_MS;
                if tell {
                    typist.announced = now;
                }
                tell
            }
            None => {
                self.typists.insert(user.clone(), Typist { slot, until, announced: now });
                true
            }
        }
    }

    /// The user no longer types; says whether they did.
    pub(super) fn stop(&mut self, user: &UserId) -> bool {
        self.typists.remove(user).is_some()
    }

    /// A connection has gone; says whether somebody typed on it.
    pub(super) fn connection_left(&mut self, slot: Slot) -> bool {
        let before = self.typists.len();
        self.typists.retain(|_, typist| typist.slot != slot);
        self.typists.len() < before
    }

    /// Ends what was not renewed in time.
    pub(super) fn expire(&mut self, now: Timestamp) -> Vec<UserId> {
        let over = self.typists.take_if(|_, typist| typist.until <= now);
        over.into_iter().map(|(user, _)| user).collect()
    }

    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        self.typists.values().map(|typist| typist.until).min()
    }
}
