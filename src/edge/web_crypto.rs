//! Signatures of public keys are verified by the platform: what does it in Rust is 65 KB more to upload, compressed.
//!
//! A key is imported once per isolate. What is kept of it is the imported key, which is an object like any other, and
//! never a promise: no request may wait for that of another one.

use std::cell::RefCell;

use js_sys::{Array, JSON, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use worker::wasm_bindgen_futures::JsFuture;

use super::bindings::{CryptoKey, import_key, verify_signature};
use super::log;
use crate::access::proof::{Answer, Question};
use crate::access::public_key::{PublicAlgorithm, PublicKey};
use crate::sorted::Map;

/// Issuers have a handful of keys. When there are more than this, all are imported anew as they are needed.
const MOST_KEYS: usize = 64;

thread_local! {
    /// By their JWK. `None` is a key that the platform has refused.
    static IMPORTED: RefCell<Map<String, Option<CryptoKey>>> = const { RefCell::new(Map::new()) };
}

/// Asks the platform. An exception is never a yes.
pub(super) async fn answer(question: &Question<'_>) -> Answer {
    let Some(key) = imported(question.key).await else { return Answer::Unusable };
    match verify(&key, question).await {
        Ok(answer) if answer == JsValue::TRUE => Answer::Made,
        Ok(_) => Answer::NotMade,
        Err(exception) => {
            log::error("verify-signature", None, &log::describe(&exception));
            Answer::Unusable
        }
    }
}

/// The key, as the platform takes it. That it does not is said in the log once.
async fn imported(key: &PublicKey) -> Option<CryptoKey> {
    if let Some(known) = IMPORTED.with_borrow(|keys| keys.get(key.jwk()).cloned()) {
        return known;
    }
    let outcome = import(key).await;
    IMPORTED.with_borrow_mut(|keys| {
        // Somebody else may have been faster.
        if let Some(known) = keys.get(key.jwk()) {
            return known.clone();
        }
        if let Err(exception) = &outcome {
            let (place, reason) = (key.place(), log::describe(exception));
            let detail = format!("The platform refuses key {place} of its set: {reason}");
            log::error("import-key", None, &detail);
        }
        if keys.len() >= MOST_KEYS {
            keys.clear();
        }
        let imported = outcome.ok();
        keys.insert(key.jwk().to_owned(), imported.clone());
        imported
    })
}

async fn import(key: &PublicKey) -> Result<CryptoKey, JsValue> {
    let (jwk, algorithm) = (JSON::parse(key.jwk())?, parameters(key.algorithm())?);
    let usages = Array::of1(&"verify".into());
    let promise = import_key("jwk", &jwk, &algorithm, false, &usages)?;
    Ok(JsFuture::from(promise).await?.unchecked_into())
}

async fn verify(key: &CryptoKey, question: &Question<'_>) -> Result<JsValue, JsValue> {
    let algorithm = parameters(question.key.algorithm())?;
    // Copies: the memory of WASM may move.
    let (signature, data) = (Uint8Array::from(question.signature), Uint8Array::from(question.data));
    JsFuture::from(verify_signature(&algorithm, key, &signature, &data)?).await
}

/// What the platform wants to know of an algorithm, for importing and for verifying at once.
fn parameters(algorithm: PublicAlgorithm) -> Result<JsValue, JsValue> {
    JSON::parse(match algorithm {
        PublicAlgorithm::Es256 => r#"{"name":"ECDSA","namedCurve":"P-256","hash":"SHA-256"}"#,
        PublicAlgorithm::Rs256 => r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#,
        PublicAlgorithm::EdDsa => r#"{"name":"Ed25519"}"#,
    })
}
