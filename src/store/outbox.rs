//! What a room still has to tell others, as a store keeps it. What it means is for [`crate::room`] to know.

use super::{Seq, StoreError};
use crate::ids::{UserId, Username};
use crate::time::Timestamp;

/// Something that is to be brought to the end of a lane, after what was put there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// Where it is to be brought.
    pub lane: String,
    /// Its place in the lane; chosen by the room, never again the same.
    pub number: u64,
    /// The entry of the history that it follows.
    pub after: Seq,
    /// When it happened.
    pub at: Timestamp,
    /// What it is.
    pub kind: String,
    /// What it was known by when it was tried before, if it was.
    pub id: Option<String>,
    /// JSON text.
    pub body: String,
}

/// Something that could not be brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// What it is known by.
    pub id: String,
    /// Where it was to be brought.
    pub lane: String,
    /// What it is.
    pub kind: String,
    /// When it happened.
    pub at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub error: String,
}

/// The part of a [`Store`](super::Store) that is about telling others.
///
/// # Errors
/// Every method fails if the storage does, and then has changed nothing.
pub trait OutboxStore {
    /// The lanes that have a state, each with it.
    fn lanes(&self) -> Result<Vec<(String, String)>, StoreError>;

    /// Keeps a lane's state, in the place of what is there.
    fn put_lane(&mut self, lane: &str, state: &str) -> Result<(), StoreError>;

    /// Removes a lane's state.
    fn remove_lane(&mut self, lane: &str) -> Result<(), StoreError>;

    /// How many parcels each lane has, and the highest number among them.
    fn parcels(&self) -> Result<Vec<(String, u64, u64)>, StoreError>;

    /// Adds parcels.
    fn put_parcels(&mut self, parcels: &[Parcel]) -> Result<(), StoreError>;

    /// The parcel of a lane that has the lowest number.
    fn first_parcel(&self, lane: &str) -> Result<Option<Parcel>, StoreError>;

    /// Removes a parcel, if it is there.
    fn remove_parcel(&mut self, lane: &str, number: u64) -> Result<(), StoreError>;

    /// Removes every parcel of a lane.
    fn clear_lane(&mut self, lane: &str) -> Result<(), StoreError>;

    /// How many dead letters there are.
    fn dead_letter_count(&self) -> Result<u64, StoreError>;

    /// The latest dead letters, latest first.
    fn dead_letters(&self, limit: u32) -> Result<Vec<DeadLetter>, StoreError>;

    /// Adds a dead letter with its body.
    fn put_dead_letter(&mut self, letter: &DeadLetter, body: &str) -> Result<(), StoreError>;

    /// Removes the oldest dead letters, of which then at most `limit` are left.
    fn trim_dead_letters(&mut self, limit: u32) -> Result<(), StoreError>;

    /// Makes parcels of dead letters, all of them or those with these ids, oldest first. They are numbered from `number` on, follow
    /// the entry `after`, and keep their ids. Says how many they are.
    fn revive_dead_letters(
        &mut self,
        ids: Option<&[String]>,
        number: u64,
        after: Seq,
    ) -> Result<u64, StoreError>;

    /// Removes the dead letters whose body has `text` in it.
    fn remove_dead_letters_with(&mut self, text: &str) -> Result<(), StoreError>;

    /// The users whom others believe to be here.
    fn attendees(&self) -> Result<Vec<(UserId, Username)>, StoreError>;

    /// Adds a user to them.
    fn put_attendee(&mut self, user: &UserId, username: &Username) -> Result<(), StoreError>;

    /// Takes a user from among them.
    fn remove_attendee(&mut self, user: &UserId) -> Result<(), StoreError>;
}
