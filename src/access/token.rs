//! Tokens: from the text that a client sent to what it grants. No I/O, no clock.

use jwt_compact::alg::{Hs256, Hs256Key};
use jwt_compact::{AlgorithmExt, UntrustedToken};
use serde::Deserialize;

use super::capability::RoomGrants;
use super::secret::Secret;
use super::{Capabilities, Grant, Role};
use crate::ids::{RoomName, UserId, Username};
use crate::time::Timestamp;

/// How far a token's clock may differ from ours, in milliseconds. RFC 7519 suggests "no more than a few minutes".
const CLOCK_SKEW_MS: i64 = 60_000;

/// Why a token is not accepted. No variant carries the token or a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Three parts of base64url with JSON inside, it is not.
    #[error("The token is not a JWT.")]
    Malformed,
    /// The signature is not ours, or made by an algorithm that the key is not for.
    #[error("The token's signature is not valid.")]
    BadSignature,
    /// `exp` has passed.
    #[error("The token has expired: get a new one.")]
    Expired,
    /// `nbf` has not come.
    #[error("The token is not valid yet.")]
    NotYetValid,
    /// No `sub`, or one that is no user id.
    #[error(
        "The token's \"sub\" must be a user id of 1 to 128 characters that does not begin with \"guest:\"."
    )]
    BadSubject,
    /// The deployment has no key to verify tokens with.
    #[error("This server accepts no tokens: it has no JWT_SECRET.")]
    NoKey,
}

/// A token that was verified, not yet tied to a room.
#[derive(Debug)]
pub struct Verified {
    claims: OurClaims,
}

#[derive(Debug, Deserialize)]
struct OurClaims {
    #[serde(default)]
    sub: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    rooms: Option<RoomGrants>,
}

/// Checks signature and times of `token` against `key`.
///
/// # Errors
/// See [`TokenError`].
pub fn verify(token: &str, key: Option<&Secret>, now: Timestamp) -> Result<Verified, TokenError> {
    let key = Hs256Key::new(key.ok_or(TokenError::NoKey)?.as_bytes());
    let token = UntrustedToken::new(token).map_err(|_| TokenError::Malformed)?;
    // Compares the header's `alg` with HS256, so neither `none` nor another algorithm gets past.
    let token = Hs256.validator::<OurClaims>(&key).validate(&token).map_err(|fault| {
        let malformed = matches!(fault, jwt_compact::ValidationError::MalformedClaims(_));
        if malformed { TokenError::Malformed } else { TokenError::BadSignature }
    })?;
    let (_, claims) = token.into_parts();
    let now = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
    let after = |moment: i64| now.saturating_sub(CLOCK_SKEW_MS) >= moment;
    let before = |moment: i64| now.saturating_add(CLOCK_SKEW_MS) < moment;
    if claims.expiration.is_some_and(|moment| after(moment.timestamp_millis())) {
        return Err(TokenError::Expired);
    }
    if claims.not_before.is_some_and(|moment| before(moment.timestamp_millis())) {
        return Err(TokenError::NotYetValid);
    }
    Ok(Verified { claims: claims.custom })
}

impl Verified {
    /// What the token allows in `room`: its `rooms` claim, or the default of its role.
    pub fn capabilities_in(&self, room: &RoomName) -> Capabilities {
        match &self.claims.rooms {
            Some(grants) => grants.capabilities_in(room),
            None => Capabilities::default_of(self.role()),
        }
    }

    /// The grant of the person whom the token names.
    ///
    /// # Errors
    /// [`TokenError::BadSubject`] if it names nobody.
    pub fn grant_in(&self, room: &RoomName) -> Result<Grant, TokenError> {
        let sub = self.claims.sub.clone().ok_or(TokenError::BadSubject)?;
        let user_id = UserId::parse(sub).map_err(|_| TokenError::BadSubject)?;
        if user_id.is_guest() {
            return Err(TokenError::BadSubject);
        }
        let name = self.claims.name.clone().and_then(|name| Username::parse(name).ok());
        Ok(Grant {
            username: name.unwrap_or_else(|| Username::from(&user_id)),
            user_id,
            role: self.role(),
            capabilities: self.capabilities_in(room),
        })
    }

    fn role(&self) -> Role {
        match self.claims.role.as_deref() {
            Some("admin") => Role::Admin,
            Some("guest") => Role::Guest,
            // Issuers have words of their own ("authenticated", "member"): to us they are users.
            _ => Role::User,
        }
    }
}

