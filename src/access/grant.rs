//! What somebody was let in with.

use serde::{Deserialize, Serialize};

use super::Capabilities;
use crate::ids::{UserId, Username};

/// Who somebody is and what they may do in one room.
///
/// Only this module's siblings make one. It is serialized on its way from the edge into the room's object
/// and into the socket's attachment, both of which no client can reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// The identity.
    pub user_id: UserId,
    /// How they want to be called.
    pub username: Username,
    /// What they are here.
    pub role: Role,
    /// What they may do here.
    pub capabilities: Capabilities,
}

/// What somebody is in a room; decides what they may do when their token does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Nobody verified who this is.
    Guest,
    /// A token said who this is.
    User,
    /// A token said that this one is in charge.
    Admin,
}
