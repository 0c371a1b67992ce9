//! The address of a request. The platform parses it: what does it in Rust is 20 KB more to upload, compressed.

use std::borrow::Cow;

use worker::{Request, Result};

/// What follows the host.
pub(super) struct Address {
    path: String,
    query: Option<String>,
}

impl Address {
    /// That of a request.
    pub(super) fn of(request: &Request) -> Result<Self> {
        let url = web_sys::Url::new(&request.inner().url())?;
        let (address, path) = (url.href(), url.pathname());
        let before_fragment = address.split('#').next().unwrap_or_default();
        let query = before_fragment.split_once('?').map(|(_, query)| query.to_owned());
        Ok(Self { path, query })
    }

    /// As it is: percent-encoded.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// As it is, if there is a question mark.
    pub(super) fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// The parameters, decoded.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        form_urlencoded::parse(self.query.as_deref().unwrap_or_default().as_bytes())
    }

    /// The first value of the first of these parameters that is there and not empty.
    pub(super) fn parameter(&self, names: &[&str]) -> Option<String> {
        let value =
            |name: &&str| self.parameters().find(|(key, _)| key == name).map(|(_, value)| value);
        names.iter().find_map(value).filter(|value| !value.is_empty()).map(Cow::into_owned)
    }
}
