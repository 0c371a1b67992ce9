//! Fetches the keys that an issuer publishes.

use super::outbound;
use crate::access::backend_url::BackendUrl;
use crate::access::keys::KeySet;

/// Bytes of an answer. A set has a handful of keys, each of a few hundred bytes, or thousands with certificates.
const MAX_BYTES: usize = 256 * 1024;

/// What an issuer publishes.
pub(super) struct Answer {
    pub(super) keys: KeySet,
    /// The header.
    pub(super) cache_control: Option<String>,
}

/// Fetches the keys.
///
/// # Errors
/// The end of a sentence that begins with the host.
pub(super) async fn fetch(url: &BackendUrl) -> Result<Answer, String> {
    let answer =
        outbound::get(url, "application/jwk-set+json, application/json", MAX_BYTES).await?;
    if answer.status != 200 {
        return Err(format!("answered {} instead of 200", answer.status));
    }
    let keys = KeySet::parse(&answer.body)
        .map_err(|fault| format!("answered with something that {fault}"))?;
    Ok(Answer { keys, cache_control: answer.cache_control })
}
