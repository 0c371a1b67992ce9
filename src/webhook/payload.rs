//! The bodies of webhooks: docs/webhooks.md.

use serde::Serialize;

use super::WebhookEvent;
use crate::ids::{PartyName, RoomName, UserId, Username};
use crate::room::wire::encode;
use crate::store::Epoch;
use crate::time::Timestamp;

/// The room that a webhook is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) party: &'a PartyName,
    pub(crate) room: &'a RoomName,
    pub(crate) epoch: &'a Epoch,
}

/// Who has come or gone, and how many are here now.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Member<'a> {
    pub(crate) user_id: &'a UserId,
    pub(crate) username: &'a Username,
    pub(crate) total_users: usize,
}

#[derive(Serialize)]
struct Payload<'a, T> {
    r#type: &'static str,
    timestamp: String,
    data: Data<'a, T>,
}

#[derive(Serialize)]
struct Data<'a, T> {
    party: &'a PartyName,
    room: &'a RoomName,
    epoch: &'a Epoch,
    #[serde(flatten)]
    more: T,
}

impl Subject<'_> {
    /// A webhook about the room as such.
    pub(crate) fn plain(self, event: WebhookEvent, at: Timestamp) -> String {
        #[derive(Serialize)]
        struct Nothing {}
        self.payload(event, at, Nothing {})
    }

    /// A webhook about somebody in it.
    pub(crate) fn member(self, event: WebhookEvent, at: Timestamp, member: Member<'_>) -> String {
        self.payload(event, at, member)
    }

    /// A webhook about entries of the log, given as JSON texts.
    pub(crate) fn messages<'a>(
        self,
        at: Timestamp,
        frames: impl Iterator<Item = &'a str>,
    ) -> String {
        let mut body = self.plain(WebhookEvent::MessagesAppended, at);
        // The two closing braces of `data` and of the whole.
        body.truncate(body.len().saturating_sub(2));
        body.push_str(",\"messages\":[");
        for (index, frame) in frames.enumerate() {
            if index > 0 {
                body.push(',');
            }
            body.push_str(frame);
        }
        body.push_str("]}}");
        body
    }

    fn payload(self, event: WebhookEvent, at: Timestamp, more: impl Serialize) -> String {
        let Self { party, room, epoch } = self;
        let data = Data { party, room, epoch, more };
        encode(&Payload { r#type: event.as_str(), timestamp: at.iso8601(), data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_stand_in_the_payload_as_they_are() {
        let party = PartyName::parse("chat").unwrap();
        let room = RoomName::parse("a \"b\"").unwrap();
        let epoch = Epoch::new("e1");
        let subject = Subject { party: &party, room: &room, epoch: &epoch };
        let at = Timestamp::from_millis(1_760_000_000_050);
        assert_eq!(
            subject.messages(at, [r#"{"n": 1.50}"#, "{}"].into_iter()),
            r#"{"type":"messages.appended","timestamp":"2025-10-09T08:53:20.050Z","data":{"party":"chat","room":"a \"b\"","epoch":"e1","messages":[{"n": 1.50},{}]}}"#
        );
        assert_eq!(
            subject.plain(WebhookEvent::RoomDeleted, at),
            r#"{"type":"room.deleted","timestamp":"2025-10-09T08:53:20.050Z","data":{"party":"chat","room":"a \"b\"","epoch":"e1"}}"#
        );
    }
}
