//! All the keys of a deployment, and which of them a token has to fit.

use std::rc::Rc;

use super::keys::KeySet;
use super::proof::{Proof, Signed};
use super::public_key::PublicAlgorithm;
use super::secret::Secret;
use super::token::TokenError;

/// The keys to verify a token with.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    /// For HS256 and nothing else, and nothing else is for HS256: so no public key can be passed off as the secret.
    secret: Option<Secret>,
    sets: Vec<Rc<KeySet>>,
}

impl Keyring {
    /// These keys. Without a secret and without any set, no token is accepted.
    pub fn new(secret: Option<Secret>, sets: Vec<Rc<KeySet>>) -> Self {
        Self { secret, sets }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.secret.is_none() && self.sets.is_empty()
    }

    /// Looks for the key that made the signature. HS256 needs nothing more: the secret is ours.
    pub(super) fn examine(&self, signed: &Signed<'_>) -> Result<Proof, TokenError> {
        if signed.algorithm == "HS256" {
            let ours = |secret: &Secret| secret.signed(signed.data, signed.signature);
            // A `kid` does not matter: the secret has none.
            let valid = self.secret.as_ref().is_some_and(ours);
            return if valid { Ok(Proof::done()) } else { Err(TokenError::BadSignature) };
        }
        // Not `none` either.
        match PublicAlgorithm::named(signed.algorithm) {
            Some(algorithm) if !self.sets.is_empty() => {
                let keys = self.sets.iter().flat_map(|set| set.keys());
                Ok(Proof::search(keys, algorithm, signed))
            }
            _ => Err(TokenError::BadSignature),
        }
    }
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64UrlUnpadded, Encoding};
    use serde_json::{Value, json};

    use super::super::claims::TokenRules;
    use super::super::test_keys::{
        self as keys, eddsa, es256, hmac, join, named, public, rs256, set, verify, with,
    };
    use super::super::token::Unverified;
    use super::*;
    use crate::time::Timestamp;

    const NOW: Timestamp = Timestamp::from_millis(1_760_000_000_000);
    const SECRET: &str = "a secret of the tests";

    fn check(token: &str, keyring: &Keyring) -> Result<(), TokenError> {
        verify(token, keyring, &TokenRules::default(), NOW).map(drop)
    }

    fn secret() -> Option<Secret> {
        Some(Secret::parse(SECRET.into()).unwrap())
    }

    /// Whether these public keys verify `token`.
    fn check_by(token: &str, jwks: &[Value]) -> Result<(), TokenError> {
        check(token, &Keyring::new(None, vec![set(jwks)]))
    }

    #[test]
    fn every_algorithm_takes_the_right_key_and_refuses_another() {
        let claims = json!({"sub": "u"});
        type Sign = fn(Value, &Value) -> String;
        for (algorithm, sign, right, wrong) in [
            ("ES256", es256 as Sign, keys::ES256, keys::OTHER_ES256),
            ("RS256", rs256 as Sign, keys::RS256, keys::OTHER_RS256),
            ("EdDSA", eddsa as Sign, keys::EDDSA, keys::OTHER_EDDSA),
            ("Ed25519", eddsa as Sign, keys::EDDSA, keys::OTHER_EDDSA),
        ] {
            let token = sign(json!({"alg": algorithm, "kid": "k"}), &claims);
            assert_eq!(check_by(&token, &[named(right, "k")]), Ok(()), "{algorithm}");
            assert_eq!(check_by(&token, &[public(right)]), Ok(()), "any kid fits no kid");
            let forged = check_by(&token, &[named(wrong, "k")]);
            assert_eq!(forged, Err(TokenError::BadSignature), "{algorithm}");
            assert_eq!(check_by(&token, &[named(right, "x")]), Err(TokenError::UnknownKey));
            assert_eq!(check_by(&token, &[]), Err(TokenError::UnknownKey));
            // The key is there, but the issuer named another.
            let both = [named(wrong, "k"), named(right, "x")];
            assert_eq!(check_by(&token, &both), Err(TokenError::BadSignature));
        }
    }

    #[test]
    fn a_token_without_kid_is_tried_against_every_key_of_its_algorithm() {
        let token = es256(json!({"alg": "ES256"}), &json!({"sub": "u"}));
        let jwks = [
            named(keys::RS256, "a"),
            named(keys::OTHER_ES256, "b"),
            named(keys::ES256, "c"),
            named(keys::EDDSA, "d"),
        ];
        assert_eq!(check_by(&token, &jwks), Ok(()));
        assert_eq!(check_by(&token, &jwks[..2]), Err(TokenError::UnknownKey));
        let sets = vec![set(&jwks[..1]), set(&jwks[2..])];
        assert_eq!(check(&token, &Keyring::new(secret(), sets)), Ok(()));
    }

    #[test]
    fn the_key_says_by_which_algorithm_and_not_the_token() {
        let claims = json!({"sub": "u"});
        let jwks = [named(keys::RS256, "r"), named(keys::ES256, "e"), public(keys::EDDSA)];
        let sets = vec![set(&jwks)];
        let keyring = Keyring::new(secret(), sets.clone());
        let refused = |token: &str| {
            let fault = check(token, &keyring).unwrap_err();
            assert!([TokenError::BadSignature, TokenError::UnknownKey].contains(&fault), "{fault}");
        };

        // Public keys as secrets of an HMAC: in each form in which they can be had.
        let modulus = Base64UrlUnpadded::decode_vec(jwks[0]["n"].as_str().unwrap()).unwrap();
        let json = jwks[0].to_string();
        let bare = public(keys::RS256).to_string();
        for public in [&modulus, json.as_bytes(), bare.as_bytes(), b""] {
            for kid in ["r", "e", "x"] {
                let header = json!({"alg": "HS256", "kid": kid});
                refused(&join(&header, &claims, |data| hmac(public, data)));
            }
        }
        // A right signature under the name of another algorithm, and another key's name.
        for algorithm in ["HS256", "ES256", "EdDSA", "none", "RS384", "PS256", "rs256", ""] {
            refused(&rs256(json!({"alg": algorithm, "kid": "r"}), &claims));
            refused(&rs256(json!({"alg": algorithm}), &claims));
        }
        refused(&es256(json!({"alg": "RS256", "kid": "e"}), &claims));
        refused(&es256(json!({"alg": "ES256", "kid": "r"}), &claims));
        refused(&join(&json!({"alg": "ES256"}), &claims, |data| hmac(SECRET.as_bytes(), data)));

        // A secret verifies HS256 only, and public keys never do.
        let hs256 = join(&json!({"alg": "HS256"}), &claims, |data| hmac(SECRET.as_bytes(), data));
        assert_eq!(check(&hs256, &keyring), Ok(()));
        let without = Keyring::new(None, sets);
        assert_eq!(check(&hs256, &without), Err(TokenError::BadSignature));
    }

    #[test]
    fn a_key_in_the_token_itself_is_no_key() {
        let header =
            json!({"alg": "ES256", "jwk": public(keys::ES256), "jku": "https://evil.example"});
        let token = es256(header, &json!({"sub": "u"}));
        assert_eq!(check_by(&token, &[public(keys::OTHER_ES256)]), Err(TokenError::UnknownKey));
    }

    #[test]
    fn a_signature_of_zeros_or_of_another_length_is_refused() {
        for (algorithm, jwk, length) in
            [("ES256", keys::ES256, 64), ("EdDSA", keys::EDDSA, 64), ("RS256", keys::RS256, 256)]
        {
            for length in [0, 1, length - 1, length, length + 1, 4096] {
                let header = json!({"alg": algorithm, "kid": "k"});
                let token = join(&header, &json!({"sub": "u"}), |_| vec![0; length]);
                let refused = check_by(&token, &[named(jwk, "k")]);
                assert_eq!(refused, Err(TokenError::BadSignature), "{algorithm} {length}");
            }
        }
    }

    #[test]
    fn a_signature_in_the_form_of_certificates_is_refused() {
        let claims = json!({"sub": "u"});
        let der = |data: &[u8]| {
            let raw = keys::sign_with(&jwt_compact::alg::Es256, keys::ES256, data);
            // Two numbers, with a zero in front of what would be negative.
            let number = |bytes: &[u8]| {
                let zero: &[u8] = if bytes[0] >= 0x80 { &[0] } else { &[] };
                let length = u8::try_from(zero.len() + bytes.len()).unwrap();
                [&[2, length], zero, bytes].concat()
            };
            let numbers = [number(&raw[..32]), number(&raw[32..])].concat();
            [&[0x30, u8::try_from(numbers.len()).unwrap()], &*numbers].concat()
        };
        let token = join(&json!({"alg": "ES256", "kid": "k"}), &claims, der);
        assert_eq!(check_by(&token, &[named(keys::ES256, "k")]), Err(TokenError::BadSignature));
        let token = es256(json!({"alg": "ES256", "kid": "k"}), &claims);
        assert_eq!(check_by(&token, &[named(keys::ES256, "k")]), Ok(()));
    }

    #[test]
    fn a_key_that_is_off_its_curve_is_no_key() {
        let token = es256(json!({"alg": "ES256", "kid": "k"}), &json!({"sub": "u"}));
        let off = with(keys::ES256, json!({"kid": "k", "x": "AAAA".repeat(10) + "AAA"}));
        assert_eq!(check_by(&token, std::slice::from_ref(&off)), Err(TokenError::UnknownKey));
        assert_eq!(check_by(&token, &[off, named(keys::ES256, "k")]), Ok(()));
    }

    #[test]
    fn nothing_holds_while_the_platform_has_not_spoken() {
        let keyring = Keyring::new(None, vec![set(&[public(keys::ES256)])]);
        let token = es256(json!({"alg": "ES256"}), &json!({"sub": "u"}));
        let unanswered = Unverified::read(&token, &keyring).unwrap();
        assert!(unanswered.question().is_some());
        let verdict = unanswered.conclude(&TokenRules::default(), NOW);
        assert_eq!(verdict.unwrap_err(), TokenError::UnknownKey);
    }
}
