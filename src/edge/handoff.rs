//! What the Worker tells a room's object. The object is reachable through its binding alone, so it trusts this;
//! the request is made anew, so nothing of the client's headers gets through.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use worker::{Headers, Method, Request, RequestInit, Result};

use crate::room::Connection;

/// Somebody who was let in.
#[derive(Serialize, Deserialize)]
pub(super) struct Entrance {
    pub(super) connection: Connection,
    /// To be named in the 101.
    pub(super) subprotocol: Option<String>,
}

/// What is asked of the object.
pub(super) enum Errand {
    Connect(Entrance),
    Publish,
}

const HEADER: &str = "x-durable-rooms-entrance";
const CONNECT: &str = "https://room/connect";
const PUBLISH: &str = "https://room/publish";

impl Entrance {
    /// The request that brings somebody in.
    pub(super) fn request(&self) -> Result<Request> {
        // Header values are Latin-1, names are not.
        let json = serde_json::to_string(self)?;
        let headers = Headers::new();
        headers.set("upgrade", "websocket")?;
        headers.set(HEADER, &utf8_percent_encode(&json, NON_ALPHANUMERIC).to_string())?;
        Request::new_with_init(CONNECT, RequestInit::new().with_headers(headers))
    }
}

/// The request that brings an event, as the backend sent it.
pub(super) fn publish_request(body: &[u8]) -> Result<Request> {
    let body = js_sys::Uint8Array::from(body);
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(body.into()));
    Request::new_with_init(PUBLISH, &init)
}

impl Errand {
    /// Reads what the Worker asks; nothing, if it asks for something that this version does not know.
    pub(super) fn of(request: &Request) -> Option<Self> {
        if request.method() == Method::Post {
            return Some(Self::Publish);
        }
        let header = request.headers().get(HEADER).ok()??;
        let json = percent_decode_str(&header).decode_utf8().ok()?;
        serde_json::from_str(&json).ok().map(Self::Connect)
    }
}
