//! Which shard a room belongs to.

use sha2::{Digest, Sha256};

/// The most shards that a deployment may have: each is asked whenever somebody asks for all rooms.
pub const MAX_SHARDS: u32 = 64;

/// The shard of the room whose object has this name. It moves when the number of shards changes.
pub fn shard_of(object_name: &str, shards: u32) -> u32 {
    let digest = Sha256::digest(object_name.as_bytes());
    let number = digest.iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    number.checked_rem(shards).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_stays_in_its_shard() {
        let shards: Vec<_> = (0..8).map(|n| shard_of(&format!("chatroom/r{n}"), 4)).collect();
        assert_eq!(shards, [0, 2, 3, 3, 2, 1, 2, 1], "rooms of a deployment would lose their rows");
    }

    #[test]
    fn every_shard_has_about_as_many_rooms() {
        let mut rooms = [0; 4];
        (0..4000).for_each(|n| rooms[shard_of(&format!("main/p{n}"), 4) as usize] += 1);
        assert!(rooms.iter().all(|count| (900..1100).contains(count)), "{rooms:?}");
    }
}
