//! Keys that only tests use, as JWKs, tokens that are signed with them, and what stands where the platform stands: a
//! verifier of another make. The keys were made for this file and open nothing.

use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding};
use jwt_compact::alg::{Ed25519, Es256, Hs256, Hs256Key, Rsa};
use jwt_compact::jwk::JsonWebKey;
use jwt_compact::{Algorithm, AlgorithmSignature};
use serde_json::{Value, json};

use super::claims::TokenRules;
use super::keyring::Keyring;
use super::keys::KeySet;
use super::proof::{Answer, Question};
use super::public_key::PublicAlgorithm;
use super::token::{TokenError, Unverified, Verified};
use crate::time::Timestamp;

/// A key pair.
pub(super) const ES256: &str = concat!(
    r#"{"kty":"EC","x":"CeHUNrmE7PAq_YR8qjrso8nhTTTvhEljy5WnX_v8jdI","y":"uo4xH-fvhVi-PLghR0gRlGRRiNLD5ajL4"#,
    r#"48PvM7h9WE","crv":"P-256","d":"K2fWmOa6HcNLoT0snp6kVaw6PnbIevGNQe-5H4Rj4xw"}"#,
);

/// A public key of nobody.
pub(super) const OTHER_ES256: &str = concat!(
    r#"{"kty":"EC","x":"CNpQ4yg-0HzwBZhEYDMq9vKAKDz0ZHrGIt_I-ZT5Uvg","y":"STvRptf4hQZROtN3xRwcHa8XdMUBUBjRg"#,
    r#"8dQERy16OM","crv":"P-256"}"#,
);

/// A key pair.
pub(super) const EDDSA: &str = concat!(
    r#"{"crv":"Ed25519","d":"KrM1Yfsghz2gZNMLfLYE3EtJ39TZqKWO5TwFdTm62rs","x":"284xHu2RT7OIWebuPIqGDoARBqoB"#,
    r#"ga1RTUK93XZb4qo","kty":"OKP"}"#,
);

/// A public key of nobody.
pub(super) const OTHER_EDDSA: &str =
    r#"{"crv":"Ed25519","x":"hGszURmxlx9SChbMlNGDQ954X76szQRvrleIf-2bdGM","kty":"OKP"}"#;

/// A key pair.
pub(super) const RS256: &str = concat!(
    r#"{"kty":"RSA","n":"tFv3o_-83X1_sxJaPeWHcHSoXp5s5jNcR7IeAWFyIBlHQPrl3mKkzfwiYsYD7iWVVB-qN1GkZqV-UbkMFg"#,
    r#"i-T-Fpy_LmkFYHhUILQ8yqkicNWWuG2Z6N3vm0I0AbjFYJBgg49cjyDmMY-Ys3dqnYDbzDo_JEA5enJWNvsmIpHb6cLyed5KanvT"#,
    r#"yP6Qe07c8Vb-Np1-1YZoCmWgTaP-qrB4CPoFkeAIRw58IJ_jLVUSNdoMrTtXAvMwBjIxKBoKeuJCjhrpQRTQrInjKYAEoJTrEZv9"#,
    r#"vRSh4KfMUzElT1_NTmYDm7u9ss1qRa6X6QX4gQY1YKsj7Asi417C1BWAWfnQ","e":"AQAB","d":"AcjhL_HBZC2wPEzjsLYbO3"#,
    r#"0kB1-o8zQx5xG3o0rcDr5BSr7Q1H0EZXdnvbN46XvcuOrhS8_WgR-FGvjqSjOG8pJn8hkyt93qECMBqoeVboHNa4OZX4DmpXyyEC"#,
    r#"E7xI07ZKBjM-drocHQRvPeNiHjHeuuweoNSz3ObRvJSKoY_w7WCnAfG0Uxn1KpizdwTCgeeKxVH2lRFDRKbWesDi79Mc9OQyl_qS"#,
    r#"r7c3NCEPe2CQY9E5IfOg23_lhAgkE6J4i0YYHUhDJm0RgmpQXKYkoVafoNt0Q4fwMY-_qFmU9FGW1czBCR0mZKLhIRl7FeyQRAfL"#,
    r#"taNoGuZmK-D1dPCAR0MQ","p":"3tWg2ns0PRtZLYjrUCcOZoYJbiwJ3K-laBmNrlnQVSQAHvB-xb_KlIQIejxoY5ATMhIC1Rnzi"#,
    r#"bK_CiIj6eBFzb5Fag92N3j2Q25ElJ1P_DrERXGXzj1M674ucmoicS5Qdrg9T8qc1Rm2VQQgElj2eSmw8cpZ4kOVik5trJSPneU","#,
    r#""q":"zzP13rFfHaXrug8xT2v90e53924iDlu4Ds2_0osYA9vNyLsAHSu_Vy-IzXKIUkcsKHmVWSKD7k8C1iOT1aARYTPeU32YOF_"#,
    r#"WQG5TszgojVmc0KBmcxG23sOFWki3yQWZ3KNNMbpUBeGLRPQv62sFDkA4wh1s5kz8XjX6pc6FH1k"}"#,
);

