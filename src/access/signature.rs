//! Requests that are signed with the broadcast key, which then never leaves the backend.
//!
//! What is signed is `<seconds>.<METHOD>.<path with query>.<SHA-256 of the body, in hexadecimal>`.

use sha2::{Digest, Sha256};

use super::secret::Secret;
use crate::codes::ErrorCode;
use crate::problem::Problem;
use crate::publish::hex;
use crate::time::Timestamp;

/// The headers of a signed request, before anything is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// `X-Signature-Timestamp`: seconds since the Unix epoch.
    pub timestamp: String,
    /// `X-Signature`: `v1=` and an HMAC-SHA256 in hexadecimal.
    pub signature: String,
}

/// What of a request is signed.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// In upper case.
    pub method: &'a str,
    /// With the query, as it stands in the URL.
    pub path: &'a str,
    /// To the byte.
    pub body: &'a [u8],
}

impl Signature {
    /// From the headers; nothing if the request has neither.
    pub fn find(timestamp: Option<String>, signature: Option<String>) -> Option<Self> {
        (timestamp.is_some() || signature.is_some()).then(|| Self {
            timestamp: timestamp.unwrap_or_default(),
            signature: signature.unwrap_or_default(),
        })
    }

    /// Whether the signature is right and of now, give or take `window_ms`.
    ///
    /// # Errors
    /// `unauthorized`.
    pub fn check(
        &self,
        key: Option<&Secret>,
        request: Request<'_>,
        now: Timestamp,
        window_ms: u64,
    ) -> Result<(), Problem> {
        let refused = |detail: String| Problem::new(ErrorCode::Unauthorized, detail);
        let Some(key) = key else {
            return Err(refused("Signed requests need BROADCAST_KEY, which is not set.".into()));
        };
        let digits = self.timestamp.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = self.timestamp.parse::<u64>().ok().filter(|_| digits);
        let at = seconds.map(|seconds| Timestamp::from_millis(seconds.saturating_mul(1000)));
        let Some(at) = at else {
            let detail = "\"X-Signature-Timestamp\" must be a number of seconds since 1970.";
            return Err(refused(detail.into()));
        };
        if now.millis_since(at).max(at.millis_since(now)) > window_ms {
            let seconds = window_ms / 1000;
            let detail = format!("The signature's time is more than {seconds} seconds off.");
            return Err(refused(detail));
        }
        let mac = self.signature.strip_prefix("v1=").and_then(from_hex);
        let Some(mac) = mac else {
            let detail = "\"X-Signature\" must be \"v1=\" and 64 hexadecimal digits.";
            return Err(refused(detail.into()));
        };
        if key.signed(self.signed(request).as_bytes(), &mac) {
            return Ok(());
        }
        let detail = "The signature does not fit: it is made with BROADCAST_KEY of \
                      <timestamp>.<METHOD>.<path with query>.<hex SHA-256 of the body>.";
        Err(refused(detail.into()))
    }

    fn signed(&self, Request { method, path, body }: Request<'_>) -> String {
        format!("{}.{method}.{path}.{}", self.timestamp, hex(&Sha256::digest(body)))
    }
}

/// The bytes that hexadecimal digits stand for, if they are 32.
fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let mut digits = text.chars().map(|digit| digit.to_digit(16));
    for byte in &mut bytes {
        let (high, low) = (digits.next()??, digits.next()??);
        *byte = u8::try_from(high << 4 | low).ok()?;
    }
    digits.next().is_none().then_some(bytes)
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, Mac};

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_760_000_000_500);
    const REQUEST: Request<'_> =
        Request { method: "POST", path: "/parties/main/p1?x=1", body: b"{}" };
    // printf '1760000000.POST./parties/main/p1?x=1.44136fa3…' | openssl dgst -sha256 -hmac key
    const RIGHT: &str = "v1=3ead480248d4587a8a021417c4dd15de354c90e44f440c65d6dbed5359800902";

    fn check(timestamp: &str, signature: &str, request: Request<'_>) -> Result<(), ErrorCode> {
        let key = Secret::parse("key".into()).unwrap();
        let signature = Signature::find(Some(timestamp.into()), Some(signature.into())).unwrap();
        signature.check(Some(&key), request, NOW, 300_000).map_err(|problem| problem.code)
    }

    #[test]
    fn a_signature_that_openssl_makes_is_right() {
        assert_eq!(check("1760000000", RIGHT, REQUEST), Ok(()));
        let upper = RIGHT.to_uppercase().replace("V1", "v1");
        assert_eq!(check("1760000000", &upper, REQUEST), Ok(()));
    }

    #[test]
    fn everything_that_is_signed_counts() {
        for request in [
            Request { method: "DELETE", ..REQUEST },
            Request { path: "/parties/main/p2?x=1", ..REQUEST },
            Request { path: "/parties/main/p1", ..REQUEST },
            Request { body: b"{} ", ..REQUEST },
        ] {
            assert_eq!(check("1760000000", RIGHT, request), Err(ErrorCode::Unauthorized));
        }
        assert_eq!(check("1760000001", RIGHT, REQUEST), Err(ErrorCode::Unauthorized));
    }

    #[test]
    fn a_signature_holds_for_five_minutes_either_way() {
        let signed = |seconds: u64| {
            let timestamp = seconds.to_string();
            let unsigned = Signature { timestamp: timestamp.clone(), signature: String::new() };
            let mac = Hmac::<Sha256>::new_from_slice(b"key").unwrap();
            let mac = mac.chain_update(unsigned.signed(REQUEST)).finalize().into_bytes();
            check(&timestamp, &format!("v1={}", hex(&mac)), REQUEST)
        };
        assert_eq!(signed(1_760_000_300), Ok(()));
        assert_eq!(signed(1_759_999_701), Ok(()));
        for off in [1_760_000_301, 1_759_999_700, 0, u64::MAX] {
            assert_eq!(signed(off), Err(ErrorCode::Unauthorized), "{off}");
        }
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        for timestamp in ["", "now", "-1", "+1760000000", "1760000000.0", " 1760000000"] {
            assert_eq!(check(timestamp, RIGHT, REQUEST), Err(ErrorCode::Unauthorized));
        }
        let digits = RIGHT.trim_start_matches("v1=");
        for signature in ["", "v1=", digits, &format!("v2={digits}"), &format!("{RIGHT}00"), "v1=é"]
        {
            let outcome = check("1760000000", signature, REQUEST);
            assert_eq!(outcome, Err(ErrorCode::Unauthorized), "{signature}");
        }
        assert_eq!(Signature::find(None, None), None);
        let without_key = Signature::find(Some("1760000000".into()), Some(RIGHT.into()));
        let outcome = without_key.unwrap().check(None, REQUEST, NOW, 300_000);
        assert_eq!(outcome.unwrap_err().code, ErrorCode::Unauthorized);
    }
}
