//! The rules of moderation as a store keeps them.

use crate::ids::UserId;
use crate::time::Timestamp;

/// A rule of moderation that is in force until it is removed or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// A user is kept out.
    Ban {
        /// Whom.
        user: UserId,
        /// When it ends; never, without.
        until: Option<Timestamp>,
    },
    /// A user's messages are not taken.
    Mute {
        /// Whose.
        user: UserId,
        /// When it ends; never, without.
        until: Option<Timestamp>,
    },
    /// A user's tokens from before a moment are refused.
    Revoke {
        /// Whose.
        user: UserId,
        /// The moment.
        issued_before: Timestamp,
    },
    /// Everybody waits between messages.
    SlowMode {
        /// How long, in milliseconds; 0 is off.
        millis: u64,
    },
}

impl Rule {
    /// The kind, as it is stored. With [`Rule::target`] it is the key: a new rule replaces the one before.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Ban { .. } => "ban",
            Self::Mute { .. } => "mute",
            Self::Revoke { .. } => "revoke",
            Self::SlowMode { .. } => "slow-mode",
        }
    }

    /// The user, or nothing for a rule for everybody.
    pub fn target(&self) -> &str {
        match self {
            Self::Ban { user, .. } | Self::Mute { user, .. } | Self::Revoke { user, .. } => {
                user.as_str()
            }
            Self::SlowMode { .. } => "",
        }
    }

    /// The number, as it is stored.
    pub const fn value(&self) -> Option<u64> {
        match self {
            Self::Ban { until, .. } | Self::Mute { until, .. } => match until {
                Some(until) => Some(until.as_millis()),
                None => None,
            },
            Self::Revoke { issued_before, .. } => Some(issued_before.as_millis()),
            Self::SlowMode { millis } => Some(*millis),
        }
    }

    /// From what was stored; nothing, if this version does not know the kind.
    pub fn restore(kind: &str, target: &str, value: Option<u64>) -> Option<Self> {
        let user = || UserId::parse(target).ok();
        let moment = value.map(Timestamp::from_millis);
        Some(match kind {
            "ban" => Self::Ban { user: user()?, until: moment },
            "mute" => Self::Mute { user: user()?, until: moment },
            "revoke" => Self::Revoke { user: user()?, issued_before: moment? },
            "slow-mode" => Self::SlowMode { millis: value? },
            _ => return None,
        })
    }
}
