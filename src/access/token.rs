//! Tokens: from the text that a client sent to what it grants. No I/O, no clock.
//!
//! Signatures of public keys are verified by the platform: an [`Unverified`] token asks, is answered, and concludes.

use base64ct::{Base64UrlUnpadded, Encoding};
use jwt_compact::UntrustedToken;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::claims::{Claims, TokenRules};
use super::keyring::Keyring;
use super::proof::{Answer, Proof, Question, Signed};
use super::public_key::PublicAlgorithm;
use super::{Capabilities, Grant, Role};
use crate::ids::{RoomName, UserId, Username};
use crate::time::Timestamp;

/// Why a token is not accepted. No variant carries the token or a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Three parts of base64url with JSON inside, it is not, or a claim is not of its type.
    #[error("The token is not a JWT that this server understands.")]
    Malformed,
    /// The signature is not ours, or made by an algorithm that the key is not for.
    #[error("The token's signature is not valid.")]
    BadSignature,
    /// None of the keys has made the signature, nor does the token name one of them. There may be newer keys.
    #[error("The token is signed with a key that this server does not know.")]
    UnknownKey,
    /// As [`TokenError::UnknownKey`], but whether there are newer keys could not be found out.
    #[error("The token cannot be checked now: its issuer's keys cannot be fetched. Try again.")]
    KeysUnavailable,
    /// `exp` has passed.
    #[error("The token has expired: get a new one.")]
    Expired,
    /// There is no `exp`, and JWT_REQUIRE_EXPIRY wants one.
    #[error("The token has no \"exp\": this server wants tokens that expire.")]
    NoExpiry,
    /// `nbf` has not come, or `iat` is in the future.
    #[error("The token is not valid yet.")]
    NotYetValid,
    /// `iss` is not JWT_ISSUER.
    #[error("The token's \"iss\" is not the issuer that this server trusts.")]
    WrongIssuer,
    /// `aud` does not name JWT_AUDIENCE.
    #[error("The token's \"aud\" does not name this server.")]
    WrongAudience,
    /// No `sub`, or one that is no user id.
    #[error(
        "The token's \"sub\" must be a user id of 1 to 128 characters that does not begin with \"guest:\"."
    )]
    BadSubject,
    /// The deployment has no key to verify tokens with.
    #[error(
        "This server accepts no tokens: it has neither JWT_SECRET nor JWT_PUBLIC_KEYS nor JWT_JWKS_URL."
    )]
    NoKey,
}

/// A token that was verified, not yet tied to a room.
#[derive(Debug)]
pub struct Verified {
    claims: Claims,
    clock_skew_ms: u64,
}

/// A token that was read, and whose signature is being checked.
#[derive(Debug)]
pub struct Unverified<'a> {
    parts: Parts<'a>,
    proof: Proof,
}

impl<'a> Unverified<'a> {
    /// Reads a token.
    ///
    /// # Errors
    /// No token, or none that a key of `keyring` can have made. See [`TokenError`].
    pub fn read(token: &'a str, keyring: &Keyring) -> Result<Self, TokenError> {
        if keyring.is_empty() {
            return Err(TokenError::NoKey);
        }
        let parts = Parts::of(token)?;
        let proof = keyring.examine(&parts.signed())?;
        Ok(Self { parts, proof })
    }

    /// What the platform has to say before there is a conclusion; nothing, if there is one.
    pub fn question(&self) -> Option<Question<'_>> {
        let Signed { data, signature, .. } = self.parts.signed();
        self.proof.candidate().map(|key| Question { key, data, signature })
    }

    /// The answer to [`Unverified::question`].
    pub fn answer(&mut self, answer: Answer) {
        self.proof.answer(answer);
    }

    /// Checks signature, times, issuer and audience. A question that was not answered is a no.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub fn conclude(self, rules: &TokenRules, now: Timestamp) -> Result<Verified, TokenError> {
        self.proof.conclude()?;
        let claims = Base64UrlUnpadded::decode_vec(self.parts.claims);
        let claims = Claims::parse(&claims.map_err(|_| TokenError::Malformed)?)?;
        claims.check(rules, now)?;
        Ok(Verified { claims, clock_skew_ms: rules.clock_skew_ms })
    }
}

/// Whether `token` says of itself that a public key verifies it.
pub fn wants_public_key(token: &str) -> bool {
    let parts = Parts::of(token);
    parts.is_ok_and(|parts| PublicAlgorithm::named(parts.parsed.algorithm()).is_some())
}

