//! Who calls the HTTP API.

use worker::Request;

use super::worker::Visit;
use super::{body, now, tokens};
use crate::access::admission::{self, Caller, Checked};
use crate::access::signature::{self, Signature};
use crate::api::Refused;

/// Who calls: by a signature, if there is one, which has the body read; otherwise by a key or a token.
pub(super) async fn find(
    request: &mut Request,
    visit: &Visit<'_>,
) -> Result<(Caller, Option<Vec<u8>>), Refused> {
    let Visit { config, url, .. } = visit;
    let headers = request.headers();
    let signature =
        Signature::find(headers.get("x-signature-timestamp")?, headers.get("x-signature")?);
    let Some(signature) = signature else {
        let token = token(visit).await;
        return Ok((admission::caller(config, visit.credentials, token)?, None));
    };
    let body = body::read(request, config.limits.body_bytes).await?;
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let method = request.method().to_string();
    let signed = signature::Request { method: &method, path: &path, body: &body };
    let key = config.broadcast_key.as_ref();
    signature.check(key, signed, now(), config.limits.signature_ms)?;
    Ok((Caller::Backend, Some(body)))
}

/// What the token is worth that the request carries, if it carries one.
pub(super) async fn token(visit: &Visit<'_>) -> Checked {
    let token = visit.credentials.token.as_deref()?;
    Some(tokens::verify(visit.config, token, |work| visit.context.wait_until(work)).await)
}
