//! Fetches the keys that an issuer publishes. Reasons name no address: its query may hold a key.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use worker::{
    AbortController, AbortSignal, CacheMode, Delay, Fetch, Headers, Request, RequestInit,
    RequestRedirect,
};

use super::body::{self, Unread};
use crate::access::jwks_url::JwksUrl;
use crate::access::key_cache::FETCH_TIMEOUT_MS;
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
pub(super) async fn fetch(url: &JwksUrl) -> Result<Answer, String> {
    let controller = AbortController::default();
    let answer = pin!(download(url, controller.signal()));
    let patience = pin!(Delay::from(Duration::from_millis(FETCH_TIMEOUT_MS)));
    let outcome = match select(answer, patience).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => Err(format!("did not answer within {FETCH_TIMEOUT_MS} ms")),
    };
    if outcome.is_err() {
        // Nobody reads what is still to come.
        controller.abort();
    }
    outcome
}

async fn download(url: &JwksUrl, signal: AbortSignal) -> Result<Answer, String> {
    // Not the exception's text, which may contain the address.
    let unreachable = |_: worker::Error| "could not be reached".to_owned();
    let request = request(url).map_err(unreachable)?;
    let mut response =
        Fetch::Request(request).send_with_signal(&signal).await.map_err(unreachable)?;
    if response.status_code() != 200 {
        return Err(format!("answered {} instead of 200", response.status_code()));
    }
    let cache_control = response.headers().get("cache-control").map_err(unreachable)?;
    let chunks = response.stream().map_err(|_| "sent no body".to_owned())?;
    let body = body::read(chunks, MAX_BYTES).await.map_err(|unread| match unread {
        Unread::TooLarge => format!("sent more than {MAX_BYTES} bytes"),
        Unread::Broken(_) => "broke off in the middle of its answer".to_owned(),
    })?;
    let keys =
        KeySet::parse(&body).map_err(|fault| format!("answered with something that {fault}"))?;
    Ok(Answer { keys, cache_control })
}

fn request(url: &JwksUrl) -> worker::Result<Request> {
    let headers = Headers::new();
    headers.set("accept", "application/jwk-set+json, application/json")?;
    let mut init = RequestInit::new();
    init.with_headers(headers)
        // The address was checked; where it leads was not.
        .with_redirect(RequestRedirect::Manual)
        // We ask when we need to know what is true now.
        .with_cache(CacheMode::NoStore);
    Request::new_with_init(url.as_str(), &init)
}
