//! What the deployment says about tokens: the variables that begin with `JWT_`.

use std::ops::RangeInclusive;
use std::rc::Rc;

use super::backend_url::BackendUrl;
use super::claims::TokenRules;
use super::keyring::Keyring;
use super::keys::KeySet;
use super::secret::Secret;
use crate::json;

/// How tokens are verified. Without a secret, keys and an address of keys, none is accepted.
#[derive(Debug, Clone, Default)]
pub struct TokenConfig {
    /// What a token's claims must be.
    pub rules: TokenRules,
    /// Where the issuer publishes its keys.
    pub jwks: Option<Jwks>,
    secret: Option<Secret>,
    public_keys: Option<Rc<KeySet>>,
}

/// Keys that are published at an address.
#[derive(Debug, Clone)]
pub struct Jwks {
    /// The address.
    pub url: BackendUrl,
    /// The least time between two fetches, in milliseconds.
    pub cooldown_ms: u64,
}

impl TokenConfig {
    /// Reads the variables; what is wrong with them goes to `faults`.
    pub(crate) fn parse(var: &impl Fn(&str) -> Option<String>, faults: &mut Vec<String>) -> Self {
        let mut read = Reader { var, faults };
        let cooldown_s = read.number("JWT_JWKS_COOLDOWN_SECONDS", 30, 1..=3600);
        let clock_skew_s = read.number("JWT_CLOCK_SKEW_SECONDS", 60, 0..=300);
        Self {
            secret: read.checked("JWT_SECRET", secret),
            public_keys: read.checked("JWT_PUBLIC_KEYS", public_keys),
            jwks: read
                .checked("JWT_JWKS_URL", |text| BackendUrl::parse(text).map_err(str::to_owned))
                .map(|url| Jwks { url, cooldown_ms: cooldown_s * 1000 }),
            rules: TokenRules {
                issuer: read.checked("JWT_ISSUER", issuer),
                audiences: read.checked("JWT_AUDIENCE", audiences).unwrap_or_default(),
                clock_skew_ms: clock_skew_s * 1000,
                require_expiry: read.checked("JWT_REQUIRE_EXPIRY", flag).unwrap_or_default(),
            },
        }
    }

    /// A note for every key of the configuration that is not used.
    pub fn skipped_keys(&self) -> &[String] {
        self.public_keys.as_deref().map(KeySet::skipped).unwrap_or_default()
    }

    /// All keys: those of the configuration, and what was fetched from the address of [`TokenConfig::jwks`].
    pub fn keyring(&self, fetched: Option<Rc<KeySet>>) -> Keyring {
        let sets = self.public_keys.iter().cloned().chain(fetched).collect();
        Keyring::new(self.secret.clone(), sets)
    }
}

struct Reader<'a, Var> {
    var: &'a Var,
    faults: &'a mut Vec<String>,
}

impl<Var: Fn(&str) -> Option<String>> Reader<'_, Var> {
    /// `check` says what is wrong, as the end of a sentence that begins with the name.
    fn checked<T>(
        &mut self,
        name: &str,
        check: impl FnOnce(String) -> Result<T, String>,
    ) -> Option<T> {
        match check((self.var)(name)?) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.faults.push(format!("{name} {fault}"));
                None
            }
        }
    }

    fn number(&mut self, name: &str, default: u64, range: RangeInclusive<u64>) -> u64 {
        let check = |text: String| {
            let number = text.trim().parse().ok().filter(|number| range.contains(number));
            number.ok_or_else(|| format!("must be {} to {}", range.start(), range.end()))
        };
        self.checked(name, check).unwrap_or(default)
    }
}

fn secret(text: String) -> Result<Secret, String> {
    // Everybody has the public key: with it as the secret, everybody could make tokens.
    if text.trim_start().starts_with("-----BEGIN") {
        return Err(
            "is a PEM key: it must be a shared secret; public keys go to JWT_PUBLIC_KEYS".into()
        );
    }
    Secret::parse(text).map_err(str::to_owned)
}

fn public_keys(text: String) -> Result<Rc<KeySet>, String> {
    let keys = KeySet::parse(text.as_bytes()).map_err(|fault| fault.to_string())?;
    if keys.is_empty() {
        let why = keys.skipped().join(", ");
        let why = if why.is_empty() { "it is empty".into() } else { why };
        return Err(format!("holds no key that can verify tokens: {why}"));
    }
    Ok(Rc::new(keys))
}

fn issuer(text: String) -> Result<String, String> {
    if text.is_empty() { Err("is empty".into()) } else { Ok(text) }
}

