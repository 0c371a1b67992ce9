//! Which web pages may talk to the server.
//!
//! Browsers name the page's origin, other clients need not: the list keeps other people's pages from using a visitor's
//! browser, and says nothing about who the visitor is.

/// The origins that are allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origins {
    /// Every page.
    Any,
    /// These, in lower case; `https://*.example.com` stands for every subdomain.
    Only(Vec<String>),
}

impl Origins {
    /// Reads a list, separated by commas or white space.
    ///
    /// # Errors
    /// Names the entry that is no origin.
    pub fn parse(list: &str) -> Result<Self, String> {
        let entries = list.split([',', ' ', '\n', '\t']).filter(|entry| !entry.is_empty());
        let entries: Vec<_> = entries.map(str::to_ascii_lowercase).collect();
        if entries.iter().any(|entry| entry == "*") {
            return Ok(Self::Any);
        }
        if entries.is_empty() {
            return Err("is empty: name origins, or \"*\" for all".into());
        }
        for entry in &entries {
            let host = entry.strip_prefix("https://").or_else(|| entry.strip_prefix("http://"));
            let is_origin = host.is_some_and(|host| {
                let host = host.strip_prefix("*.").unwrap_or(host);
                !host.is_empty() && !host.contains(['/', '*', '?', '#', '@'])
            });
            if !is_origin {
                return Err(format!(
                    "has {entry:?}, which is no origin: write it like \"https://app.example.com\" or \"https://*.example.com\""
                ));
            }
        }
        Ok(Self::Only(entries))
    }

    /// Whether a page of this origin may connect. Clients that are no browsers name none.
    pub fn allow(&self, origin: Option<&str>) -> bool {
        match (self, origin) {
            (Self::Any, _) | (_, None) => true,
            (Self::Only(list), Some(origin)) => {
                let origin = origin.to_ascii_lowercase();
                list.iter().any(|entry| matches(entry, &origin))
            }
        }
    }
}

fn matches(entry: &str, origin: &str) -> bool {
    match entry.split_once("*.") {
        None => entry == origin,
        Some((scheme, domain)) => origin
            .strip_prefix(scheme)
            .and_then(|host| host.strip_suffix(domain))
            .is_some_and(|subdomain| subdomain.len() > 1 && subdomain.ends_with('.')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listed_pages_and_clients_without_a_page_are_allowed() {
        let origins =
            Origins::parse("https://app.example.com, http://localhost:3000 https://*.example.org")
                .unwrap();
        for (origin, allowed) in [
            ("https://app.example.com", true),
            ("HTTPS://APP.example.com", true),
            ("https://app.example.com.evil.net", false),
            ("http://app.example.com", false),
            ("https://example.com", false),
            ("http://localhost:3000", true),
            ("http://localhost:3001", false),
            ("https://a.example.org", true),
            ("https://a.b.example.org", true),
            ("https://example.org", false),
            ("https://.example.org", false),
            ("https://evilexample.org", false),
            ("http://a.example.org", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(origins.allow(Some(origin)), allowed, "{origin}");
        }
        assert!(origins.allow(None));
    }

    #[test]
    fn a_star_allows_every_page() {
        assert!(Origins::parse("https://a.com *").unwrap().allow(Some("https://b.com")));
    }

    #[test]
    fn what_is_no_origin_is_a_fault() {
        for list in
            ["", " , ", "example.com", "https://", "https://a.com/", "https://a.*.com", "ftp://a"]
        {
            assert!(Origins::parse(list).is_err(), "{list}");
        }
    }
}