/// A token in its parts.
#[derive(Debug)]
struct Parts<'a> {
    parsed: UntrustedToken<'a, Extensions>,
    /// Header and claims, as they were signed.
    data: &'a str,
    claims: &'a str,
}

/// What a header may have besides what we read.
#[derive(Debug, Clone, Deserialize)]
struct Extensions {
    /// Extensions that one must understand or refuse (RFC 7515, section 4.1.11). We know none.
    #[serde(default)]
    crit: Option<IgnoredAny>,
}

impl<'a> Parts<'a> {
    fn of(token: &'a str) -> Result<Self, TokenError> {
        let parsed = UntrustedToken::<Extensions>::try_from(token);
        let parsed = parsed.map_err(|_| TokenError::Malformed)?;
        let (data, _) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (_, claims) = data.split_once('.').ok_or(TokenError::Malformed)?;
        match parsed.header().other_fields.crit {
            Some(_) => Err(TokenError::Malformed),
            None => Ok(Self { parsed, data, claims }),
        }
    }

    fn signed(&self) -> Signed<'_> {
        Signed {
            algorithm: self.parsed.algorithm(),
            key_id: self.parsed.header().key_id.as_deref(),
            data: self.data.as_bytes(),
            signature: self.parsed.signature_bytes(),
        }
    }
}

impl Verified {
    /// What the token allows in `room`: its `rooms` claim, or the default of its role.
    pub fn capabilities_in(&self, room: &RoomName) -> Capabilities {
        match &self.claims.rooms {
            Some(grants) => grants.capabilities_in(room),
            None => Capabilities::default_of(self.role()),
        }
    }

    /// What the token allows in every room, and so for the deployment as a whole.
    pub fn capabilities_everywhere(&self) -> Capabilities {
        match &self.claims.rooms {
            Some(grants) => grants.capabilities_everywhere(),
            None => Capabilities::default_of(self.role()),
        }
    }

