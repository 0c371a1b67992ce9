//! What a grant allows, and how a token says so.

use serde::{Deserialize, Serialize};

use super::grant::Role;
use super::pattern;
use crate::ids::RoomName;
use crate::sorted::Map;

macro_rules! capabilities {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// Something that a connection or a backend may be allowed to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Capability { $($(#[$doc])* $variant,)* }

        impl Capability {
            const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in a token's `rooms` claim.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

capabilities! {
    /// Connect.
    Join = "join";
    /// Send messages.
    Publish = "publish";
    /// Read the history.
    History = "history";
    /// See and show who is here.
    Presence = "presence";
    /// Show that one is typing.
    Typing = "typing";
    /// React to messages.
    React = "react";
    /// Edit one's own messages.
    EditOwn = "edit-own";
    /// Delete one's own messages.
    DeleteOwn = "delete-own";
    /// Edit anybody's messages.
    EditAny = "edit-any";
    /// Delete anybody's messages.
    DeleteAny = "delete-any";
    /// Send read receipts.
    Receipts = "receipts";
    /// Publish events over HTTP.
    Broadcast = "broadcast";
    /// Close somebody's connections.
    Kick = "kick";
    /// Keep somebody out.
    Ban = "ban";
    /// Silence somebody, or slow everybody down.
    Mute = "mute";
    /// Read everything of a room, the audit trail included.
    Export = "export";
    /// Remove a user's content, or the room.
    Erase = "erase";
    /// Read numbers about a room.
    Metrics = "metrics";
    /// See what waits to be told to other systems, and have it told again.
    Webhooks = "webhooks";
}

/// A set of capabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities(u32);

impl Capabilities {
    /// Nothing is allowed.
    pub const NONE: Self = Self(0);

    /// Just these.
    pub fn of(capabilities: &[Capability]) -> Self {
        capabilities.iter().fold(Self::NONE, |set, capability| set.with(*capability))
    }

    /// What somebody has whose token says nothing. Guests talk, users own what they said, admins do everything.
    pub fn default_of(role: Role) -> Self {
        use Capability::{
            DeleteOwn, EditOwn, History, Join, Presence, Publish, React, Receipts, Typing,
        };
        let guest = [Join, Publish, History, Presence, Typing, React, Receipts];
        match role {
            Role::Guest => Self::of(&guest),
            Role::User => Self::of(&guest).with(EditOwn).with(DeleteOwn),
            Role::Admin => Self::of(Capability::ALL),
        }
    }

    /// Those with these names. A name that this version does not know grants nothing.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let find = |name: &str| Capability::ALL.iter().find(|known| known.as_str() == name);
        names.into_iter().filter_map(find).fold(Self::NONE, |set, found| set.with(*found))
    }

    /// Whether `capability` is in the set.
    pub const fn has(self, capability: Capability) -> bool {
        self.0 & Self::bit(capability) != 0
    }

    const fn with(self, capability: Capability) -> Self {
        Self(self.0 | Self::bit(capability))
    }

    const fn bit(capability: Capability) -> u32 {
        1 << capability as u32
    }
}

/// The `rooms` claim: room [patterns](pattern) to capability names. Grants only add.
///
/// A capability that this version does not know grants nothing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RoomGrants(Map<String, Vec<String>>);

impl RoomGrants {
    /// What the claim allows in every room, whatever its name: that of the pattern `*` alone.
    pub fn capabilities_everywhere(&self) -> Capabilities {
        Capabilities::named(self.0.get("*").into_iter().flatten().map(String::as_str))
    }

    /// What the claim allows in `room`.
    pub fn capabilities_in(&self, room: &RoomName) -> Capabilities {
        let names = self.0.iter().filter(|(rooms, _)| pattern::matches(rooms, room.as_str()));
        Capabilities::named(names.flat_map(|(_, names)| names).map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(claim: &str, room: &str) -> Capabilities {
        let grants: RoomGrants = serde_json::from_str(claim).unwrap();
        grants.capabilities_in(&RoomName::parse(room).unwrap())
    }

    #[test]
    fn the_whole_deployment_takes_the_pattern_for_everything() {
        let everywhere = |claim: &str| {
            serde_json::from_str::<RoomGrants>(claim).unwrap().capabilities_everywhere()
        };
        let metrics = Capabilities::of(&[Capability::Metrics]);
        assert_eq!(everywhere(r#"{"*":["metrics"]}"#), metrics);
        assert!(!everywhere(r#"{"*":["join"],"a:*":["metrics"]}"#).has(Capability::Metrics));
        assert_eq!(everywhere(r#"{"*:*":["metrics"]}"#), Capabilities::NONE);
    }

    #[test]
    fn grants_only_add() {
        let claim = r#"{"project:*":["join"],"project:42":["broadcast","fly"],"*":[]}"#;
        assert_eq!(allowed(claim, "project:1"), Capabilities::of(&[Capability::Join]));
        assert_eq!(
            allowed(claim, "project:42"),
            Capabilities::of(&[Capability::Join, Capability::Broadcast])
        );
        assert_eq!(allowed(claim, "other"), Capabilities::NONE);
    }

    #[test]
    fn people_do_not_broadcast_unless_they_are_admins() {
        assert!(!Capabilities::default_of(Role::User).has(Capability::Broadcast));
        assert!(Capabilities::default_of(Role::Admin).has(Capability::Broadcast));
    }
}
