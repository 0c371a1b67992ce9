//! Asking another host: with a timeout, a limit for the answer, and no redirects. Reasons name no address: its query may
//! hold a key.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use worker::{AbortController, Delay, Fetch, Response};

use super::body::{self, Unread};
use super::draft::Draft;
use crate::access::backend_url::BackendUrl;
use crate::access::key_cache::FETCH_TIMEOUT_MS;

/// How much of an answer is read that nobody looks at.
const UNREAD_BYTES: usize = 4 * 1024;

/// What a host answered.
pub(super) struct Answer {
    pub(super) status: u16,
    /// The header.
    pub(super) cache_control: Option<String>,
    pub(super) body: Vec<u8>,
}

/// The head of an answer.
pub(super) struct Head {
    pub(super) status: u16,
    /// The header.
    pub(super) retry_after: Option<String>,
}

/// Gets what is at an address.
///
/// # Errors
/// The end of a sentence that begins with the host; so for [`post_json`].
pub(super) async fn get(url: &BackendUrl, accept: &str, limit: usize) -> Result<Answer, String> {
    ask(url, Draft::get().header("accept", accept), FETCH_TIMEOUT_MS, |response| {
        read(response, limit)
    })
    .await
}

/// Posts a JSON document.
pub(super) async fn post_json(
    url: &BackendUrl,
    document: &str,
    limit: usize,
) -> Result<Answer, String> {
    ask(url, json(document), FETCH_TIMEOUT_MS, |response| read(response, limit)).await
}

/// Posts a JSON document with headers to somebody whose answer matters by its head alone.
pub(super) async fn tell(
    url: &BackendUrl,
    document: &str,
    more: &[(&str, &str)],
    timeout_ms: u64,
) -> Result<Head, String> {
    let add = |draft: Draft, (name, value): &(&str, &str)| draft.header(name, value);
    let draft = json(document).and_then(|draft| more.iter().try_fold(draft, add));
    ask(url, draft, timeout_ms, async |mut response| {
        let status = response.status_code();
        let retry_after = response.headers().get("retry-after").map_err(unreachable)?;
        if let Ok(chunks) = response.stream() {
            // A short one is read, so that the connection is good for the next.
            drop(body::collect(chunks, UNREAD_BYTES).await);
        }
        Ok(Head { status, retry_after })
    })
    .await
}

async fn ask<T>(
    url: &BackendUrl,
    draft: worker::Result<Draft>,
    timeout_ms: u64,
    take: impl AsyncFnOnce(Response) -> Result<T, String>,
) -> Result<T, String> {
    let controller = AbortController::default();
    let request = draft.and_then(|draft| draft.outbound().to(url.as_str())).map_err(unreachable)?;
    let signal = controller.signal();
    let answer = pin!(async move {
        let sent = Fetch::Request(request).send_with_signal(&signal).await;
        take(sent.map_err(unreachable)?).await
    });
    let patience = pin!(Delay::from(Duration::from_millis(timeout_ms)));
    let outcome = match select(answer, patience).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => Err(format!("did not answer within {timeout_ms} ms")),
    };
    if outcome.is_err() {
        // Nobody reads what is still to come.
        controller.abort();
    }
    outcome
}

fn json(document: &str) -> worker::Result<Draft> {
    Draft::post(&document.into()).header("content-type", "application/json")
}

async fn read(mut response: Response, limit: usize) -> Result<Answer, String> {
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