/// A public key of nobody.
pub(super) const OTHER_RS256: &str = concat!(
    r#"{"kty":"RSA","n":"s_lJHTjoIsihzoMhWEdcXBiIqt4gHCrUAJnVsX4nSWxsawyRBFt1pkeydDM6OtJx7kCYfpylIpGWDC_hSC"#,
    r#"MfKlwfoRfhBKROKhly0BeX1ZZyqTpVEBZ9-MjSZoRHMgot6r_mcgrBQv0A0eOjGyTIsEy5JY60i487EGKgj953VOrErZG2bMgr17"#,
    r#"xPe98YBBGaawbrvCQAGKetJnt6hZjGZLiWH4EvNyQ9wcIdA0cjfctYbPi1sDY_v3hakJsLyRt1fHdY5u-yuTY0uMy-8daMAtBx0U"#,
    r#"tF2Edqt_mX_IfG2OJim77MNbzjY3_SDiV478RXwTYbabOExfw40xzfQUXNsw","e":"AQAB"}"#,
);

/// A public key of 1024 bits.
pub(super) const WEAK_RSA: &str = concat!(
    r#"{"kty":"RSA","n":"xBf5JZVh71QCTVjWROjrRyDzrvt7cDoNue6zLcP2OwOdxScn07C5gT34ElofhS2IgLIMjPzfLDQoKF9N3j"#,
    r#"z-amPaRoT6jmby74qM2vcMoWcjqL7HtuBu2i9_2deUQgwK7A3N6rML1kr2u5-WnURLCB2YBOzS0uDVm6u63uffOok","e":"AQAB"#,
    r#""}"#,
);

/// The public part.
pub(super) fn public(jwk: &str) -> Value {
    let mut jwk: Value = serde_json::from_str(jwk).unwrap();
    jwk.as_object_mut().unwrap().retain(|member, _| !["d", "p", "q"].contains(&member.as_str()));
    jwk
}

pub(super) fn set(jwks: &[Value]) -> Rc<KeySet> {
    Rc::new(KeySet::parse(json!({ "keys": jwks }).to_string().as_bytes()).unwrap())
}

/// A public key under a name.
pub(super) fn named(jwk: &str, id: &str) -> Value {
    let mut jwk = public(jwk);
    jwk["kid"] = id.into();
    jwk
}

/// A public key with these members besides.
pub(super) fn with(jwk: &str, members: Value) -> Value {
    let mut jwk = public(jwk);
    jwk.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    jwk
}

/// Checks a token, as the shell does.
pub(super) fn verify(
    token: &str,
    keyring: &Keyring,
    rules: &TokenRules,
    now: Timestamp,
) -> Result<Verified, TokenError> {
    let mut token = Unverified::read(token, keyring)?;
    while let Some(question) = token.question() {
        let answer = answer(&question);
        token.answer(answer);
    }
    token.conclude(rules, now)
}

fn answer(question: &Question<'_>) -> Answer {
    match question.key.algorithm() {
        PublicAlgorithm::Es256 => answer_by(&Es256, question),
        PublicAlgorithm::Rs256 => answer_by(&Rsa::rs256(), question),
        PublicAlgorithm::EdDsa => answer_by(&Ed25519, question),
    }
}

fn answer_by<A>(algorithm: &A, question: &Question<'_>) -> Answer
where
    A: Algorithm,
    A::VerifyingKey: for<'a> TryFrom<&'a JsonWebKey<'a>>,
{
    let jwk: JsonWebKey<'_> = serde_json::from_str(question.key.jwk()).unwrap();
    let Ok(key) = A::VerifyingKey::try_from(&jwk) else { return Answer::Unusable };
    let signature = A::Signature::try_from_slice(question.signature);
    let made = |signature| algorithm.verify_signature(&signature, &key, question.data);
    if signature.is_ok_and(made) { Answer::Made } else { Answer::NotMade }
}

/// Header, claims and signature, each as base64url.
pub(super) fn join(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let part = |bytes: &[u8]| Base64UrlUnpadded::encode_string(bytes);
    let header = part(header.to_string().as_bytes());
    let data = format!("{header}.{}", part(claims.to_string().as_bytes()));
    format!("{data}.{}", part(&sign(data.as_bytes())))
}

pub(super) fn sign_with<A>(algorithm: &A, jwk: &str, data: &[u8]) -> Vec<u8>
where
    A: Algorithm,
    A::SigningKey: for<'a> TryFrom<&'a JsonWebKey<'a>, Error: std::fmt::Debug>,
{
    let jwk: JsonWebKey<'_> = serde_json::from_str(jwk).unwrap();
    algorithm.sign(&A::SigningKey::try_from(&jwk).unwrap(), data).as_bytes().into_owned()
}

pub(super) fn hmac(secret: &[u8], data: &[u8]) -> Vec<u8> {
    Hs256.sign(&Hs256Key::new(secret), data).as_bytes().into_owned()
}

pub(super) fn es256(header: Value, claims: &Value) -> String {
    join(&header, claims, |data| sign_with(&Es256, ES256, data))
}

pub(super) fn eddsa(header: Value, claims: &Value) -> String {
    join(&header, claims, |data| sign_with(&Ed25519, EDDSA, data))
}

pub(super) fn rs256(header: Value, claims: &Value) -> String {
    join(&header, claims, |data| sign_with(&Rsa::rs256(), RS256, data))
}
