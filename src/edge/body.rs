//! Reading a body, but no more of it than a limit: what is once in memory stays in memory.

use futures_util::StreamExt;
use worker::{ByteStream, Request};

use crate::api::Refused;
use crate::codes::ErrorCode;
use crate::problem::Problem;

/// Why a body was not read to its end.
pub(super) enum Unread {
    TooLarge,
    Broken(worker::Error),
}

/// The whole of a stream, if it has `limit` bytes at most.
pub(super) async fn collect(mut chunks: ByteStream, limit: usize) -> Result<Vec<u8>, Unread> {
    let mut body = Vec::new();
    while let Some(chunk) = chunks.next().await {
        body.extend_from_slice(&chunk.map_err(Unread::Broken)?);
        if body.len() > limit {
            return Err(Unread::TooLarge);
        }
    }
    Ok(body)
}

/// The body of a request, if it has `limit` bytes at most.
pub(super) async fn read(request: &mut Request, limit: usize) -> Result<Vec<u8>, Refused> {
    let too_large = || {
        let detail = format!("A body may have {limit} bytes at most.");
        Refused::from(Problem::new(ErrorCode::BodyTooLarge, detail))
    };
    let declared = request.headers().get("content-length")?;
    let declared = declared.and_then(|length| length.parse::<usize>().ok());
    if declared.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    if request.inner().body().is_none() {
        return Ok(Vec::new());
    }
    collect(request.stream()?, limit).await.map_err(|unread| match unread {
        Unread::TooLarge => too_large(),
        Unread::Broken(error) => error.into(),
    })
}

/// The body of a request that has to be JSON, unless it was `read` already. It is parsed by whom it is for.
pub(super) async fn json(
    request: &mut Request,
    limit: usize,
    read: Option<Vec<u8>>,
) -> Result<Vec<u8>, Refused> {
    let media_type = request.headers().get("content-type")?.unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        let detail = "Send \"Content-Type: application/json\".";
        return Err(Problem::new(ErrorCode::UnsupportedMediaType, detail).into());
    }
    match read {
        Some(body) => Ok(body),
        None => self::read(request, limit).await,
    }
}
