//! Public keys that verify tokens: a JWK set (RFC 7517), read into keys of which each has one algorithm.
//!
//! The algorithm comes from the key and never from the token. A set holds public keys only: a secret in a place that
//! is meant to be read is a fault, not a key.

use std::rc::Rc;

use serde::Deserialize;
use serde_json::Value;

use super::public_key::{PublicKey, Unusable};
use crate::json;

/// A set of public keys.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: Vec<Rc<PublicKey>>,
    skipped: Vec<String>,
}

/// Why a text is no set of public keys. Each is the end of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Not JSON, or of another form.
    #[error("is not a JWK set: {{\"keys\": […]}}")]
    NotASet,
    /// A symmetric or private key. The number is its place, from 1.
    #[error(
        "holds a secret key in place {0}: it must hold public keys only, and this one is burnt"
    )]
    Secret(usize),
}

impl KeySet {
    /// Reads a JWK set. Keys that are not for us are skipped: providers publish all their keys in one set.
    ///
    /// # Errors
    /// No set, or one with a secret in it.
    pub fn parse(json: &[u8]) -> Result<Self, KeySetError> {
        #[derive(Deserialize)]
        struct Jwks {
            keys: Vec<Value>,
        }
        let jwks: Jwks = json::read(json).map_err(|_| KeySetError::NotASet)?;
        let mut set = Self::default();
        for (jwk, place) in jwks.keys.iter().zip(1..) {
            match PublicKey::read(jwk, place) {
                Ok(key) => set.keys.push(Rc::new(key)),
                Err(Unusable::Secret) => return Err(KeySetError::Secret(place)),
                Err(Unusable::Skipped(reason)) => set.skipped.push(format!("key {place} {reason}")),
            }
        }
        Ok(set)
    }

    /// Whether no key is usable.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// One sentence for every key that was skipped. Nothing of the key is in it but its place in the set.
    pub fn skipped(&self) -> &[String] {
        &self.skipped
    }

    pub(super) fn keys(&self) -> &[Rc<PublicKey>] {
        &self.keys
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::test_keys::{self as keys, public};
    use super::*;

    fn parse(jwks: &[Value]) -> Result<KeySet, KeySetError> {
        KeySet::parse(json!({ "keys": jwks }).to_string().as_bytes())
    }

    #[test]
    fn what_is_not_for_us_is_skipped_with_a_note() {
        let jwks = [json!({}), public(keys::ES256), public(keys::WEAK_RSA), public(keys::EDDSA)];
        let set = parse(&jwks).unwrap();
        let places: Vec<_> = set.keys().iter().map(|key| key.place()).collect();
        assert_eq!(places, [2, 4]);
        let notes =
            ["key 1 is of a kind that is not supported", "key 3 has not 2048, 3072 or 4096 bits"];
        assert_eq!(set.skipped(), notes);
    }

    #[test]
    fn a_secret_in_a_public_set_is_a_fault() {
        let secrets = [
            json!({"kty": "oct", "k": "c2VjcmV0"}),
            serde_json::from_str(keys::ES256).unwrap(),
            serde_json::from_str(keys::RS256).unwrap(),
            json!({"kty": "oct", "use": "enc"}),
        ];
        for secret in secrets {
            let set = parse(&[public(keys::ES256), secret]);
            assert_eq!(set.unwrap_err(), KeySetError::Secret(2));
        }
    }

    #[test]
    fn what_is_no_set_is_a_fault() {
        for text in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":null}"#, "<html>", "\u{ff}"] {
            assert_eq!(KeySet::parse(text.as_bytes()).unwrap_err(), KeySetError::NotASet);
        }
        assert!(parse(&[]).unwrap().is_empty());
    }
}
