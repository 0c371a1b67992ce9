//! What others are still to be told, in memory.

use std::collections::BTreeMap;

use super::{DeadLetter, MemStore, OutboxStore, Parcel, Seq, StoreError};
use crate::ids::{UserId, Username};

#[derive(Debug, Default, Clone)]
pub(super) struct MemOutbox {
    lanes: BTreeMap<String, String>,
    parcels: BTreeMap<(String, u64), Parcel>,
    /// Oldest first.
    dead: Vec<(DeadLetter, String)>,
    attendees: BTreeMap<UserId, Username>,
}

impl OutboxStore for MemStore {
    fn lanes(&self) -> Result<Vec<(String, String)>, StoreError> {
        Ok(self.outbox.lanes.clone().into_iter().collect())
    }

    fn put_lane(&mut self, lane: &str, state: &str) -> Result<(), StoreError> {
        self.fail_if_told()?;
        self.outbox.lanes.insert(lane.to_owned(), state.to_owned());
        Ok(())
    }

    fn remove_lane(&mut self, lane: &str) -> Result<(), StoreError> {
        self.outbox.lanes.remove(lane);
        Ok(())
    }

    fn parcels(&self) -> Result<Vec<(String, u64, u64)>, StoreError> {
        let mut lanes: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for (lane, number) in self.outbox.parcels.keys() {
            let (count, highest) = lanes.entry(lane.clone()).or_default();
            (*count, *highest) = (count.saturating_add(1), *number);
        }
        Ok(lanes.into_iter().map(|(lane, (count, highest))| (lane, count, highest)).collect())
    }

    fn put_parcels(&mut self, parcels: &[Parcel]) -> Result<(), StoreError> {
        self.fail_if_told()?;
        let keyed = |parcel: &Parcel| ((parcel.lane.clone(), parcel.number), parcel.clone());
        self.outbox.parcels.extend(parcels.iter().map(keyed));
        Ok(())
    }

    fn first_parcel(&self, lane: &str) -> Result<Option<Parcel>, StoreError> {
        Ok(self.outbox.parcels.values().find(|parcel| parcel.lane == lane).cloned())
    }

    fn remove_parcel(&mut self, lane: &str, number: u64) -> Result<(), StoreError> {
        self.fail_if_told()?;
        self.outbox.parcels.remove(&(lane.to_owned(), number));
        Ok(())
    }

    fn clear_lane(&mut self, lane: &str) -> Result<(), StoreError> {
        self.outbox.parcels.retain(|_, parcel| parcel.lane != lane);
        Ok(())
    }

    fn dead_letter_count(&self) -> Result<u64, StoreError> {
        Ok(u64::try_from(self.outbox.dead.len()).unwrap_or(u64::MAX))
    }

    fn dead_letters(&self, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(self.outbox.dead.iter().rev().take(limit).map(|(letter, _)| letter.clone()).collect())
    }

    fn put_dead_letter(&mut self, letter: &DeadLetter, body: &str) -> Result<(), StoreError> {
        self.fail_if_told()?;
        self.outbox.dead.push((letter.clone(), body.to_owned()));
        Ok(())
    }

    fn trim_dead_letters(&mut self, limit: u32) -> Result<(), StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let surplus = self.outbox.dead.len().saturating_sub(limit);
        self.outbox.dead.drain(..surplus);
        Ok(())
    }

    fn revive_dead_letters(
        &mut self,
        ids: Option<&[String]>,
        number: u64,
        after: Seq,
    ) -> Result<u64, StoreError> {
        let wanted =
            |(letter, _): &mut (DeadLetter, String)| ids.is_none_or(|ids| ids.contains(&letter.id));
        let revived: Vec<_> = self.outbox.dead.extract_if(.., wanted).collect();
        let parcels = (number..).zip(revived).map(|(number, (letter, body))| {
            let DeadLetter { id, lane, kind, at, .. } = letter;
            let parcel = Parcel { lane: lane.clone(), number, after, at, kind, id: Some(id), body };
            ((lane, number), parcel)
        });
        let before = self.outbox.parcels.len();
        self.outbox.parcels.extend(parcels);
        let more = self.outbox.parcels.len().saturating_sub(before);
        Ok(u64::try_from(more).unwrap_or(u64::MAX))
    }

    fn remove_dead_letters_with(&mut self, text: &str) -> Result<(), StoreError> {
        self.outbox.dead.retain(|(_, body)| !body.contains(text));
        Ok(())
    }

    fn attendees(&self) -> Result<Vec<(UserId, Username)>, StoreError> {
        Ok(self.outbox.attendees.clone().into_iter().collect())
    }

    fn put_attendee(&mut self, user: &UserId, username: &Username) -> Result<(), StoreError> {
        self.fail_if_told()?;
        self.outbox.attendees.insert(user.clone(), username.clone());
        Ok(())
    }

    fn remove_attendee(&mut self, user: &UserId) -> Result<(), StoreError> {
        self.fail_if_told()?;
        self.outbox.attendees.remove(user);
        Ok(())
    }
}
