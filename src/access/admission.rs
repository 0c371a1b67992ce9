//! The door of a room: who a connecting client is, and what a request may do.

use super::credentials::Credentials;
use super::token::{TokenError, Verified};
use super::{Capabilities, Capability, Grant, Role};
use crate::codes::ErrorCode;
use crate::config::{AuthMode, Config};
use crate::ids::{ConnectionId, RoomName, UserId, Username};
use crate::problem::Problem;

/// What became of the token that a request carries, if it carries one.
pub type Checked = Option<Result<Verified, TokenError>>;

/// What who has the broadcast key is called, as an observer and in the audit trail.
const BACKEND: &str = "backend";

/// Who a client says it is, by the query of its address. Nothing here is verified.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claimed {
    /// `userId`
    pub user_id: Option<String>,
    /// `username` or `userName`
    pub username: Option<String>,
    /// `sessionId`
    pub session_id: Option<String>,
}

/// Lets a client in, or says why not.
///
/// A token decides alone. Without one, the configuration must admit unverified people; `connection` then names
/// those who do not even say who they are.
///
/// # Errors
/// `unauthorized`, `not-allowed` or `invalid-identity`; `internal` if the token could not be checked.
pub fn admit(
    config: &Config,
    room: &RoomName,
    token: Checked,
    claimed: &Claimed,
    connection: &ConnectionId,
) -> Result<Grant, Problem> {
    let grant = match (token, config.auth_mode) {
        (Some(token), _) => grant(token, room)?,
        (None, AuthMode::Open) => unverified(claimed, connection)?,
        (None, AuthMode::Token) => {
            let detail = "A token is required: connect with ?token=… in the address.";
            return Err(Problem::new(ErrorCode::Unauthorized, detail));
        }
    };
    may_join(grant)
}

/// The grant of a backend that listens, if the request carries the broadcast key: it sees what happens, and nobody sees it.
///
/// Not for a key in the address: it would be in every log on its way.
pub fn observer(config: &Config, credentials: &Credentials) -> Option<Grant> {
    let (key, text) = (config.broadcast_key.as_ref()?, credentials.token.as_ref()?);
    if credentials.in_address || !key.matches(text) {
        return None;
    }
    let user_id = UserId::parse(BACKEND).ok()?;
    Some(Grant {
        username: Username::from(&user_id),
        user_id,
        role: Role::Admin,
        capabilities: Capabilities::of(&[Capability::Join, Capability::History]),
        expires_at: None,
        issued_at: None,
        limits: None,
    })
}

/// The grant, if it allows to be in the room.
///
/// # Errors
/// `not-allowed`.
pub fn may_join(grant: Grant) -> Result<Grant, Problem> {
    if grant.capabilities.has(Capability::Join) {
        Ok(grant)
    } else {
        Err(Problem::new(ErrorCode::NotAllowed, "The token does not allow to join this room."))
    }
}

/// What a token grants in `room`, if it holds.
///
/// # Errors
/// `unauthorized`; `internal` if the token could not be checked.
pub fn grant(token: Result<Verified, TokenError>, room: &RoomName) -> Result<Grant, Problem> {
    token
        .and_then(|verified| verified.grant_in(room))
        .map_err(|fault| Problem::new(code(fault), fault.to_string()))
}

fn unverified(claimed: &Claimed, connection: &ConnectionId) -> Result<Grant, Problem> {
    let invalid = |fault: crate::ids::IdError| {
        Problem::new(ErrorCode::InvalidIdentity, format!("Cannot let you in: {fault}."))
    };
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let user_id = match (given(&claimed.user_id), given(&claimed.session_id)) {
        (Some(id), _) => {
            let id = UserId::parse(id).map_err(invalid)?;
            if id.is_guest() {
                let detail = "Cannot let you in: a user id must not begin with \"guest:\".";
                return Err(Problem::new(ErrorCode::InvalidIdentity, detail));
            }
            id
        }
        (None, Some(session)) => UserId::guest(&session).map_err(invalid)?,
        // A connection id of full length does not fit behind the prefix: its end tells connections apart as well.
        (None, None) => UserId::guest(tail(connection.as_str(), 64)).map_err(invalid)?,
    };
    let username = match given(&claimed.username) {
        Some(name) => Username::parse(name).map_err(invalid)?,
        None if claimed.user_id.is_some() => Username::from(&user_id),
        None => Username::parse("Guest").map_err(invalid)?,
    };
    Ok(Grant {
        user_id,
        username,
        role: Role::Guest,
        capabilities: Capabilities::default_of(Role::Guest),
        expires_at: None,
        issued_at: None,
        limits: None,
    })
}

/// A client does not come back with a token that was refused, so a token that may be good is not refused.
fn code(fault: TokenError) -> ErrorCode {
    if fault == TokenError::KeysUnavailable { ErrorCode::Internal } else { ErrorCode::Unauthorized }
}

/// The last `count` characters.
fn tail(text: &str, count: usize) -> &str {
    match text.char_indices().rev().nth(count.saturating_sub(1)) {
        Some((start, _)) => text.get(start..).unwrap_or(text),
        None => text,
    }
}

