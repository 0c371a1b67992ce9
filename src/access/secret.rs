//! Shared secrets: compared in constant time, never printed.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A key that only we and a backend know.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Anything but nothing.
    pub(crate) fn parse(text: String) -> Result<Self, &'static str> {
        if text.is_empty() { Err("is empty") } else { Ok(Self(text)) }
    }

    /// Whether `candidate` is this secret. Takes the same time for every candidate of a length.
    pub fn matches(&self, candidate: &str) -> bool {
        // Digests have one length, so the comparison does not tell that of the secret.
        let ours = Sha256::digest(self.0.as_bytes());
        let theirs = Sha256::digest(candidate.as_bytes());
        ours.ct_eq(&theirs).into()
    }

    /// Whether `mac` is the HMAC-SHA256 of `data` with this secret. In constant time.
    pub(super) fn signed(&self, data: &[u8], mac: &[u8]) -> bool {
        // Takes keys of any length.
        let ours = Hmac::<Sha256>::new_from_slice(self.0.as_bytes());
        ours.is_ok_and(|ours| ours.chain_update(data).verify_slice(mac).is_ok())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_same_text_matches() {
        let secret = Secret::parse("key".into()).unwrap();
        assert!(secret.matches("key"));
        for other in ["", "ke", "keyy", "Key", "key "] {
            assert!(!secret.matches(other), "{other:?}");
        }
    }
}
