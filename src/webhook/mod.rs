//! What the application's backend is told of by itself: options, payloads and signatures, as the Standard Webhooks
//! specification has them. When and how often is for [`crate::room`] to say: its outbox.

mod payload;
mod secrets;

pub(crate) use payload::{Member, Subject};
pub use secrets::WebhookSecrets;

use serde::Deserialize;

use crate::access::backend_url::BackendUrl;

/// A party's option `webhook`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Where it is told.
    pub url: BackendUrl,
    /// What of; everything, if left out.
    #[serde(default)]
    pub events: Option<Vec<WebhookEvent>>,
}

impl Webhook {
    /// Whether it is told of this.
    pub fn wants(&self, event: WebhookEvent) -> bool {
        self.events.as_ref().is_none_or(|events| events.contains(&event))
    }

    /// Whether it is told of something that depends on who is here.
    pub(crate) fn wants_people(&self) -> bool {
        use WebhookEvent::{MemberJoined, MemberLeft, RoomOccupied, RoomVacated};
        [RoomOccupied, RoomVacated, MemberJoined, MemberLeft]
            .into_iter()
            .any(|event| self.wants(event))
    }
}

macro_rules! webhook_events {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// What a webhook tells of.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
        pub enum WebhookEvent { $($(#[$doc])* #[serde(rename = $name)] $variant,)* }

        impl WebhookEvent {
            /// The payload's `type`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

webhook_events! {
    /// The first user is here.
    RoomOccupied = "room.occupied";
    /// The last user has gone.
    RoomVacated = "room.vacated";
    /// A user is here.
    MemberJoined = "member.joined";
    /// A user has gone.
    MemberLeft = "member.left";
    /// The log goes on.
    MessagesAppended = "messages.appended";
    /// Everything was removed, and a new epoch has begun.
    RoomDeleted = "room.deleted";
}