/// Who calls the HTTP API.
#[derive(Debug)]
pub enum Caller {
    /// Who has the broadcast key. May do everything.
    Backend,
    /// Who has a token that holds.
    Token(Box<Verified>),
}

impl Caller {
    /// Whether the caller may do something in `room`. Gives who it is, for the audit trail.
    ///
    /// # Errors
    /// `not-allowed`.
    pub fn may(&self, room: &RoomName, capability: Capability) -> Result<String, Problem> {
        match self {
            Self::Backend => Ok(BACKEND.into()),
            Self::Token(verified) if verified.capabilities_in(room).has(capability) => {
                Ok(verified.subject().unwrap_or("token").to_owned())
            }
            Self::Token(_) => {
                let name = capability.as_str();
                let detail = format!("The token does not allow {name:?} in this room.");
                Err(Problem::new(ErrorCode::NotAllowed, detail))
            }
        }
    }
}

impl Caller {
    /// Whether the caller may do something that concerns the deployment as a whole.
    ///
    /// # Errors
    /// `not-allowed`.
    pub fn may_everywhere(&self, capability: Capability) -> Result<(), Problem> {
        match self {
            Self::Backend => Ok(()),
            Self::Token(verified) if verified.capabilities_everywhere().has(capability) => Ok(()),
            Self::Token(_) => {
                let name = capability.as_str();
                let detail = format!(
                    "The token does not allow {name:?} everywhere: an admin's does, or {name:?} for \"*\" in its \"rooms\"."
                );
                Err(Problem::new(ErrorCode::NotAllowed, detail))
            }
        }
    }
}

/// Who calls, by the broadcast key or by a token.
///
/// # Errors
/// `unauthorized`; `internal` if the token could not be checked.
pub fn caller(
    config: &Config,
    credentials: &Credentials,
    token: Checked,
) -> Result<Caller, Problem> {
    let (Some(text), Some(token)) = (&credentials.token, token) else {
        let detail = "Send the broadcast key or a token as \"Authorization: Bearer …\".";
        return Err(Problem::new(ErrorCode::Unauthorized, detail));
    };
    if config.broadcast_key.as_ref().is_some_and(|key| key.matches(text)) {
        return Ok(Caller::Backend);
    }
    let verified = token.map_err(|fault| {
        let detail = format!("This is not the broadcast key, nor a valid token. {fault}");
        Problem::new(code(fault), detail)
    })?;
    Ok(Caller::Token(Box::new(verified)))
}

#[cfg(test)]
mod tests {
    use jwt_compact::alg::{Hs256, Hs256Key};
    use jwt_compact::{AlgorithmExt, Claims, Header};
    use serde_json::json;

    use super::super::test_keys::verify;
    use super::*;
    use crate::time::Timestamp;

    const NOW: Timestamp = Timestamp::from_millis(1_760_000_000_000);

