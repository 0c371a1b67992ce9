//! Asking another host: with a timeout, a limit for the answer, and no redirects. Reasons name no address: its query may
//! hold a key.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use worker::{
    AbortController, AbortSignal, CacheMode, Delay, Fetch, Headers, Method, Request, RequestInit,
    RequestRedirect,
};

use super::body::{self, Unread};
use crate::access::backend_url::BackendUrl;
use crate::access::key_cache::FETCH_TIMEOUT_MS;

/// What a host answered.
pub(super) struct Answer {
    pub(super) status: u16,
    /// The header.
    pub(super) cache_control: Option<String>,
    pub(super) body: Vec<u8>,
}

/// Gets what is at an address.
///
/// # Errors
/// The end of a sentence that begins with the host; so for [`post_json`].
pub(super) async fn get(url: &BackendUrl, accept: &str, limit: usize) -> Result<Answer, String> {
    ask(
        url,
        |init, headers| {
            init.with_method(Method::Get);
            headers.set("accept", accept)
        },
        limit,
    )
    .await
}

/// Posts a JSON document.
pub(super) async fn post_json(
    url: &BackendUrl,
    document: &str,
    limit: usize,
) -> Result<Answer, String> {
    ask(
        url,
        |init, headers| {
            init.with_method(Method::Post).with_body(Some(document.into()));
            headers.set("content-type", "application/json")
        },
        limit,
    )
    .await
}

async fn ask(
    url: &BackendUrl,
    prepare: impl FnOnce(&mut RequestInit, &Headers) -> worker::Result<()>,
    limit: usize,
) -> Result<Answer, String> {
    let controller = AbortController::default();
    let request = request(url, prepare).map_err(unreachable)?;
    let answer = pin!(download(request, controller.signal(), limit));
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

fn request(
    url: &BackendUrl,
    prepare: impl FnOnce(&mut RequestInit, &Headers) -> worker::Result<()>,
) -> worker::Result<Request> {
    let headers = Headers::new();
    let mut init = RequestInit::new();
    prepare(&mut init, &headers)?;
    init.with_headers(headers)
        // The address was checked; where it leads was not.
        .with_redirect(RequestRedirect::Manual)
        // We ask when we need to know what is true now.
        .with_cache(CacheMode::NoStore);
    Request::new_with_init(url.as_str(), &init)
}

async fn download(request: Request, signal: AbortSignal, limit: usize) -> Result<Answer, String> {
    let mut response =
        Fetch::Request(request).send_with_signal(&signal).await.map_err(unreachable)?;
    let status = response.status_code();
    let cache_control = response.headers().get("cache-control").map_err(unreachable)?;
    let body = match response.stream() {
        Ok(chunks) => body::collect(chunks, limit).await.map_err(|unread| match unread {
            Unread::TooLarge => format!("sent more than {limit} bytes"),
            Unread::Broken(_) => "broke off in the middle of its answer".to_owned(),
        })?,
        // No body at all.
        Err(_) => Vec::new(),
    };
    Ok(Answer { status, cache_control, body })
}

/// Not the exception's text, which may contain the address.
fn unreachable(_: worker::Error) -> String {
    "could not be reached".into()
}