/// One, several between commas, or a JSON array.
fn audiences(text: String) -> Result<Vec<String>, String> {
    let audiences: Vec<String> = if text.starts_with('[') {
        json::read_any(&text).map_err(|_| "must be a text or a list of texts".to_owned())?
    } else {
        text.split(',').map(|name| name.trim().to_owned()).collect()
    };
    if audiences.is_empty() || audiences.iter().any(String::is_empty) {
        return Err("has an empty name".into());
    }
    Ok(audiences)
}

fn flag(text: String) -> Result<bool, String> {
    text.parse().map_err(|_| format!("must be \"true\" or \"false\", not {text:?}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::test_keys::{self as keys, public};
    use super::*;

    fn parse(vars: &[(&str, &str)]) -> Result<TokenConfig, Vec<String>> {
        let mut faults = Vec::new();
        let var = |name: &str| {
            vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        let config = TokenConfig::parse(&var, &mut faults);
        if faults.is_empty() { Ok(config) } else { Err(faults) }
    }

    #[test]
    fn without_a_variable_no_token_is_accepted() {
        let config = parse(&[]).unwrap();
        assert_eq!(config.rules, TokenRules::default());
        assert!(config.jwks.is_none() && config.keyring(None).is_empty());
    }

    #[test]
    fn each_source_of_keys_is_enough() {
        let jwks = json!({"keys": [public(keys::ES256)]}).to_string();
        assert!(!parse(&[("JWT_SECRET", "x")]).unwrap().keyring(None).is_empty());
        assert!(!parse(&[("JWT_PUBLIC_KEYS", &jwks)]).unwrap().keyring(None).is_empty());
        let url = ("JWT_JWKS_URL", "https://auth.example/jwks");
        let config = parse(&[url]).unwrap();
        assert!(!config.keyring(Some(Rc::default())).is_empty());
        assert_eq!(config.jwks.unwrap().cooldown_ms, 30_000);
        let config = parse(&[url, ("JWT_JWKS_COOLDOWN_SECONDS", "1")]).unwrap();
        assert_eq!(config.jwks.unwrap().cooldown_ms, 1000);
    }

    #[test]
    fn rules_are_texts_lists_numbers_and_flags() {
        let rules = parse(&[
            ("JWT_ISSUER", "https://auth.example"),
            ("JWT_AUDIENCE", "rooms, chat"),
            ("JWT_CLOCK_SKEW_SECONDS", "0"),
            ("JWT_REQUIRE_EXPIRY", "true"),
        ]);
        let expected = TokenRules {
            issuer: Some("https://auth.example".into()),
            audiences: vec!["rooms".into(), "chat".into()],
            clock_skew_ms: 0,
            require_expiry: true,
        };
        assert_eq!(rules.unwrap().rules, expected);
        let list = parse(&[("JWT_AUDIENCE", r#"["rooms","a, b"]"#)]).unwrap();
        assert_eq!(list.rules.audiences, ["rooms", "a, b"]);
    }

    #[test]
    fn every_fault_names_its_variable() {
        let private =
            json!({"keys": [serde_json::from_str::<serde_json::Value>(keys::ES256).unwrap()]});
        let faults = |name: &str, value: &str| {
            let faults = parse(&[(name, value)]).unwrap_err();
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(faults[0].starts_with(&format!("{name} ")), "{faults:?}");
            faults[0].clone()
        };
        for (name, values) in [
            ("JWT_SECRET", &["", "-----BEGIN PUBLIC KEY-----\nMII"][..]),
            ("JWT_PUBLIC_KEYS", &["", "{}", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"ML"}]}"#]),
            ("JWT_PUBLIC_KEYS", &[r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#]),
            ("JWT_PUBLIC_KEYS", &[&private.to_string()]),
            ("JWT_JWKS_URL", &["", "http://auth.example/jwks", "jwks"]),
            ("JWT_JWKS_COOLDOWN_SECONDS", &["0", "3601", "-1", "1.5", "", "soon"]),
            ("JWT_ISSUER", &[""]),
            ("JWT_AUDIENCE", &["", "a,,b", "[]", "[1]", r#"[""]"#, "["]),
            ("JWT_CLOCK_SKEW_SECONDS", &["301", "-1", "1e2", "99999999999999999999"]),
            ("JWT_REQUIRE_EXPIRY", &["", "yes", "1", "True"]),
        ] {
            for value in values {
                faults(name, value);
            }
        }
        let skipped = faults("JWT_PUBLIC_KEYS", r#"{"keys":[{"kty":"ML"}]}"#);
        assert!(skipped.ends_with(": key 1 is of a kind that is not supported"), "{skipped}");
    }

    #[test]
    fn no_secret_and_no_query_shows_in_debug_output() {
        let config = parse(&[
            ("JWT_SECRET", "correct horse"),
            ("JWT_JWKS_URL", "https://auth.example/jwks?key=battery"),
        ]);
        let printed = format!("{:?}", config.unwrap());
        assert!(!printed.contains("horse") && !printed.contains("battery"), "{printed}");
    }
}
