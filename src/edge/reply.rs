//! HTTP responses.

use serde::Serialize;
use worker::{Headers, Response, ResponseBuilder, Result, WebSocketPair};

use super::settings;
use crate::codes::ErrorCode;
use crate::problem::Problem;
use crate::room::wire::{Refusal, encode};

/// A JSON document.
pub(super) fn json(body: &impl Serialize) -> Result<Response> {
    json_text(encode(body))
}

/// A JSON document that is text already.
pub(super) fn json_text(body: String) -> Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", "application/json")?;
    Ok(ResponseBuilder::new().with_headers(headers).fixed(body.into_bytes()))
}

/// A text of another kind.
pub(super) fn text(media_type: &str, body: String) -> Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", media_type)?;
    headers.set("cache-control", "no-store")?;
    Ok(ResponseBuilder::new().with_headers(headers).fixed(body.into_bytes()))
}

/// Done, with nothing to say.
pub(super) fn no_content() -> Result<Response> {
    Ok(ResponseBuilder::new().with_status(204).empty())
}

/// What a page of an allowed origin may send. That it may at all is added by [`readable_by`].
pub(super) fn preflight() -> Result<Response> {
    let headers = Headers::new();
    headers.set("access-control-allow-methods", "GET, POST, DELETE")?;
    headers.set("access-control-allow-headers", "authorization, content-type, idempotency-key")?;
    headers.set("access-control-max-age", "86400")?;
    Ok(ResponseBuilder::new().with_status(204).with_headers(headers).empty())
}

/// The response, for a page of `origin` to read.
pub(super) fn readable_by(response: Response, origin: &str) -> Result<Response> {
    let headers = response.headers().clone();
    headers.set("access-control-allow-origin", origin)?;
    headers.append("vary", "origin")?;
    Ok(response.with_headers(headers))
}

/// A problem document. `allow` lists the methods of an address that does not have the one asked for.
pub(super) fn problem(problem: &Problem, allow: Option<&str>) -> Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", Problem::CONTENT_TYPE)?;
    if problem.code == ErrorCode::Unauthorized {
        headers.set("www-authenticate", "Bearer")?;
    }
    if problem.code == ErrorCode::UpgradeRequired {
        headers.set("upgrade", "websocket")?;
    }
    if let Some(methods) = allow {
        headers.set("allow", methods)?;
    }
    let builder = ResponseBuilder::new().with_status(problem.code.http_status());
    Ok(builder.with_headers(headers).fixed(problem.body().into_bytes()))
}

/// A socket that is told why it may not enter, and closed. Browsers hide the status of a refused upgrade.
pub(super) fn refused_socket(problem: &Problem, subprotocol: Option<&str>) -> Result<Response> {
    let pair = WebSocketPair::new()?;
    // Not hibernatable: it is closed before this request ends, and no room ever sees it.
    pair.server.accept()?;
    pair.server.send_with_str(Refusal::new(problem.code, problem.detail.as_str()).frame())?;
    let code = problem.code.close_code().number();
    pair.server.close(Some(code), Some(problem.code.as_str()))?;
    upgraded(pair.client, subprotocol, false)
}

/// The 101 of an accepted socket. `compress`: what it sends is compressed, if the client offers it.
pub(super) fn upgraded(
    client: worker::WebSocket,
    subprotocol: Option<&str>,
    compress: bool,
) -> Result<Response> {
    let headers = Headers::new();
    if !compress && settings::sockets_can_compress() {
        // Left to itself the runtime accepts what the client offers. An answer that it cannot read it keeps to itself, and then
        // does not compress (seen with workerd 1.20261117).
        headers.set("sec-websocket-extensions", "none")?;
    }
    if let Some(subprotocol) = subprotocol {
        headers.set("sec-websocket-protocol", subprotocol)?;
    }
    Ok(Response::from_websocket(client)?.with_headers(headers))
}