#[cfg(test)]
mod tests {
    use jwt_compact::alg::{Hs384, Hs384Key};
    use jwt_compact::{Claims, Header};
    use serde_json::json;

    use super::super::Capability;
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_760_000_000_000);

    fn key() -> Secret {
        Secret::parse("a secret of the tests".into()).unwrap()
    }

    fn sign(claims: serde_json::Value) -> String {
        let key = Hs256Key::new(key().as_bytes());
        let claims: Claims<serde_json::Value> = serde_json::from_value(claims).unwrap();
        Hs256.token(&Header::empty(), &claims, &key).unwrap()
    }

    fn check(token: &str) -> Result<Verified, TokenError> {
        verify(token, Some(&key()), NOW)
    }

    fn room() -> RoomName {
        RoomName::parse("project:42").unwrap()
    }

    #[test]
    fn a_token_names_its_user() {
        let token = sign(json!({"sub": "u1", "name": "Ann", "role": "admin"}));
        let grant = check(&token).unwrap().grant_in(&room()).unwrap();
        assert_eq!(grant.user_id.as_str(), "u1");
        assert_eq!(grant.username.as_str(), "Ann");
        assert_eq!(grant.role, Role::Admin);
    }

    #[test]
    fn without_a_usable_name_the_user_id_stands_in() {
        for name in [json!(null), json!(""), json!("a\nb"), json!("x".repeat(129))] {
            let token = sign(json!({"sub": "u1", "name": name, "role": "authenticated"}));
            let grant = check(&token).unwrap().grant_in(&room()).unwrap();
            assert_eq!(grant.username.as_str(), "u1");
            assert_eq!(grant.role, Role::User);
        }
    }

    #[test]
    fn a_token_that_names_nobody_makes_no_grant() {
        for claims in [json!({}), json!({"sub": ""}), json!({"sub": "guest:s1"})] {
            let verified = check(&sign(claims)).unwrap();
            assert_eq!(verified.grant_in(&room()).unwrap_err(), TokenError::BadSubject);
        }
    }

    #[test]
    fn the_rooms_claim_replaces_the_default_of_the_role() {
        let token = sign(json!({"sub": "u1", "rooms": {"project:*": ["broadcast"]}}));
        let verified = check(&token).unwrap();
        let here = verified.capabilities_in(&room());
        assert!(here.has(Capability::Broadcast) && !here.has(Capability::Join));
        let elsewhere = verified.capabilities_in(&RoomName::parse("event:1").unwrap());
        assert_eq!(elsewhere, Capabilities::NONE);
    }

    #[test]
    fn times_are_checked_on_both_sides_of_the_skew() {
        let seconds = NOW.as_secs();
        let exp = |at: u64| check(&sign(json!({"sub": "u", "exp": at}))).map(|_| ());
        assert_eq!(exp(seconds + 10), Ok(()));
        assert_eq!(exp(seconds - 59), Ok(()));
        assert_eq!(exp(seconds - 60), Err(TokenError::Expired));
        let nbf = |at: u64| check(&sign(json!({"sub": "u", "nbf": at}))).map(|_| ());
        assert_eq!(nbf(seconds + 60), Ok(()));
        assert_eq!(nbf(seconds + 61), Err(TokenError::NotYetValid));
    }

    #[test]
    fn what_is_not_signed_by_our_key_with_hs256_is_refused() {
        let good = sign(json!({"sub": "u"}));
        let other = verify(&good, Some(&Secret::parse("another".into()).unwrap()), NOW);
        assert_eq!(other.unwrap_err(), TokenError::BadSignature);

        let hs384: Claims<serde_json::Value> = Claims::new(json!({"sub": "u"}));
        let hs384 =
            Hs384.token(&Header::empty(), &hs384, &Hs384Key::new(key().as_bytes())).unwrap();
        assert_eq!(check(&hs384).unwrap_err(), TokenError::BadSignature);

        // {"alg":"none"} and {"sub":"u"}, with and without a signature.
        for none in
            ["eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1In0.", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1In0.AA"]
        {
            assert!(check(none).is_err());
        }
        let (unsigned, _) = good.rsplit_once('.').unwrap();
        for garbage in
            ["", "a", "a.b.c", "..", unsigned, &format!("{unsigned}."), &format!("{good}A")]
        {
            assert!(check(garbage).is_err(), "{garbage}");
        }
    }

    #[test]
    fn without_a_key_no_token_is_valid() {
        let good = sign(json!({"sub": "u"}));
        assert_eq!(verify(&good, None, NOW).unwrap_err(), TokenError::NoKey);
    }
}
