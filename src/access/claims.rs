//! What a token says, and when that holds: its times, its issuer, its audience.

use serde::Deserialize;
use serde_json::Value;

use super::capability::RoomGrants;
use super::grant::TokenLimits;
use super::token::TokenError;
use crate::ids::Username;
use crate::json;
use crate::time::Timestamp;

/// What a token's claims must be for it to be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRules {
    /// What `iss` must be; anything and nothing, if `None`.
    pub issuer: Option<String>,
    /// Whom `aud` must name, one of these; anybody and nobody, if empty.
    pub audiences: Vec<String>,
    /// How far the issuer's clock may differ from ours, in milliseconds. RFC 7519 suggests "no more than a few minutes".
    pub clock_skew_ms: u64,
    /// Whether a token without `exp` is refused.
    pub require_expiry: bool,
}

impl Default for TokenRules {
    fn default() -> Self {
        Self { issuer: None, audiences: Vec::new(), clock_skew_ms: 60_000, require_expiry: false }
    }
}

/// The claims that we read. All others are the application's own.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    pub(super) sub: Option<String>,
    name: Option<String>,
    pub(super) role: Option<String>,
    pub(super) rooms: Option<RoomGrants>,
    pub(super) limits: Option<TokenLimits>,
    exp: Option<NumericDate>,
    nbf: Option<NumericDate>,
    iat: Option<NumericDate>,
    iss: Option<String>,
    aud: Option<Audience>,
    /// Supabase's. The user may write anything into it, so it is good for a name at most, and never a reason to refuse.
    user_metadata: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Seconds since the Unix epoch, with or without a fraction.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(from = "f64")]
struct NumericDate(Timestamp);

impl From<f64> for NumericDate {
    fn from(seconds: f64) -> Self {
        // The last moment that JavaScript's Date knows: whatever is later is as good as never.
        const LAST_MS: f64 = 8.64e15;
        // Saturates: before 1970 is 1970.
        Self(Timestamp::from_millis((seconds * 1000.0).min(LAST_MS) as u64))
    }
}

impl Claims {
    pub(super) fn parse(json: &[u8]) -> Result<Self, TokenError> {
        json::read(json).map_err(|_| TokenError::Malformed)
    }

    /// Whether the token is for us and now.
    pub(super) fn check(&self, rules: &TokenRules, now: Timestamp) -> Result<(), TokenError> {
        let skew = rules.clock_skew_ms;
        let is_future = |moment: Timestamp| now.plus_millis(skew) < moment;
        match self.expires_at() {
            Some(moment) if now >= moment.plus_millis(skew) => return Err(TokenError::Expired),
            None if rules.require_expiry => return Err(TokenError::NoExpiry),
            _ => {}
        }
        if self.nbf.is_some_and(|moment| is_future(moment.0)) {
            return Err(TokenError::NotYetValid);
        }
        // Otherwise a token could outrun a revocation of all that were issued before some moment.
        if self.issued_at().is_some_and(is_future) {
            return Err(TokenError::NotYetValid);
        }
        if rules.issuer.is_some() && self.iss != rules.issuer {
            return Err(TokenError::WrongIssuer);
        }
        if !rules.audiences.is_empty() && !rules.audiences.iter().any(|ours| self.is_for(ours)) {
            return Err(TokenError::WrongAudience);
        }
        Ok(())
    }

    fn is_for(&self, audience: &String) -> bool {
        match &self.aud {
            Some(Audience::One(one)) => one == audience,
            Some(Audience::Many(many)) => many.contains(audience),
            None => false,
        }
    }

    pub(super) fn expires_at(&self) -> Option<Timestamp> {
        self.exp.map(|moment| moment.0)
    }

    pub(super) fn issued_at(&self) -> Option<Timestamp> {
        self.iat.map(|moment| moment.0)
    }

    /// The first usable name. Never the e-mail address, which is nobody else's business.
    pub(super) fn username(&self) -> Option<Username> {
        let metadata = |key: &str| self.user_metadata.as_ref()?.get(key)?.as_str();
        let names = [self.name.as_deref(), metadata("full_name"), metadata("name")];
        names.into_iter().flatten().find_map(|name| Username::parse(name).ok())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_760_000_000_500);

    fn rules() -> TokenRules {
        TokenRules::default()
    }

    fn parse(claims: &Value) -> Result<Claims, TokenError> {
        Claims::parse(claims.to_string().as_bytes())
    }

    fn check(claims: Value, rules: &TokenRules) -> Result<(), TokenError> {
        parse(&claims)?.check(rules, NOW)
    }

    #[test]
    fn times_are_checked_on_both_sides_of_the_skew() {
        let seconds = NOW.as_secs();
        for skew in [0, 60, 300] {
            let rules = TokenRules { clock_skew_ms: skew * 1000, ..rules() };
            let exp = |at: u64| check(json!({"exp": at}), &rules);
            assert_eq!(exp(seconds - skew), Err(TokenError::Expired));
            assert_eq!(exp(seconds - skew + 1), Ok(()));
            for claim in ["nbf", "iat"] {
                let from = |at: u64| check(json!({claim: at}), &rules);
                assert_eq!(from(seconds + skew), Ok(()));
                assert_eq!(from(seconds + skew + 1), Err(TokenError::NotYetValid));
            }
        }
    }

