//! A call that is repeated counts once: the header `Idempotency-Key`.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::codes::ErrorCode;
use crate::ids::MAX_CHARS;
use crate::problem::Problem;

/// What a room knows a call by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Idempotency {
    /// Chosen by the backend, without quotes. 1 to 128 characters of ASCII.
    pub key: String,
    /// A hash of the body: the same key with another body is a mistake.
    pub digest: String,
}

impl Idempotency {
    /// Reads the header: a string of RFC 8941, or the same without quotes if it has none of `",;\\` and no space.
    ///
    /// # Errors
    /// `invalid-idempotency-key`.
    pub fn parse(header: &str, body: &[u8]) -> Result<Self, Problem> {
        let header = header.trim();
        let key = match header.strip_prefix('"') {
            Some(rest) => quoted(rest),
            None => header.bytes().all(is_plain).then(|| header.to_owned()),
        };
        let key = key.filter(|key| !key.is_empty() && key.len() <= MAX_CHARS).ok_or_else(|| {
            let detail = format!(
                "\"Idempotency-Key\" must be 1 to {MAX_CHARS} printable characters of ASCII, in double quotes."
            );
            Problem::new(ErrorCode::InvalidIdempotencyKey, detail)
        })?;
        Ok(Self { key, digest: hex(&Sha256::digest(body)) })
    }
}

/// What follows an opening quote, up to the closing one, which has to be the end.
fn quoted(rest: &str) -> Option<String> {
    let mut key = String::new();
    let mut chars = rest.chars();
    loop {
        match chars.next()? {
            '"' => return chars.next().is_none().then_some(key),
            '\\' => key.push(chars.next().filter(|c| matches!(c, '"' | '\\'))?),
            plain @ ' '..='~' => key.push(plain),
            _ => return None,
        }
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\')
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(header: &str) -> Result<String, ErrorCode> {
        Idempotency::parse(header, b"").map(|one| one.key).map_err(|problem| problem.code)
    }

    #[test]
    fn a_key_means_the_same_with_and_without_quotes() {
        assert_eq!(key("\"8e03978e-40d5\""), Ok("8e03978e-40d5".into()));
        assert_eq!(key(" 8e03978e-40d5 "), Ok("8e03978e-40d5".into()));
        assert_eq!(key(r#""a \"b\" \\ c, d;e""#), Ok(r#"a "b" \ c, d;e"#.into()));
        assert!(key(&"x".repeat(128)).is_ok());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let long = "x".repeat(129);
        let both = format!("\"{long}\"");
        for header in [
            "",
            "\"\"",
            "\"",
            "\"a",
            "\"a\"b",
            "\"a\", \"b\"",
            "a, b",
            "a b",
            "a\"",
            "é",
            "\"é\"",
            r#""\a""#,
            "\"a\u{7f}\"",
            &long,
            &both,
        ] {
            assert_eq!(key(header), Err(ErrorCode::InvalidIdempotencyKey), "{header}");
        }
    }

    #[test]
    fn every_body_has_a_digest_of_its_own() {
        let digest = |body: &[u8]| Idempotency::parse("k", body).unwrap().digest;
        assert_eq!(digest(b"a"), digest(b"a"));
        assert_ne!(digest(b"a"), digest(b"a "));
        assert_eq!(digest(b"").get(..8), Some("e3b0c442"));
    }
}
