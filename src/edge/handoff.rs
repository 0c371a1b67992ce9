//! What the Worker tells a room's object. The object is reachable through its binding alone, so it trusts this;
//! the request is made anew, so nothing of the client's headers gets through.

use std::borrow::Cow;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use worker::{Env, Request, Result};

use super::address::Address;
use super::draft::Draft;
use crate::ids::UserId;
use crate::json;
use crate::publish::Idempotency;
use crate::relay::Source;
use crate::room::moderation::Action;
use crate::room::{Connection, Query, Topic};

/// Somebody who was let in.
#[derive(Serialize, Deserialize)]
pub(super) struct Entrance {
    pub(super) connection: Connection,
    /// The `since` of the address.
    pub(super) since: Option<String>,
    /// To be named in the 101.
    pub(super) subprotocol: Option<String>,
    /// What is sent is compressed, if the client offers it.
    pub(super) compress: bool,
}

/// What is asked of the object.
pub(super) enum Errand {
    Connect(Entrance),
    Publish { key: Option<Idempotency>, source: Option<Source> },
    Moderate { action: Action, actor: String },
    Audit,
    Query { query: Query },
    Export,
    Erase { user: UserId, actor: String },
    Wipe,
    Report,
    Replay,
}

const HEADER: &str = "x-durable-rooms-entrance";
const ACTOR: &str = "x-durable-rooms-actor";
const USER: &str = "x-durable-rooms-user";
const KEY: &str = "x-durable-rooms-key";
const SOURCE: &str = "x-durable-rooms-source";
const CONNECT: &str = "https://room/connect";
const PUBLISH: &str = "https://room/publish";
const AUDIT: &str = "https://room/audit";
const EXPORT: &str = "https://room/export";
const ERASE: &str = "https://room/erase";
const WIPE: &str = "https://room/wipe";
const REPORT: &str = "https://room/report";
const REPLAY: &str = "https://room/replay";
/// Followed by the action.
const MODERATE: &str = "https://room/moderate/";
/// Followed by the address below the room, with its parameters.
const QUERY: &str = "https://room/query/";

impl Entrance {
    /// The request that brings somebody in.
    pub(super) fn request(&self) -> Result<Request> {
        let draft = Draft::get().header("upgrade", "websocket")?;
        draft.header(HEADER, &header_value(self)?)?.to(CONNECT)
    }
}

/// The requests that bring events to rooms: one body for all of them, however many.
pub(super) struct PublishRequests {
    body: JsValue,
    key: Option<String>,
    source: Option<String>,
}

impl PublishRequests {
    pub(super) fn new(body: &[u8], key: Option<&Idempotency>) -> Result<Self> {
        let key = key.map(header_value).transpose()?;
        Ok(Self { body: js_sys::Uint8Array::from(body).into(), key, source: None })
    }

    /// An event that comes from another room.
    pub(super) fn relayed(body: &str, key: &Idempotency, source: &Source) -> Result<Self> {
        let requests = Self::new(body.as_bytes(), Some(key))?;
        Ok(Self { source: Some(header_value(source)?), ..requests })
    }

    /// The request for the next room.
    pub(super) fn next(&self) -> Result<Request> {
        let mut draft = Draft::post(&self.body);
        for (name, value) in [(KEY, &self.key), (SOURCE, &self.source)] {
            if let Some(value) = value {
                draft = draft.header(name, value)?;
            }
        }
        draft.to(PUBLISH)
    }
}

/// JSON as a header: their values are Latin-1, names are not.
fn header_value(value: &impl Serialize) -> Result<String> {
    let json = serde_json::to_string(value)?;
    Ok(encoded(&json))
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// The request that brings a moderator's wish. `actor` is who it is, for the audit trail.
pub(super) fn moderate_request(action: Action, actor: &str, body: &[u8]) -> Result<Request> {
    let draft = post(body).header(ACTOR, &encoded(actor))?;
    draft.to(&format!("{MODERATE}{}", action.as_str()))
}

/// The request for the audit trail.
pub(super) fn audit_request() -> Result<Request> {
    Draft::get().to(AUDIT)
}

/// The request for everything that the room has.
pub(super) fn export_request() -> Result<Request> {
    Draft::get().to(EXPORT)
}

/// The request that removes what a user wrote.
pub(super) fn erase_request(user: &UserId, actor: &str) -> Result<Request> {
    let draft = post(&[]).header(ACTOR, &encoded(actor))?;
    draft.header(USER, &encoded(user.as_str()))?.to(ERASE)
}

/// The request that removes everything.
pub(super) fn wipe_request() -> Result<Request> {
    post(&[]).to(WIPE)
}

/// Asks a room to report to the directory. Says whether it will.
pub(super) async fn ask_to_report(env: &Env, object_name: &str) -> bool {
    let asked = async {
        let stub = env.durable_object("ROOMS")?.get_by_name(object_name)?;
        let answer = stub.fetch_with_request(post(&[]).to(REPORT)?).await?;
        Ok::<_, worker::Error>(answer.status_code() == 204)
    };
    asked.await.unwrap_or(false)
}

/// The request that has dead letters tried again.
pub(super) fn replay_request(body: &[u8]) -> Result<Request> {
    post(body).to(REPLAY)
}

/// The request that asks something, `query` being what follows the question mark.
pub(super) fn query_request(below: &str, query: Option<&str>) -> Result<Request> {
    let query = query.unwrap_or_default();
    Draft::get().to(&format!("{QUERY}{below}?{query}"))
}

fn post(body: &[u8]) -> Draft {
    Draft::post(&js_sys::Uint8Array::from(body))
}

impl Errand {
    /// Reads what the Worker asks; nothing, if it asks for something that this version does not know.
    pub(super) fn of(request: &Request) -> Option<Self> {
        let header = |name: &str| {
            let value = request.headers().get(name).ok()??;
            percent_decode_str(&value).decode_utf8().ok().map(Cow::into_owned)
        };
        match request.inner().url().as_str() {
            CONNECT => json::read(&header(HEADER)?).ok().map(Self::Connect),
            PUBLISH => Some(Self::Publish {
                key: match header(KEY) {
                    Some(json) => Some(json::read(&json).ok()?),
                    None => None,
                },
                source: match header(SOURCE) {
                    Some(json) => Some(json::read(&json).ok()?),
                    None => None,
                },
            }),
            AUDIT => Some(Self::Audit),
            EXPORT => Some(Self::Export),
            ERASE => Some(Self::Erase {
                user: UserId::parse(header(USER)?).ok()?,
                actor: header(ACTOR)?,
            }),
            WIPE => Some(Self::Wipe),
            REPORT => Some(Self::Report),
            REPLAY => Some(Self::Replay),
            other if other.starts_with(QUERY) => {
                let address = Address::of(request).ok()?;
                let below = address.path().strip_prefix("/query/")?;
                let query = Query::read(Topic::find(below)?, address.parameters()).ok()?;
                Some(Self::Query { query })
            }
            other => {
                let action = Action::find(other.strip_prefix(MODERATE)?)?;
                Some(Self::Moderate { action, actor: header(ACTOR)? })
            }
        }
    }
}