    #[test]
    fn a_time_may_have_a_fraction() {
        let rules = TokenRules { clock_skew_ms: 0, ..rules() };
        assert_eq!(check(json!({"exp": 1_760_000_000.6}), &rules), Ok(()));
        assert_eq!(check(json!({"exp": 1_760_000_000.4}), &rules), Err(TokenError::Expired));
        let at = parse(&json!({"exp": 1_760_000_000.25, "iat": 1_760_000_000})).unwrap();
        assert_eq!(at.expires_at(), Some(Timestamp::from_millis(1_760_000_000_250)));
        assert_eq!(at.issued_at(), Some(Timestamp::from_millis(1_760_000_000_000)));
    }

    #[test]
    fn an_absurd_time_is_far_away_or_no_time_at_all() {
        let text = |exp: &str| Claims::parse(format!(r#"{{"exp":{exp}}}"#).as_bytes());
        for never in ["8640000000001", "18446744073709551615", "99999999999999999999999", "1e300"] {
            let claims = text(never).unwrap();
            assert_eq!(claims.check(&rules(), NOW), Ok(()));
            assert_eq!(claims.expires_at(), Some(Timestamp::from_millis(8_640_000_000_000_000)));
        }
        for past in ["0", "-0.0", "-1", "-1e300", "-9223372036854775808", "1e-300"] {
            assert_eq!(text(past).unwrap().check(&rules(), NOW), Err(TokenError::Expired));
        }
        for no_time in ["\"1760000000\"", "true", "[]", "{}", "1e999", "NaN"] {
            assert_eq!(text(no_time).unwrap_err(), TokenError::Malformed, "{no_time}");
        }
    }

    #[test]
    fn a_deployment_may_require_an_expiry() {
        let rules = TokenRules { require_expiry: true, ..rules() };
        assert_eq!(check(json!({}), &rules), Err(TokenError::NoExpiry));
        assert_eq!(check(json!({"exp": null}), &rules), Err(TokenError::NoExpiry));
        assert_eq!(check(json!({"exp": NOW.as_secs() + 1}), &rules), Ok(()));
    }

    #[test]
    fn the_issuer_must_be_the_configured_one_to_the_letter() {
        let rules = TokenRules { issuer: Some("https://a.example".into()), ..rules() };
        assert_eq!(check(json!({"iss": "https://a.example"}), &rules), Ok(()));
        for wrong in [json!({}), json!({"iss": "https://a.example/"}), json!({"iss": null})] {
            assert_eq!(check(wrong, &rules), Err(TokenError::WrongIssuer));
        }
        assert_eq!(check(json!({"iss": ["x"]}), &rules), Err(TokenError::Malformed));
    }

    #[test]
    fn one_audience_must_be_one_of_ours() {
        let rules = TokenRules { audiences: vec!["rooms".into(), "chat".into()], ..rules() };
        for right in [json!("rooms"), json!("chat"), json!(["x", "chat"])] {
            assert_eq!(check(json!({"aud": right}), &rules), Ok(()));
        }
        for wrong in [json!("room"), json!(["x"]), json!([]), json!(""), json!(null)] {
            assert_eq!(check(json!({"aud": wrong}), &rules), Err(TokenError::WrongAudience));
        }
        assert_eq!(check(json!({}), &rules), Err(TokenError::WrongAudience));
        assert_eq!(check(json!({"aud": 1}), &rules), Err(TokenError::Malformed));
    }

    #[test]
    fn who_is_not_asked_for_issuer_and_audience_may_have_any() {
        assert_eq!(check(json!({"iss": "x", "aud": ["y", "z"]}), &rules()), Ok(()));
    }

    #[test]
    fn the_first_usable_name_is_taken_and_never_the_email() {
        let name = |claims: Value| parse(&claims).unwrap().username().map(|name| name.to_string());
        let metadata = json!({"full_name": "Full", "name": "Short", "email": "a@b.example"});
        let all = json!({"name": "Claim", "user_metadata": metadata, "email": "a@b.example"});
        assert_eq!(name(all).as_deref(), Some("Claim"));
        assert_eq!(name(json!({"user_metadata": metadata})).as_deref(), Some("Full"));
        let unusable = json!({"name": "", "user_metadata": {"full_name": 7, "name": "Short"}});
        assert_eq!(name(unusable).as_deref(), Some("Short"));
        for none in [json!(null), json!("x"), json!([]), json!({"name": "a\nb"})] {
            assert_eq!(name(json!({"user_metadata": none, "email": "a@b.example"})), None);
        }
    }

    #[test]
    fn limits_are_numbers_of_one_at_least() {
        let limits =
            |limits: Value| parse(&json!({ "limits": limits })).map(|claims| claims.limits);
        let rate = json!({"messages": {"burst": 100_000, "perSecond": 5, "x": 1}, "y": {}});
        let messages = limits(rate).unwrap().unwrap().messages.unwrap();
        assert_eq!((messages.burst, messages.per_second), (100_000, 5));
        assert_eq!(limits(json!({})).unwrap().unwrap().messages, None);
        assert_eq!(limits(json!(null)).unwrap(), None);
        for nonsense in [
            json!("many"),
            json!(7),
            json!({"messages": 7}),
            json!({"messages": {"burst": 1}}),
            json!({"messages": {"burst": 0, "perSecond": 1}}),
            json!({"messages": {"burst": 1, "perSecond": 0}}),
            json!({"messages": {"burst": -1, "perSecond": 1}}),
            json!({"messages": {"burst": 1.5, "perSecond": 1}}),
            json!({"messages": {"burst": 4_294_967_296_u64, "perSecond": 1}}),
        ] {
            assert_eq!(limits(nonsense).unwrap_err(), TokenError::Malformed);
        }
    }
}
