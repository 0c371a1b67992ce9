//! Public keys that verify tokens: a JWK set (RFC 7517), read into keys of which each has one algorithm.
//!
//! The algorithm comes from the key and never from the token. A set holds public keys only: a secret in a place that
//! is meant to be read is a fault, not a key.

use jwt_compact::alg::{Ed25519, Es256, Rsa, StrongAlg, StrongKey};
use jwt_compact::jwk::JsonWebKey;
use jwt_compact::{Algorithm, AlgorithmSignature};
use serde::Deserialize;
use serde_json::Value;

/// The algorithms of public keys, by the names that tokens give them. `Ed25519` is the newer name of `EdDSA` with that
/// curve (RFC 9864).
pub(super) const PUBLIC_ALGORITHMS: &[&str] = &["ES256", "RS256", "EdDSA", "Ed25519"];

/// A set of public keys.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: Vec<PublicKey>,
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

/// The signature of a token and what it belongs to. Nothing in it is verified.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed<'a> {
    /// The header's `alg`.
    pub(super) algorithm: &'a str,
    /// The header's `kid`.
    pub(super) key_id: Option<&'a str>,
    pub(super) data: &'a [u8],
    pub(super) signature: &'a [u8],
}

/// What a set has to say about a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// One of the keys made it.
    Valid,
    /// It names one of the keys, which did not make it.
    Forged,
    /// None of the keys made it; another set may have the one that did.
    Unknown,
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
        let jwks: Jwks = serde_json::from_slice(json).map_err(|_| KeySetError::NotASet)?;
        let mut set = Self::default();
        for (jwk, place) in jwks.keys.iter().zip(1..) {
            match PublicKey::read(jwk) {
                Ok(key) => set.keys.push(key),
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

    /// A token with a `kid` is tried against the keys with that name and those without one; a token without against
    /// all. Either way only against keys of its algorithm.
    pub(super) fn judge(&self, signed: &Signed<'_>) -> Verdict {
        let fits = |key: &&PublicKey| match (&key.id, signed.key_id) {
            (Some(id), Some(wanted)) => id == wanted,
            (None, _) | (_, None) => true,
        };
        if self.keys.iter().filter(fits).any(|key| key.material.made(signed)) {
            return Verdict::Valid;
        }
        let named = |key: &PublicKey| key.id.is_some() && key.id.as_deref() == signed.key_id;
        if self.keys.iter().any(named) { Verdict::Forged } else { Verdict::Unknown }
    }
}

#[derive(Debug)]
struct PublicKey {
    /// `kid`
    id: Option<String>,
    material: Material,
}

#[derive(Debug)]
enum Material {
    Es256(<Es256 as Algorithm>::VerifyingKey),
    // 2048, 3072 or 4096 bits. Checked, and so never an even or a zero modulus.
    Rs256(StrongKey<<Rsa as Algorithm>::VerifyingKey>),
    EdDsa(<Ed25519 as Algorithm>::VerifyingKey),
}

enum Unusable {
    Secret,
    Skipped(&'static str),
}

impl PublicKey {
    fn read(jwk: &Value) -> Result<Self, Unusable> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        if text("kty") == Some("oct") || jwk.get("d").is_some() {
            return Err(Unusable::Secret);
        }
        if jwk.get("use").is_some_and(|usage| usage != "sig") {
            return Err(Unusable::Skipped("is not for signatures"));
        }
        let operations = jwk.get("key_ops").and_then(Value::as_array);
        if operations.is_some_and(|operations| !operations.iter().any(|name| name == "verify")) {
            return Err(Unusable::Skipped("is not for signatures"));
        }
        let id = match jwk.get("kid") {
            None => None,
            Some(Value::String(id)) => Some(id.clone()),
            Some(_) => return Err(Unusable::Skipped("has a \"kid\" that is no text")),
        };
        let material = Material::read(text("kty"), text("crv"), jwk)?;
        match jwk.get("alg") {
            Some(algorithm) if !material.algorithms().iter().any(|known| algorithm == known) => {
                Err(Unusable::Skipped("is for an algorithm that is not supported"))
            }
            _ => Ok(Self { id, material }),
        }
    }
}

impl Material {
    fn read(kind: Option<&str>, curve: Option<&str>, jwk: &Value) -> Result<Self, Unusable> {
        const DAMAGED: Unusable = Unusable::Skipped("is damaged");
        let parsed = || JsonWebKey::deserialize(jwk).map_err(|_| DAMAGED);
        match (kind, curve) {
            (Some("EC"), Some("P-256")) => {
                (&parsed()?).try_into().map(Self::Es256).map_err(|_| DAMAGED)
            }
            (Some("OKP"), Some("Ed25519")) => {
                (&parsed()?).try_into().map(Self::EdDsa).map_err(|_| DAMAGED)
            }
            (Some("RSA"), _) => {
                let key = <Rsa as Algorithm>::VerifyingKey::try_from(&parsed()?);
                let key = StrongKey::try_from(key.map_err(|_| DAMAGED)?);
                let weak = Unusable::Skipped("has not 2048, 3072 or 4096 bits");
                key.map(Self::Rs256).map_err(|_| weak)
            }
            _ => Err(Unusable::Skipped("is of a kind that is not supported")),
        }
    }

    const fn algorithms(&self) -> &'static [&'static str] {
        match self {
            Self::Es256(_) => &["ES256"],
            Self::Rs256(_) => &["RS256"],
            Self::EdDsa(_) => &["EdDSA", "Ed25519"],
        }
    }

    fn made(&self, signed: &Signed<'_>) -> bool {
        self.algorithms().contains(&signed.algorithm)
            && match self {
                Self::Es256(key) => verifies(&Es256, key, signed),
                Self::Rs256(key) => verifies(&StrongAlg(Rsa::rs256()), key, signed),
                Self::EdDsa(key) => verifies(&Ed25519, key, signed),
            }
    }
}