    /// When the token ends: when it says, and the clock skew besides, so that none ends as it is let in. `None` if it never does.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.claims.expires_at().map(|end| end.plus_millis(self.clock_skew_ms))
    }

    /// Whom the token names, if it names anybody.
    pub fn subject(&self) -> Option<&str> {
        self.claims.sub.as_deref()
    }

    /// When the token was issued, if it says so.
    pub fn issued_at(&self) -> Option<Timestamp> {
        self.claims.issued_at()
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
        Ok(Grant {
            username: self.claims.username().unwrap_or_else(|| Username::from(&user_id)),
            user_id,
            role: self.role(),
            capabilities: self.capabilities_in(room),
            expires_at: self.expires_at(),
            issued_at: self.issued_at(),
            limits: self.claims.limits,
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
    use jwt_compact::{Algorithm, AlgorithmSignature};
    use serde_json::{Value, json};

    use super::super::rate::Rate;
    use super::super::secret::Secret;
    use super::super::test_keys::{self as keys, es256, hmac, join, named, set, verify};
    use super::super::{Capability, TokenLimits};
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_760_000_000_000);
    const SECRET: &str = "a secret of the tests";

    fn secret() -> Option<Secret> {
        Some(Secret::parse(SECRET.into()).unwrap())
    }

    fn hs256(claims: Value) -> String {
        join(&json!({"alg": "HS256", "typ": "JWT"}), &claims, |data| hmac(SECRET.as_bytes(), data))
    }

    fn check(token: &str) -> Result<Verified, TokenError> {
        verify(token, &Keyring::new(secret(), vec![]), &TokenRules::default(), NOW)
    }

    fn room() -> RoomName {
        RoomName::parse("project:42").unwrap()
    }

    #[test]
    fn a_token_names_its_user() {
        let token = hs256(json!({"sub": "u1", "name": "Ann", "role": "admin"}));
        let grant = check(&token).unwrap().grant_in(&room()).unwrap();
        assert_eq!(grant.user_id.as_str(), "u1");
        assert_eq!(grant.username.as_str(), "Ann");
        assert_eq!(grant.role, Role::Admin);
        assert_eq!((grant.expires_at, grant.issued_at, grant.limits), (None, None, None));
    }

    #[test]
    fn a_grant_bears_the_times_and_limits_of_its_token() {
        let limits = json!({"messages": {"burst": 100_000, "perSecond": 50_000}});
        let exp = NOW.as_secs() + 60;
        let token = hs256(json!({"sub": "u", "exp": exp, "iat": exp - 60, "limits": limits}));
        let grant = check(&token).unwrap().grant_in(&room()).unwrap();
        assert_eq!(grant.expires_at, Some(NOW.plus_millis(120_000)), "the skew besides");
        assert_eq!(grant.issued_at, Some(NOW));
        let messages = Some(Rate { burst: 100_000, per_second: 50_000 });
        assert_eq!(grant.limits, Some(TokenLimits { messages }));
        let copy: Grant = serde_json::from_str(&serde_json::to_string(&grant).unwrap()).unwrap();
        assert_eq!(copy, grant);
    }

    #[test]
    fn a_grant_of_a_version_without_times_is_still_read() {
        let old = r#"{"userId":"u","username":"U","role":"user","capabilities":1}"#;
        let grant: Grant = serde_json::from_str(old).unwrap();
        assert_eq!((grant.expires_at, grant.issued_at, grant.limits), (None, None, None));
    }

    #[test]
    fn without_a_usable_name_the_user_id_stands_in() {
        for name in [json!(null), json!(""), json!("a\nb"), json!("x".repeat(129))] {
            let token = hs256(json!({"sub": "u1", "name": name, "role": "authenticated"}));
            let grant = check(&token).unwrap().grant_in(&room()).unwrap();
            assert_eq!(grant.username.as_str(), "u1");
            assert_eq!(grant.role, Role::User);
        }
    }

    #[test]
    fn a_token_that_names_nobody_makes_no_grant() {
        for claims in [json!({}), json!({"sub": ""}), json!({"sub": "guest:s1"})] {
            let verified = check(&hs256(claims)).unwrap();
            assert_eq!(verified.grant_in(&room()).unwrap_err(), TokenError::BadSubject);
        }
    }

    #[test]
    fn the_rooms_claim_replaces_the_default_of_the_role() {
        let token = hs256(json!({"sub": "u1", "rooms": {"project:*": ["broadcast"]}}));
        let verified = check(&token).unwrap();
        let here = verified.capabilities_in(&room());
        assert!(here.has(Capability::Broadcast) && !here.has(Capability::Join));
        let elsewhere = verified.capabilities_in(&RoomName::parse("event:1").unwrap());
        assert_eq!(elsewhere, Capabilities::NONE);
    }

    #[test]
    fn claims_are_checked_after_the_signature() {
        let rules = TokenRules { issuer: Some("us".into()), ..TokenRules::default() };
        let keyring = Keyring::new(secret(), vec![]);
        let good = hs256(json!({"sub": "u", "iss": "us"}));
        assert!(verify(&good, &keyring, &rules, NOW).is_ok());
        let wrong = verify(&hs256(json!({"sub": "u"})), &keyring, &rules, NOW);
        assert_eq!(wrong.unwrap_err(), TokenError::WrongIssuer);
        let forged = join(&json!({"alg": "HS256"}), &json!({"exp": 1}), |data| hmac(b"x", data));
        assert_eq!(check(&forged).unwrap_err(), TokenError::BadSignature);
        for malformed in [json!({"sub": 7}), json!([]), json!(null), json!({"limits": 7})] {
            assert_eq!(check(&hs256(malformed)).unwrap_err(), TokenError::Malformed);
        }
    }

    #[test]
    fn what_is_not_signed_by_our_secret_with_hs256_is_refused() {
        let good = hs256(json!({"sub": "u"}));
        let keyring = Keyring::new(Secret::parse("another".into()).ok(), vec![]);
        let other = verify(&good, &keyring, &TokenRules::default(), NOW);
        assert_eq!(other.unwrap_err(), TokenError::BadSignature);

        let hs384 = join(&json!({"alg": "HS384"}), &json!({"sub": "u"}), |data| {
            Hs384.sign(&Hs384Key::new(SECRET), data).as_bytes().into_owned()
        });
        assert_eq!(check(&hs384).unwrap_err(), TokenError::BadSignature);

        for none in ["none", "None", "NONE", ""] {
            let header = json!({ "alg": none });
            let claims = json!({"sub": "u"});
            for token in [
                join(&header, &claims, |_| vec![]),
                join(&header, &claims, |data| hmac(SECRET.as_bytes(), data)),
            ] {
                assert_eq!(check(&token).unwrap_err(), TokenError::BadSignature);
            }
        }
    }

    #[test]
    fn a_token_that_was_cut_or_put_together_otherwise_is_refused() {
        let good = hs256(json!({"sub": "u"}));
        for (end, _) in good.char_indices() {
            assert!(check(good.get(..end).unwrap()).is_err(), "{end}");
        }
        let parts: Vec<_> = good.split('.').collect();
        let other = hs256(json!({"sub": "mallory"}));
        let other: Vec<_> = other.split('.').collect();
        for parts in [
            vec![parts[1], parts[0], parts[2]],
            vec![parts[0], parts[2], parts[1]],
            vec![parts[2], parts[1], parts[0]],
            vec![parts[0], other[1], parts[2]],
            vec![parts[0], parts[1], other[2]],
            vec![parts[0], parts[1], parts[2], parts[2]],
            vec![parts[0], parts[1], ""],
            vec!["", parts[1], parts[2]],
            vec!["", "", ""],
        ] {
            assert!(check(&parts.join(".")).is_err());
        }
        for garbage in ["", "a", "a.b.c", "..", "é.é.é", &format!("{good}A"), &format!("{good}=")]
        {
            assert!(check(garbage).is_err(), "{garbage}");
        }
    }

    #[test]
    fn an_extension_that_must_be_understood_is_not() {
        let header = json!({"alg": "HS256", "crit": ["b64"], "b64": false});
        let token = join(&header, &json!({"sub": "u"}), |data| hmac(SECRET.as_bytes(), data));
        assert_eq!(check(&token).unwrap_err(), TokenError::Malformed);
    }

    /// The claims of an access token of Supabase.
    fn supabase() -> Value {
        json!({
            "iss": "https://abcdefghijklmnopqrst.supabase.co/auth/v1",
            "sub": "0cc62a68-2a1a-4d3b-9f3c-1d1c3f0b7a55",
            "aud": "authenticated",
            "exp": NOW.as_secs() + 3600,
            "iat": NOW.as_secs(),
            "email": "ann@example.com",
            "phone": "",
            "app_metadata": {"provider": "google", "providers": ["google"]},
            "user_metadata": {"email": "ann@example.com", "full_name": "Ann Example", "name": "ann"},
            "role": "authenticated",
            "aal": "aal1",
            "amr": [{"method": "oauth", "timestamp": NOW.as_secs()}],
            "session_id": "6f1c1b5e-54a1-4a3a-8a0e-4a3d8f6d1c11",
            "is_anonymous": false
        })
    }

    #[test]
    fn a_supabase_token_works_as_it_is() {
        let rules = TokenRules {
            issuer: Some("https://abcdefghijklmnopqrst.supabase.co/auth/v1".into()),
            audiences: vec!["authenticated".into()],
            require_expiry: true,
            ..TokenRules::default()
        };
        let legacy = json!({"alg": "HS256", "kid": "8mD0Vb9Q3b1yJ0aZ", "typ": "JWT"});
        let legacy = join(&legacy, &supabase(), |data| hmac(SECRET.as_bytes(), data));
        let id = "b4c2f3a0-6f0e-4a52-bb37-0f0b1c2d3e4f";
        let newer = es256(json!({"alg": "ES256", "kid": id, "typ": "JWT"}), &supabase());
        let mut jwk = named(keys::ES256, id);
        jwk["alg"] = "ES256".into();
        jwk["use"] = "sig".into();
        jwk["key_ops"] = json!(["verify"]);
        jwk["ext"] = true.into();
        let keyring = Keyring::new(secret(), vec![set(&[jwk])]);
        for token in [legacy, newer] {
            let verified = verify(&token, &keyring, &rules, NOW).unwrap();
            let grant = verified.grant_in(&room()).unwrap();
            assert_eq!(grant.user_id.as_str(), "0cc62a68-2a1a-4d3b-9f3c-1d1c3f0b7a55");
            assert_eq!(grant.username.as_str(), "Ann Example");
            assert_eq!(grant.role, Role::User);
            assert_eq!(grant.expires_at, Some(NOW.plus_millis(3_660_000)));
        }
    }

    #[test]
    fn without_a_key_no_token_is_valid() {
        let keyring = Keyring::default();
        let good = hs256(json!({"sub": "u"}));
        let verified = verify(&good, &keyring, &TokenRules::default(), NOW);
        assert_eq!(verified.unwrap_err(), TokenError::NoKey);
    }

    #[test]
    fn only_a_token_for_a_public_key_wants_one() {
        let claims = json!({"sub": "u"});
        assert!(wants_public_key(&es256(json!({"alg": "ES256"}), &claims)));
        assert!(!wants_public_key(&hs256(claims)));
        for text in ["", "broadcast-key", "a.b.c"] {
            assert!(!wants_public_key(text));
        }
    }
}
