//! What a request asks of a room, with all that its address says. What its body says is read by whom it is for.

use percent_encoding::percent_decode_str;

use super::RoomOperation;
use crate::codes::ErrorCode;
use crate::ids::UserId;
use crate::problem::Problem;
use crate::room::Query;
use crate::room::moderation::Action;

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Publishes what the body says.
    Publish,
    /// Moderates as the body says.
    Moderate(Action),
    /// Answers a question.
    Ask(Query),
    /// Tells what moderators did.
    Audit,
    /// Gives everything that the room has.
    Export,
    /// Removes what a user wrote.
    Erase(UserId),
    /// Removes everything.
    Wipe,
    /// Has dead letters tried again.
    Replay,
}

impl Call {
    /// Reads an address: `segment` stands in the place of the route's parameter, `query` are the parameters behind the question mark.
    ///
    /// # Errors
    /// `invalid-identity`, `invalid-frame`; `upgrade-required` for what is no call.
    pub fn read(
        operation: RoomOperation,
        segment: &str,
        query: impl Iterator<Item = (impl AsRef<str>, impl AsRef<str>)>,
    ) -> Result<Self, Problem> {
        Ok(match operation {
            RoomOperation::Connect => return Err(wants_a_socket()),
            RoomOperation::Publish => Self::Publish,
            RoomOperation::Moderate(action) => Self::Moderate(action),
            RoomOperation::Ask(topic) => Self::Ask(Query::read(topic, query)?),
            RoomOperation::Audit => Self::Audit,
            RoomOperation::Export => Self::Export,
            RoomOperation::Erase => Self::Erase(user_id(segment)?),
            RoomOperation::Wipe => Self::Wipe,
            RoomOperation::Replay => Self::Replay,
        })
    }
}

/// Says that an address is for sockets.
pub fn wants_a_socket() -> Problem {
    Problem::new(ErrorCode::UpgradeRequired, "Connect with a WebSocket, or POST an event.")
}

/// A user's id as a segment of a path.
fn user_id(segment: &str) -> Result<UserId, Problem> {
    let invalid = |fault: String| {
        Problem::new(ErrorCode::InvalidIdentity, format!("Cannot name this user: {fault}."))
    };
    let text = percent_decode_str(segment).decode_utf8().map_err(|e| invalid(e.to_string()))?;
    UserId::parse(text).map_err(|fault| invalid(fault.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::Topic;

    fn read(
        operation: RoomOperation,
        segment: &str,
        query: &[(&str, &str)],
    ) -> Result<Call, ErrorCode> {
        Call::read(operation, segment, query.iter().copied()).map_err(|problem| problem.code)
    }

    #[test]
    fn a_user_is_named_by_a_segment_that_is_decoded_once() {
        let erase = |segment| read(RoomOperation::Erase, segment, &[]);
        let named = |id: &str| Ok(Call::Erase(UserId::parse(id).unwrap()));
        assert_eq!(erase("ann"), named("ann"));
        assert_eq!(erase("a%2Fb%20c%2525"), named("a/b c%25"));
        for bad in ["", "%00", "%ff", &"x".repeat(129)] {
            assert_eq!(erase(bad), Err(ErrorCode::InvalidIdentity), "{bad}");
        }
    }

    #[test]
    fn a_question_has_its_parameters() {
        let asked = read(RoomOperation::Ask(Topic::Search), "", &[("query", "x")]);
        assert!(matches!(asked, Ok(Call::Ask(Query::Search { query, .. })) if query == "x"));
        let asked = read(RoomOperation::Ask(Topic::Search), "", &[]);
        assert_eq!(asked, Err(ErrorCode::InvalidFrame));
    }

    #[test]
    fn a_socket_is_no_call() {
        assert_eq!(read(RoomOperation::Connect, "", &[]), Err(ErrorCode::UpgradeRequired));
    }
}
