//! A public key, read from a JWK (RFC 7517) and judged by what it says.
//!
//! Whether its numbers are a key at all, a point on the curve say, only the platform knows, which verifies with it. What
//! the platform would take and must not have is refused here: RSA keys of other lengths, and points that anybody can
//! sign for.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::Value;

/// What a public key signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicAlgorithm {
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// EdDSA with Ed25519.
    EdDsa,
}

impl PublicAlgorithm {
    /// The algorithm that tokens and keys call so.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "ES256" => Some(Self::Es256),
            "RS256" => Some(Self::Rs256),
            // The second is the newer name (RFC 9864).
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            _ => None,
        }
    }
}

/// A public key with the one algorithm that it is for.
#[derive(Debug)]
pub struct PublicKey {
    id: Option<String>,
    place: usize,
    algorithm: PublicAlgorithm,
    jwk: String,
    signature_length: usize,
}

/// Why a JWK is no key of ours.
#[derive(Debug)]
pub(super) enum Unusable {
    /// It is symmetric or private.
    Secret,
    /// The end of a sentence that begins with its place.
    Skipped(&'static str),
}

const DAMAGED: Unusable = Unusable::Skipped("is damaged");

impl PublicKey {
    /// Reads the JWK in this place of its set, from 1.
    pub(super) fn read(jwk: &Value, place: usize) -> Result<Self, Unusable> {
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
        let numbers = Numbers::read(text("kty"), text("crv"), jwk)?;
        let algorithm = numbers.algorithm();
        let stated = |stated: &Value| stated.as_str().and_then(PublicAlgorithm::named);
        if jwk.get("alg").is_some_and(|value| stated(value) != Some(algorithm)) {
            return Err(Unusable::Skipped("is for an algorithm that is not supported"));
        }
        let (jwk, signature_length) = (numbers.jwk(), numbers.signature_length());
        Ok(Self { id, place, algorithm, jwk, signature_length })
    }

    /// `kid`
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Where it stands in its set, from 1.
    pub fn place(&self) -> usize {
        self.place
    }

    /// The algorithm that it is for.
    pub fn algorithm(&self) -> PublicAlgorithm {
        self.algorithm
    }

    /// The key as a JWK with its kind and its numbers and nothing else: keys are the same if these are.
    pub fn jwk(&self) -> &str {
        &self.jwk
    }

    /// Bytes of each of its signatures.
    pub(super) fn signature_length(&self) -> usize {
        self.signature_length
    }
}

/// What makes the key, as bytes.
enum Numbers {
    /// Coordinates on P-256.
    Ec { x: [u8; 32], y: [u8; 32] },
    /// Without zeros in front.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// A point on Ed25519.
    Okp { x: [u8; 32] },
}

impl Numbers {
    fn read(kind: Option<&str>, curve: Option<&str>, jwk: &Value) -> Result<Self, Unusable> {
        let bytes = |name: &str| {
            let text = jwk.get(name).and_then(Value::as_str).ok_or(DAMAGED)?;
            Base64UrlUnpadded::decode_vec(text).map_err(|_| DAMAGED)
        };
        let coordinate = |name: &str| bytes(name)?.try_into().map_err(|_| DAMAGED);
        match (kind, curve) {
            (Some("EC"), Some("P-256")) => {
                Ok(Self::Ec { x: coordinate("x")?, y: coordinate("y")? })
            }
            (Some("OKP"), Some("Ed25519")) => {
                let x = coordinate("x")?;
                if anybody_signs_for(x) { Err(DAMAGED) } else { Ok(Self::Okp { x }) }
            }
            (Some("RSA"), _) => Self::rsa(&bytes("n")?, &bytes("e")?),
            _ => Err(Unusable::Skipped("is of a kind that is not supported")),
        }
    }

    fn rsa(n: &[u8], e: &[u8]) -> Result<Self, Unusable> {
        let (n, e) = (without_leading_zeros(n), without_leading_zeros(e));
        let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
        // The platform takes exponents of 32 bits at most. With 1, everything is its own signature.
        if !is_odd(n) || !is_odd(e) || e == [1] || e.len() > 4 {
            return Err(DAMAGED);
        }
        let is_full = n.first().is_some_and(|byte| *byte >= 0x80);
        if !is_full || ![256, 384, 512].contains(&n.len()) {
            return Err(Unusable::Skipped("has not 2048, 3072 or 4096 bits"));
        }
        Ok(Self::Rsa { n: n.to_vec(), e: e.to_vec() })
    }

