//! A request that is being made. The SDK's own way has code for every property that Cloudflare gives to requests, and we use none.

use wasm_bindgen::JsValue;
use web_sys::{RequestCache, RequestInit, RequestRedirect};
use worker::{Headers, Request, Result};

/// What will be a request.
pub(super) struct Draft {
    init: RequestInit,
    headers: Headers,
}

impl Draft {
    /// A GET.
    pub(super) fn get() -> Self {
        Self { init: RequestInit::new(), headers: Headers::new() }
    }

    /// A POST.
    pub(super) fn post(body: &JsValue) -> Self {
        let draft = Self::get();
        draft.init.set_method("POST");
        draft.init.set_body(body);
        draft
    }

    /// The same with a header.
    pub(super) fn header(self, name: &str, value: &str) -> Result<Self> {
        self.headers.set(name, value)?;
        Ok(self)
    }

    /// The same, for a host of others: nothing is followed, and nothing comes from a cache.
    pub(super) fn outbound(self) -> Self {
        // The address was checked; where it leads was not.
        self.init.set_redirect(RequestRedirect::Manual);
        // We ask when we need to know what is true now.
        self.init.set_cache(RequestCache::NoStore);
        self
    }

    /// The request.
    pub(super) fn to(self, address: &str) -> Result<Request> {
        self.init.set_headers(&self.headers.0);
        Ok(web_sys::Request::new_with_str_and_init(address, &self.init)?.into())
    }
}