/// Whether `key` made the signature by `algorithm`, whatever the token says that it was made by.
pub(super) fn verifies<A: Algorithm>(
    algorithm: &A,
    key: &A::VerifyingKey,
    signed: &Signed<'_>,
) -> bool {
    // `try_from_slice` takes a fixed length for granted.
    let fits = A::Signature::LENGTH.is_none_or(|length| length.get() == signed.signature.len());
    fits && A::Signature::try_from_slice(signed.signature)
        .is_ok_and(|signature| algorithm.verify_signature(&signature, key, signed.data))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::test_keys::{self as keys, public};
    use super::*;

    fn parse(jwks: &[Value]) -> Result<KeySet, KeySetError> {
        KeySet::parse(json!({ "keys": jwks }).to_string().as_bytes())
    }

    /// A public key with these members besides.
    fn with(jwk: &str, members: Value) -> Value {
        let mut jwk = public(jwk);
        jwk.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        jwk
    }

    #[test]
    fn every_supported_kind_is_read() {
        let set = parse(&[
            with(keys::ES256, json!({"alg": "ES256", "use": "sig", "kid": "a", "ext": true})),
            with(keys::RS256, json!({"alg": "RS256", "key_ops": ["verify"], "x5c": ["MII"]})),
            with(keys::EDDSA, json!({"alg": "EdDSA"})),
            with(keys::EDDSA, json!({"alg": "Ed25519"})),
            public(keys::ES256),
        ])
        .unwrap();
        assert_eq!((set.keys.len(), set.skipped()), (5, &[][..]));
    }

    #[test]
    fn what_is_not_for_us_is_skipped_with_a_note() {
        let damaged = "is damaged";
        let kind = "is of a kind that is not supported";
        let algorithm = "is for an algorithm that is not supported";
        let signatures = "is not for signatures";
        let cases = [
            (with(keys::ES256, json!({"use": "enc"})), signatures),
            (with(keys::ES256, json!({"use": 1})), signatures),
            (with(keys::ES256, json!({"key_ops": ["sign"]})), signatures),
            (with(keys::ES256, json!({"kid": 7})), "has a \"kid\" that is no text"),
            (with(keys::ES256, json!({"crv": "P-384"})), kind),
            (with(keys::ES256, json!({"kty": "ML"})), kind),
            (with(keys::EDDSA, json!({"crv": "X25519"})), kind),
            (with(keys::ES256, json!({"alg": "RS256"})), algorithm),
            (with(keys::RS256, json!({"alg": "RS512"})), algorithm),
            (with(keys::RS256, json!({"alg": "HS256"})), algorithm),
            (with(keys::RS256, json!({"alg": null})), algorithm),
            // Not on the curve; too short; not base64url; zero.
            (with(keys::ES256, json!({"x": "AAAA".repeat(10) + "AAA"})), damaged),
            (with(keys::EDDSA, json!({"x": "AAAA"})), damaged),
            (with(keys::EDDSA, json!({"x": "=="})), damaged),
            (with(keys::RS256, json!({"n": ""})), damaged),
            (with(keys::RS256, json!({"e": ""})), damaged),
            (with(keys::RS256, json!({"e": "Ag"})), damaged),
            (public(keys::WEAK_RSA), "has not 2048, 3072 or 4096 bits"),
            (json!({}), kind),
            (json!("key"), kind),
            (json!(null), kind),
        ];
        for (jwk, reason) in cases {
            let set = parse(&[public(keys::ES256), jwk.clone()]).unwrap();
            assert_eq!(set.skipped(), [format!("key 2 {reason}")], "{jwk}");
            assert_eq!(set.keys.len(), 1);
        }
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
