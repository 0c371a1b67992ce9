//! Where a request carries its token.

/// The credentials of a request, before anything is checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// The token or key, wherever it was found.
    pub token: Option<String>,
    /// Whether the token stands in the address, where logs and histories keep it.
    pub in_address: bool,
    /// The subprotocol to answer a WebSocket upgrade with. A browser that offered some fails if none is chosen.
    pub subprotocol: Option<String>,
}

impl Credentials {
    /// Looks at the `Authorization` header, then at the subprotocol pair `bearer, <token>` (browsers cannot set
    /// headers on a WebSocket), then at the query's `token`.
    pub fn find(
        authorization: Option<&str>,
        subprotocols: Option<&str>,
        query_token: Option<&str>,
    ) -> Self {
        let mut offered = subprotocols.unwrap_or_default().split(',').map(str::trim);
        let first = offered.next().filter(|name| !name.is_empty());
        let from_subprotocol = match first {
            Some(name) if name.eq_ignore_ascii_case("bearer") => offered.next(),
            _ => None,
        };
        let hidden = authorization.and_then(bearer).or(from_subprotocol);
        let token = hidden.or(query_token);
        Self {
            token: token.filter(|token| !token.is_empty()).map(str::to_owned),
            in_address: hidden.is_none() && token.is_some(),
            subprotocol: first.map(str::to_owned),
        }
    }
}

/// The token in `Bearer <token>`; the scheme's case does not matter (RFC 9110, section 11.1).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(
        header: Option<&str>,
        subprotocols: Option<&str>,
        query: Option<&str>,
    ) -> Option<String> {
        Credentials::find(header, subprotocols, query).token
    }

    #[test]
    fn a_token_is_found_in_three_places() {
        assert_eq!(token(Some("Bearer t"), None, None).as_deref(), Some("t"));
        assert_eq!(token(Some("bearer  t "), None, None).as_deref(), Some("t"));
        assert_eq!(token(None, Some("bearer, t"), None).as_deref(), Some("t"));
        assert_eq!(token(None, None, Some("t")).as_deref(), Some("t"));
    }

    #[test]
    fn what_carries_no_token_gives_none() {
        for header in ["Basic dTpw", "Bearer", "Bearer ", ""] {
            assert_eq!(token(Some(header), None, None), None, "{header}");
        }
        assert_eq!(token(None, Some("chat, t"), None), None);
        assert_eq!(token(None, Some("bearer"), None), None);
        assert_eq!(token(None, None, Some("")), None);
    }

    #[test]
    fn a_token_in_the_address_is_told_from_one_that_no_log_keeps() {
        assert!(Credentials::find(None, None, Some("t")).in_address);
        assert!(!Credentials::find(Some("Bearer t"), None, Some("t")).in_address);
        assert!(!Credentials::find(None, Some("bearer, t"), None).in_address);
        assert!(!Credentials::find(None, None, None).in_address);
    }

    #[test]
    fn the_first_subprotocol_is_chosen() {
        let chosen = |offer| Credentials::find(None, offer, None).subprotocol;
        assert_eq!(chosen(Some("bearer, secret")).as_deref(), Some("bearer"));
        assert_eq!(chosen(Some("chat,other")).as_deref(), Some("chat"));
        assert_eq!(chosen(Some("")), None);
        assert_eq!(chosen(None), None);
    }
}
