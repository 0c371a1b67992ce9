//! What somebody was let in with.

use serde::{Deserialize, Serialize};

use super::Capabilities;
use super::rate::Rate;
use crate::ids::{UserId, Username};
use crate::time::Timestamp;

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
    /// When their token ends: when it expires, and the clock skew besides. `None` if it never does, or there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When their token was issued. `None` if it does not say, or there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<Timestamp>,
    /// Limits of their own, in place of the deployment's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<TokenLimits>,
}

/// The `limits` claim: how much one person may send, as their token says. What it leaves out stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenLimits {
    /// Messages, events of a backend not among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<Rate>,
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
