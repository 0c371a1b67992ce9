//! Who may not come in or not speak, and what moderators did about it.
//!
//! Rules are in the store and outlive everything; this is their copy in memory. Each action goes into the audit trail in the
//! same turn.

use serde::{Deserialize, Serialize};

use crate::access::{Capability, Grant};
use crate::codes::ErrorCode;
use crate::ids::{ConnectionId, UserId};
use crate::json;
use crate::problem::Problem;
use crate::sorted::Map;
use crate::store::Rule;
use crate::time::Timestamp;

/// What a moderator asks for, as a frame or as the body of a request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "ModerationRequest"))]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The user it is about.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// The one connection it is about; `kick` only.
    #[serde(default)]
    pub connection_id: Option<ConnectionId>,
    /// When it ends, in milliseconds since the Unix epoch; never, if left out.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// Seconds between a user's messages; 0 ends it. `slow-mode` only.
    #[serde(default, deserialize_with = "json::whole_u32")]
    pub seconds: Option<u32>,
    /// Tokens issued before this moment are refused; now, if left out. `revoke` only.
    #[serde(default)]
    pub issued_before: Option<Timestamp>,
    /// For the audit trail; 1024 bytes of UTF-8 at most.
    #[serde(default)]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(max = 1024)))]
    pub reason: Option<String>,
}

impl Request {
    /// Reads the body of an HTTP request.
    ///
    /// # Errors
    /// `invalid-json` or `invalid-frame`.
    pub fn parse(body: &[u8]) -> Result<Self, Problem> {
        json::read(body).map_err(|fault| {
            let code =
                if fault.is_data() { ErrorCode::InvalidFrame } else { ErrorCode::InvalidJson };
            Problem::new(code, format!("Cannot use this body: {fault}."))
        })
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal needs $capability:ident;)*) => {
        /// What can be done to keep a room in order.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        #[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(inline))]
        #[serde(rename_all = "kebab-case")]
        pub enum Action { $($(#[$doc])* $variant,)* }

        impl Action {
            /// By the name of the frame and of the route.
            pub fn find(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }

            /// The name of the frame and of the route.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it takes.
            pub const fn capability(self) -> Capability {
                match self { $(Self::$variant => Capability::$capability,)* }
            }
        }
    };
}

actions! {
    /// Closes a user's connections, or one of them.
    Kick = "kick" needs Kick;
    /// Closes a user's connections and lets them in no more.
    Ban = "ban" needs Ban;
    /// Ends a ban.
    Unban = "unban" needs Ban;
    /// Takes a user's messages no more.
    Mute = "mute" needs Mute;
    /// Ends a mute.
    Unmute = "unmute" needs Mute;
    /// Makes users wait between messages.
    SlowMode = "slow-mode" needs Mute;
    /// Refuses a user's tokens that were issued before a moment.
    Revoke = "revoke" needs Ban;
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(
    not(target_arch = "wasm32"),
    derive(schemars::JsonSchema),
    schemars(rename = "ModerationOutcome")
)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// What.
    pub action: Action,
    /// To whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// To which connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<ConnectionId>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// How slow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    /// Tokens from before this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_before: Option<Timestamp>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many connections were closed.
    pub closed: usize,
}

impl Outcome {
    pub(super) fn new(action: Action, request: &Request, closed: usize) -> Self {
        let Request { user_id, connection_id, until, seconds, issued_before, reason } =
            request.clone();
        Self { action, user_id, connection_id, until, seconds, issued_before, reason, closed }
    }
}

/// Why somebody may not do what they want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sanction {
    Banned,
    Revoked,
    Muted { retry_after_ms: Option<u64> },
    Slowed { retry_after_ms: u64 },
}

/// The rules in force.
#[derive(Debug, Default)]
pub(crate) struct Moderation {
    bans: Map<UserId, Option<Timestamp>>,
    mutes: Map<UserId, Option<Timestamp>>,
    revocations: Map<UserId, Timestamp>,
    slow_ms: u64,
    /// When somebody last spoke, while slow mode is on.
    spoke: Map<UserId, Timestamp>,
}

impl Moderation {
    pub(crate) fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        let mut moderation = Self::default();
        for rule in rules {
            moderation.apply(&rule);
        }
        moderation
    }

    pub(crate) fn apply(&mut self, rule: &Rule) {
        match rule {
            Rule::Ban { user, until } => drop(self.bans.insert(user.clone(), *until)),
            Rule::Mute { user, until } => drop(self.mutes.insert(user.clone(), *until)),
            Rule::Revoke { user, issued_before } => {
                self.revocations.insert(user.clone(), *issued_before);
            }
            Rule::SlowMode { millis } => {
                self.slow_ms = *millis;
                self.spoke.clear();
            }
        }
    }

    pub(crate) fn unban(&mut self, user: &UserId) {
        self.bans.remove(user);
    }

    pub(crate) fn unmute(&mut self, user: &UserId) {
        self.mutes.remove(user);
    }

    /// Whether somebody may be in the room.
    pub(crate) fn may_enter(&self, grant: &Grant, now: Timestamp) -> Result<(), Sanction> {
        if in_force(self.bans.get(&grant.user_id), now) {
            return Err(Sanction::Banned);
        }
        let revoked = self.revocations.get(&grant.user_id);
        // A token that does not say when it was issued may be of any age.
        let too_old = |before: &Timestamp| grant.issued_at.is_none_or(|issued| issued < *before);
        if revoked.is_some_and(too_old) { Err(Sanction::Revoked) } else { Ok(()) }
    }

    /// Whether somebody may say something that others see.
    pub(crate) fn may_speak(&self, grant: &Grant, now: Timestamp) -> Result<(), Sanction> {
        let mute = self.mutes.get(&grant.user_id).filter(|until| in_force(Some(until), now));
        match mute {
            Some(until) => {
                Err(Sanction::Muted { retry_after_ms: until.map(|at| at.millis_since(now)) })
            }
            None => Ok(()),
        }
    }

    /// Whether somebody may send a message now, who then has.
    pub(crate) fn may_send(&mut self, grant: &Grant, now: Timestamp) -> Result<(), Sanction> {
        self.may_speak(grant, now)?;
        let user = &grant.user_id;
        // Moderators have to be quick.
        if self.slow_ms == 0 || grant.capabilities.has(Capability::Mute) {
            return Ok(());
        }
        let waited = self.spoke.get(user).map(|last| now.millis_since(*last));
        if let Some(left) =
            waited.and_then(|waited| self.slow_ms.checked_sub(waited)).filter(|left| *left > 0)
        {
            return Err(Sanction::Slowed { retry_after_ms: left });
        }
        self.spoke.insert(user.clone(), now);
        Ok(())
    }
}

fn in_force(until: Option<&Option<Timestamp>>, now: Timestamp) -> bool {
    match until {
        None => false,
        Some(None) => true,
        Some(Some(until)) => now < *until,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_object_is_refused() {
        for body in [r#"["mallory"]"#, "[]", "7", "null", r#"{"seconds":1.5}"#] {
            let refused = Request::parse(body.as_bytes()).unwrap_err();
            assert_eq!(refused.code, ErrorCode::InvalidFrame, "{body}");
        }
        assert_eq!(Request::parse(b"{").unwrap_err().code, ErrorCode::InvalidJson);
        let slow = Request::parse(br#"{"seconds":10.0,"until":7.0}"#).unwrap();
        assert_eq!((slow.seconds, slow.until), (Some(10), Some(Timestamp::from_millis(7))));
    }
}
