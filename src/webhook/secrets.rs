//! The keys that webhooks are signed with. Several at a time, so that one can take another's place without a gap.

use std::fmt;

use base64ct::{Base64, Base64Unpadded, Encoding};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// What the specification asks for, in bytes.
const LENGTH: std::ops::RangeInclusive<usize> = 24..=64;

/// The secret `WEBHOOK_SECRET`: every key of it signs.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct WebhookSecrets(Vec<Vec<u8>>);

impl WebhookSecrets {
    /// Reads `whsec_<base64>`, or several with spaces between.
    ///
    /// # Errors
    /// The end of a sentence that begins with the variable's name.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let keys = text.split_whitespace().map(|secret| {
            let base64 = secret.strip_prefix("whsec_")?.trim_end_matches('=');
            Base64Unpadded::decode_vec(base64).ok().filter(|key| LENGTH.contains(&key.len()))
        });
        let keys = keys.collect::<Option<Vec<_>>>().filter(|keys| !keys.is_empty());
        keys.map(Self)
            .ok_or("must be \"whsec_\" and 24 to 64 bytes in base64; several with spaces between")
    }

    /// The header `webhook-signature` of a message that is sent at `seconds` since 1970.
    pub(crate) fn sign(&self, id: &str, seconds: u64, body: &str) -> String {
        let signed = format!("{id}.{seconds}.{body}");
        let signatures = self.0.iter().filter_map(|key| {
            // Takes keys of any length.
            let mac = Hmac::<Sha256>::new_from_slice(key).ok()?.chain_update(&signed);
            Some(format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes())))
        });
        signatures.collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Debug for WebhookSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookSecrets({} keys)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of the specification's reference libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn a_signature_is_the_one_of_the_reference_libraries() {
        let secrets = WebhookSecrets::parse(SECRET).unwrap();
        let body = r#"{"test": 2432232314}"#;
        let signature = secrets.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn every_key_signs() {
        let second = format!("whsec_{}", Base64::encode_string(&[7; 32]));
        let secrets = WebhookSecrets::parse(&format!("{SECRET} {second}")).unwrap();
        let both = secrets.sign("id", 1, "{}");
        let alone = [SECRET, &second].map(|one| WebhookSecrets::parse(one).unwrap());
        let alone = alone.map(|secrets| secrets.sign("id", 1, "{}"));
        assert_eq!(both, alone.join(" "));
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        let short = format!("whsec_{}", Base64::encode_string(&[7; 23]));
        let long = format!("whsec_{}", Base64::encode_string(&[7; 65]));
        let half = format!("{SECRET} key");
        for bad in ["", " ", "key", "whsec_", "whsec_!", &short, &long, &half] {
            assert!(WebhookSecrets::parse(bad).is_err(), "{bad}");
        }
        assert!(!format!("{:?}", WebhookSecrets::parse(SECRET)).contains("MfK"));
    }
}