    const fn algorithm(&self) -> PublicAlgorithm {
        match self {
            Self::Ec { .. } => PublicAlgorithm::Es256,
            Self::Rsa { .. } => PublicAlgorithm::Rs256,
            Self::Okp { .. } => PublicAlgorithm::EdDsa,
        }
    }

    const fn signature_length(&self) -> usize {
        match self {
            Self::Ec { .. } | Self::Okp { .. } => 64,
            Self::Rsa { n, .. } => n.len(),
        }
    }

    fn jwk(&self) -> String {
        let text = Base64UrlUnpadded::encode_string;
        match self {
            Self::Ec { x, y } => {
                format!(r#"{{"kty":"EC","crv":"P-256","x":"{}","y":"{}"}}"#, text(x), text(y))
            }
            Self::Rsa { n, e } => {
                format!(r#"{{"kty":"RSA","n":"{}","e":"{}"}}"#, text(n), text(e))
            }
            Self::Okp { x } => format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, text(x)),
        }
    }
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    match number {
        [0, rest @ ..] => without_leading_zeros(rest),
        _ => number,
    }
}

/// Whether the point of an Ed25519 key is of small order, or not written as it has to be. Everybody can make signatures
/// that such a key takes, and the platform does not mind. A key that was left at zero is one of them.
fn anybody_signs_for(mut point: [u8; 32]) -> bool {
    /// The points of order 1, 4, 2, 8 and 8, without their sign: little-endian, base64url.
    const OF_SMALL_ORDER: [&str; 5] = [
        "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "7P_______________________________________38",
        "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU",
        "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o",
    ];
    let [low, middle @ .., high] = &mut point;
    *high &= 0x7f;
    // Not below the field's prime, 2^255 - 19: some number once more.
    let overflows = *low >= 0xed && *high == 0x7f && middle.iter().all(|byte| *byte == 0xff);
    overflows || OF_SMALL_ORDER.contains(&Base64UrlUnpadded::encode_string(&point).as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::test_keys::{self as keys, public, with};
    use super::*;

    fn reason(jwk: &Value) -> Option<&'static str> {
        match PublicKey::read(jwk, 1) {
            Ok(_) => None,
            Err(Unusable::Skipped(reason)) => Some(reason),
            Err(Unusable::Secret) => panic!("a secret"),
        }
    }

    #[test]
    fn every_supported_kind_is_read() {
        for (jwk, algorithm, length) in [
            (
                with(keys::ES256, json!({"alg": "ES256", "use": "sig", "kid": "a", "ext": true})),
                PublicAlgorithm::Es256,
                64,
            ),
            (
                with(keys::RS256, json!({"alg": "RS256", "key_ops": ["verify"], "x5c": ["MII"]})),
                PublicAlgorithm::Rs256,
                256,
            ),
            (with(keys::EDDSA, json!({"alg": "EdDSA"})), PublicAlgorithm::EdDsa, 64),
            (with(keys::EDDSA, json!({"alg": "Ed25519"})), PublicAlgorithm::EdDsa, 64),
            (public(keys::ES256), PublicAlgorithm::Es256, 64),
        ] {
            let key = PublicKey::read(&jwk, 7).unwrap();
            assert_eq!((key.algorithm(), key.signature_length()), (algorithm, length));
            assert_eq!((key.id(), key.place()), (jwk["kid"].as_str(), 7));
            let numbers: Value = serde_json::from_str(key.jwk()).unwrap();
            for (name, value) in numbers.as_object().unwrap() {
                assert_eq!(*value, jwk[name], "{name}");
            }
            for name in ["alg", "use", "kid", "ext", "key_ops", "x5c"] {
                assert_eq!(numbers.get(name), None);
            }
        }
    }

    #[test]
    fn what_is_not_for_us_is_skipped_with_a_reason() {
        let damaged = "is damaged";
        let kind = "is of a kind that is not supported";
        let algorithm = "is for an algorithm that is not supported";
        let signatures = "is not for signatures";
        let x = public(keys::ES256)["x"].as_str().unwrap().to_owned();
        for (jwk, expected) in [
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
            (with(keys::ES256, json!({"x": "AAAA"})), damaged),
            (with(keys::ES256, json!({"y": null})), damaged),
            (with(keys::ES256, json!({"y": format!("{x}A")})), damaged),
            (with(keys::ES256, json!({"y": format!("{x}=")})), damaged),
            (with(keys::ES256, json!({"y": x.replace(['-', '_'], "+")})), damaged),
            (with(keys::EDDSA, json!({"x": "AAAA"})), damaged),
            (with(keys::EDDSA, json!({"x": "=="})), damaged),
            (with(keys::EDDSA, json!({"x": "\",\"d\":\""})), damaged),
            (with(keys::RS256, json!({"n": ""})), damaged),
            (with(keys::RS256, json!({"n": "AAAA"})), damaged),
            (json!({}), kind),
            (json!("key"), kind),
            (json!(null), kind),
        ] {
            assert_eq!(reason(&jwk), Some(expected), "{jwk}");
        }
    }

    #[test]
    fn rsa_keys_have_one_of_three_lengths() {
        let weak = Some("has not 2048, 3072 or 4096 bits");
        assert_eq!(reason(&public(keys::WEAK_RSA)), weak);
        let modulus = |first: u8, bytes: usize, last: u8| {
            let mut n = vec![0xaa; bytes];
            n[0] = first;
            n[bytes - 1] = last;
            with(keys::RS256, json!({"n": Base64UrlUnpadded::encode_string(&n)}))
        };
        for bytes in [256, 384, 512] {
            assert_eq!(reason(&modulus(0x80, bytes, 1)), None);
            assert_eq!(reason(&modulus(0x80, bytes, 2)), Some("is damaged"), "even");
            assert_eq!(reason(&modulus(0x7f, bytes, 1)), weak, "a bit less");
            assert_eq!(reason(&modulus(1, bytes + 1, 1)), weak, "a bit more");
            // As some write it, and no more a part of the number than in front of a decimal one.
            let padded = PublicKey::read(&modulus(0, bytes + 1, 1), 1).unwrap();
            assert_eq!(padded.signature_length(), bytes);
        }
        for bytes in [1, 64, 255, 320, 1024, 4096] {
            assert_eq!(reason(&modulus(0x81, bytes, 0x81)), weak, "{bytes}");
        }
    }

    #[test]
    fn rsa_exponents_are_odd_and_more_than_one() {
        for (e, good) in [
            ("", false),
            ("AA", false),
            ("AQ", false),
            ("AAE", false),
            ("Ag", false),
            ("Aw", true),
            ("AQAB", true),
            ("AAEAAQ", true),
            ("AQAA", false),
            ("AQAAAAE", false),
        ] {
            let expected = if good { None } else { Some("is damaged") };
            assert_eq!(reason(&with(keys::RS256, json!({"e": e}))), expected, "{e}");
        }
    }

    #[test]
    fn a_point_that_anybody_can_sign_for_is_no_key() {
        let mut points = vec![[0; 32], std::array::from_fn(|at| u8::from(at == 0))];
        // Of order 8: as the field's equation gives them.
        for halves in [
            [0x26e8958fc2b227b045c3f489f2ef98f0_u128, 0xd5dfac05d3c63339b13802886d53fc05],
            [0xc7176a703d4dd84fba3c0b760d10670f, 0x2a2053fa2c39ccc64ec7fd7792ac037a],
        ] {
            points.push(halves.map(u128::to_be_bytes).concat().try_into().unwrap());
        }
        // Minus one, and all that is not below the prime.
        let mut high = [0xff; 32];
        for first in 0xec..=0xff {
            high[0] = first;
            points.push(high);
        }
        for mut point in points {
            for sign in [0, 0x80] {
                point[31] = point[31] & 0x7f | sign;
                let x = Base64UrlUnpadded::encode_string(&point);
                assert_eq!(
                    reason(&with(keys::EDDSA, json!({ "x": x }))),
                    Some("is damaged"),
                    "{x}"
                );
            }
        }
        for key in [keys::EDDSA, keys::OTHER_EDDSA] {
            assert_eq!(reason(&public(key)), None);
        }
    }
}