    fn config(mode: &str) -> Config {
        Config::parse(|name| match name {
            "AUTH_MODE" => Some(mode.to_owned()),
            "PARTIES" => Some(r#"{"main":{"kind":"events"}}"#.to_owned()),
            "JWT_SECRET" => Some("jwt".to_owned()),
            "BROADCAST_KEY" => Some("key".to_owned()),
            _ => None,
        })
        .unwrap()
    }

    fn bearing(token: Option<&str>) -> Credentials {
        Credentials::find(None, None, token)
    }

    fn checked(config: &Config, token: Option<&str>) -> Checked {
        let tokens = &config.tokens;
        Some(verify(token?, &tokens.keyring(None), &tokens.rules, NOW))
    }

    fn token(claims: serde_json::Value) -> String {
        Hs256.token(&Header::empty(), &Claims::new(claims), &Hs256Key::new(b"jwt")).unwrap()
    }

    fn enter(
        mode: &str,
        token: Option<&str>,
        claimed: &Claimed,
    ) -> Result<(String, String), ErrorCode> {
        let room = RoomName::parse("r").unwrap();
        let connection = ConnectionId::parse("c1").unwrap();
        let config = config(mode);
        admit(&config, &room, checked(&config, token), claimed, &connection)
            .map(|grant| (grant.user_id.to_string(), grant.username.to_string()))
            .map_err(|problem| problem.code)
    }

    fn claims(user_id: Option<&str>, username: Option<&str>, session_id: Option<&str>) -> Claimed {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Claimed {
            user_id: owned(user_id),
            username: owned(username),
            session_id: owned(session_id),
        }
    }

    #[test]
    fn a_verified_token_wins_over_the_query() {
        let token = token(json!({"sub": "u1", "name": "Ann"}));
        let claimed = claims(Some("mallory"), Some("Mallory"), None);
        for mode in ["token", "open"] {
            assert_eq!(enter(mode, Some(&token), &claimed), Ok(("u1".into(), "Ann".into())));
        }
    }

    #[test]
    fn a_bad_token_is_refused_even_where_none_is_needed() {
        let claimed = claims(Some("u1"), None, None);
        for mode in ["token", "open"] {
            assert_eq!(enter(mode, Some("x.y.z"), &claimed), Err(ErrorCode::Unauthorized));
        }
    }

    #[test]
    fn without_a_token_only_the_open_mode_lets_in() {
        let claimed = claims(Some("u1"), Some("Ann"), None);
        assert_eq!(enter("token", None, &claimed), Err(ErrorCode::Unauthorized));
        assert_eq!(enter("open", None, &claimed), Ok(("u1".into(), "Ann".into())));
    }

    #[test]
    fn guests_have_ids_of_their_own() {
        let entered = |claimed| enter("open", None, &claimed).unwrap();
        assert_eq!(entered(claims(None, None, Some("s1"))), ("guest:s1".into(), "Guest".into()));
        assert_eq!(entered(claims(None, None, None)), ("guest:c1".into(), "Guest".into()));
        assert_eq!(entered(claims(Some("u1"), None, None)), ("u1".into(), "u1".into()));
    }

    #[test]
    fn a_bad_identity_is_refused() {
        let long = "x".repeat(129);
        for claimed in [
            claims(Some(&long), None, None),
            claims(Some("guest:s1"), None, None),
            claims(Some("u1"), Some("a\nb"), None),
            claims(None, None, Some(&long)),
        ] {
            assert_eq!(enter("open", None, &claimed), Err(ErrorCode::InvalidIdentity));
        }
    }

    #[test]
    fn a_token_that_does_not_allow_to_join_is_refused() {
        let token = token(json!({"sub": "u1", "rooms": {"*": ["history"]}}));
        assert_eq!(enter("open", Some(&token), &Claimed::default()), Err(ErrorCode::NotAllowed));
    }

    #[test]
    fn publishing_takes_the_key_or_the_capability() {
        let room = RoomName::parse("project:42").unwrap();
        let publish = |credentials: &str| {
            let config = config("open");
            let token = checked(&config, Some(credentials));
            caller(&config, &bearing(Some(credentials)), token)
                .and_then(|caller| caller.may(&room, Capability::Broadcast))
                .map_err(|problem| problem.code)
        };
        assert_eq!(publish("key"), Ok("backend".into()));
        let granted = token(json!({"sub": "api", "rooms": {"project:*": ["broadcast"]}}));
        assert_eq!(publish(&granted), Ok("api".into()));
        assert_eq!(publish(&token(json!({"role": "admin"}))), Ok("token".into()));
        assert_eq!(publish(&token(json!({"sub": "u1"}))), Err(ErrorCode::NotAllowed));
        assert_eq!(publish("wrong"), Err(ErrorCode::Unauthorized));
        let none = caller(&config("open"), &bearing(None), None);
        assert_eq!(none.unwrap_err().code, ErrorCode::Unauthorized);
    }

    #[test]
    fn the_broadcast_key_lets_in_to_listen_and_for_nothing_else() {
        let config = config("token");
        let offering = |text: &str| Credentials::find(None, Some(&format!("bearer, {text}")), None);
        let grant = observer(&config, &offering("key")).unwrap();
        let listens = Capabilities::of(&[Capability::Join, Capability::History]);
        assert_eq!((grant.user_id.as_str(), grant.capabilities), ("backend", listens));
        for other in [bearing(None), bearing(Some("key")), offering("wrong"), offering("")] {
            assert_eq!(observer(&config, &other), None);
        }
    }

    #[test]
    fn the_deployment_as_a_whole_takes_the_key_or_a_token_for_all_rooms() {
        let see = |credentials: &str| {
            let config = config("open");
            let token = checked(&config, Some(credentials));
            caller(&config, &bearing(Some(credentials)), token)
                .and_then(|caller| caller.may_everywhere(Capability::Metrics))
                .map_err(|problem| problem.code)
        };
        assert_eq!(see("key"), Ok(()));
        assert_eq!(see(&token(json!({"role": "admin"}))), Ok(()));
        assert_eq!(see(&token(json!({"rooms": {"*": ["metrics"]}}))), Ok(()));
        for claims in [
            json!({"sub": "u1"}),
            json!({"role": "admin", "rooms": {"a": ["metrics"]}}),
            json!({"rooms": {"*": ["history"]}}),
        ] {
            assert_eq!(see(&token(claims)), Err(ErrorCode::NotAllowed));
        }
        assert_eq!(see("wrong"), Err(ErrorCode::Unauthorized));
    }

    #[test]
    fn a_token_that_cannot_be_checked_now_may_come_again() {
        let room = RoomName::parse("r").unwrap();
        let connection = ConnectionId::parse("c1").unwrap();
        let fault = || Some(Err(TokenError::KeysUnavailable));
        let config = config("open");
        let entering = admit(&config, &room, fault(), &Claimed::default(), &connection);
        let publishing = caller(&config, &bearing(Some("x")), fault());
        for code in [entering.unwrap_err().code, publishing.unwrap_err().code] {
            assert!(code.retryable());
        }
    }
}
