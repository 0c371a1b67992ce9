//! An address of somebody who decides on who comes in: the issuer of tokens, or the application's backend.

use std::fmt;

use serde::Deserialize;

/// An address that may be believed: over TLS, or on this very machine. Whoever can change the answer on its way lets
/// in whom they like.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct BackendUrl(String);

impl BackendUrl {
    /// Checks the rule.
    ///
    /// # Errors
    /// The end of a sentence that begins with the variable's name.
    pub(crate) fn parse(text: String) -> Result<Self, &'static str> {
        let Some((scheme, host)) = split(&text) else {
            return Err(
                "must be an address such as \"https://auth.example.com/.well-known/jwks.json\"",
            );
        };
        let local = ["localhost", "127.0.0.1", "[::1]"].iter().any(|name| is_host(host, name));
        match scheme {
            "https" => Ok(Self(text)),
            "http" if local => Ok(Self(text)),
            "http" => Err("must begin with \"https://\": plain http is for localhost only"),
            _ => Err("must begin with \"https://\""),
        }
    }

    /// The whole address. Not for a log: its query may hold a key.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host, with the port if there is one.
    pub fn host(&self) -> &str {
        split(&self.0).map(|(_, host)| host).unwrap_or_default()
    }
}

impl TryFrom<String> for BackendUrl {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(text)
    }
}

impl fmt::Debug for BackendUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BackendUrl({}/…)", self.host())
    }
}

/// Scheme and host. Stricter than what `fetch` takes, which reads some odd texts in odd ways.
fn split(text: &str) -> Option<(&str, &str)> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
    let (scheme, rest) = text.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    (!host.is_empty() && !host.contains('@') && !text.contains(odd)).then_some((scheme, host))
}

fn is_host(host: &str, name: &str) -> bool {
    match host.strip_prefix(name) {
        Some("") => true,
        Some(rest) => rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<BackendUrl, &'static str> {
        BackendUrl::parse(text.to_owned())
    }

    #[test]
    fn keys_come_over_tls_or_from_this_machine() {
        for good in [
            "https://auth.example.com/.well-known/jwks.json",
            "https://auth.example.com:8443?key=x",
            "http://localhost:3000/jwks",
            "http://127.0.0.1/jwks",
            "http://[::1]:3000",
        ] {
            assert_eq!(parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "auth.example.com/jwks",
            "https://",
            "https:///jwks",
            "http://auth.example.com/jwks",
            "http://localhost.example.com/jwks",
            "http://127.0.0.1.example.com/jwks",
            "http://localhost:80@example.com/jwks",
            "http://localhost\\@example.com/jwks",
            "http://localhost:x/jwks",
            "http://127.0.0.2/jwks",
            "https://user:password@example.com/jwks",
            "https://example.com/a b",
            "ftp://localhost/jwks",
            "file:///etc/passwd",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_the_host_is_printed() {
        let url = parse("https://auth.example.com:8443/jwks?key=secret").unwrap();
        assert_eq!(url.host(), "auth.example.com:8443");
        assert_eq!(format!("{url:?}"), "BackendUrl(auth.example.com:8443/…)");
    }
}
