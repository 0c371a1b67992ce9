//! Reading a body, but no more of it than a limit: what is once in memory stays in memory.

use futures_util::StreamExt;
use worker::ByteStream;

/// Why a body was not read to its end.
pub(super) enum Unread {
    TooLarge,
    Broken(worker::Error),
}

/// The whole body, if it has `limit` bytes at most.
pub(super) async fn read(mut chunks: ByteStream, limit: usize) -> Result<Vec<u8>, Unread> {
    let mut body = Vec::new();
    while let Some(chunk) = chunks.next().await {
        body.extend_from_slice(&chunk.map_err(Unread::Broken)?);
        if body.len() > limit {
            return Err(Unread::TooLarge);
        }
    }
    Ok(body)
}
