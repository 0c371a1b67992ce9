//! A request at the edge: find its route, check who asks, hand over to the room's object.
//!
//! Whoever is not let in never wakes an object.

use std::borrow::Cow;

use futures_util::future::join_all;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use worker::{Context, Env, Method, Request, Response, Result, Url, event};

use super::body::{self, Unread};
use super::handoff::{self, Entrance, PublishRequests};
use super::{authorize, bindings, log, now, reply, settings, tokens};
use crate::access::Capability;
use crate::access::admission::{self, Caller, Checked, Claimed};
use crate::access::authorize::Question;
use crate::access::credentials::Credentials;
use crate::access::signature::{self, Signature};
use crate::codes::ErrorCode;
use crate::config::{Config, Party};
use crate::ids::{ConnectionId, UserId};
use crate::problem::Problem;
use crate::publish::{Broadcast, Idempotency, Publication, RoomAnswer, Target};
use crate::room::moderation::Action;
use crate::room::{Connection, Query, Replay};
use crate::route::{self, RoomAddress, Route};

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

#[event(fetch)]
async fn fetch(mut request: Request, env: Env, context: Context) -> Result<Response> {
    let url = request.url()?;
    let credentials = credentials(&request, &url)?;
    let wants_socket = is_upgrade(&request)?;
    let config = match settings::config(&env) {
        Ok(config) => config,
        Err(problem) => return refuse(&problem.into(), wants_socket, &credentials),
    };
    let origin = request.headers().get("origin")?;
    let outcome = if wants_socket && !config.origins.allow(origin.as_deref()) {
        let detail = "This page may not connect: ALLOWED_ORIGINS does not list its origin.";
        Err(Problem::new(ErrorCode::NotAllowed, detail).into())
    } else {
        respond(&mut request, &env, &context, &config, &url, &credentials).await
    };
    let response = match outcome {
        Ok(response) => response,
        Err(refused) => {
            // The path names the room; the query, which may hold a token, stays out.
            let code = refused.problem.code.as_str();
            log::info(config.log_level, "refused", Some(url.path()), code);
            refuse(&refused, wants_socket, &credentials)?
        }
    };
    match origin.filter(|origin| !wants_socket && config.origins.allow(Some(origin))) {
        Some(origin) => reply::readable_by(response, &origin),
        None => Ok(response),
    }
}

/// Says no: to a socket with a frame and a close, to a request with a problem document.
fn refuse(refused: &Refused, wants_socket: bool, credentials: &Credentials) -> Result<Response> {
    let problem = &refused.problem;
    // An unknown party is refused outright: there is no room whose client could be told.
    if wants_socket && problem.code.http_status() != 404 {
        reply::refused_socket(problem, credentials.subprotocol.as_deref())
    } else {
        reply::problem(problem, refused.allow)
    }
}

/// A request that is not served.
struct Refused {
    problem: Problem,
    /// The methods that the address has, if the one asked for is not among them.
    allow: Option<&'static str>,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { problem, allow: None }
    }
}

impl From<worker::Error> for Refused {
    fn from(error: worker::Error) -> Self {
        log::error("request", None, &error.to_string());
        Problem::new(ErrorCode::Internal, "The request could not be served. Try again.").into()
    }
}

async fn respond(
    request: &mut Request,
    env: &Env,
    context: &Context,
    config: &Config,
    url: &Url,
    credentials: &Credentials,
) -> std::result::Result<Response, Refused> {
    match route::find(url.path(), config)? {
        Route::Health => health(request),
        Route::Room(address) if is_upgrade(request)? => {
            hold_back(request, env).await?;
            enter(env, context, config, url, credentials, &address).await
        }
        Route::Room(_) | Route::Broadcast if is_preflight(request)? => Ok(reply::preflight()?),
        Route::Broadcast => broadcast(request, env, context, config, url, credentials).await,
        Route::Room(address) => {
            api(request, env, context, config, url, credentials, &address).await
        }
    }
}

fn health(request: &Request) -> std::result::Result<Response, Refused> {
    #[derive(Serialize)]
    struct Health {
        status: &'static str,
        version: &'static str,
    }
    allow(request, Method::Get, "GET")?;
    Ok(reply::json(&Health { status: "ok", version: env!("CARGO_PKG_VERSION") })?)
}

/// Holds back an address that connects too often, if the deployment has a binding for that.
async fn hold_back(request: &Request, env: &Env) -> std::result::Result<(), Refused> {
    // The binding is optional: without it everybody may connect as often as they like.
    let Ok(limiter) = env.rate_limiter("CONNECTION_LIMITER") else { return Ok(()) };
    let address = request.headers().get("cf-connecting-ip")?.unwrap_or_default();
    if limiter.limit(address).await?.success {
        return Ok(());
    }
    let detail = "Your address has connected too often: wait a minute.";
    Err(Problem::new(ErrorCode::RateLimited, detail).into())
}

/// Brings a client into a room.
async fn enter(
    env: &Env,
    context: &Context,
    config: &Config,
    url: &Url,
    credentials: &Credentials,
    address: &RoomAddress,
) -> std::result::Result<Response, Refused> {
    let id = match query(url, &["_pk"]) {
        Some(id) => id,
        None => bindings::random_uuid().map_err(worker::Error::from)?,
    };
    let id = ConnectionId::parse(id).map_err(|fault| {
        Problem::new(ErrorCode::InvalidIdentity, format!("Cannot let you in: {fault}."))
    })?;
    let claimed = Claimed {
        user_id: query(url, &["userId"]),
        username: query(url, &["username", "userName"]),
        session_id: query(url, &["sessionId"]),
    };
    let backend = config.parties.get(&address.party).and_then(Party::authorize);
    let grant = match (backend, &credentials.token) {
        (Some(backend), Some(token)) => {
            let (party, room) = (&address.party, &address.room);
            let question = Question { party, room, token, connection: &id };
            admission::may_join(authorize::ask(backend, &question).await?)?
        }
        _ => {
            let token = check(config, context, credentials).await;
            admission::admit(config, &address.room, token, &claimed, &id)?
        }
    };
    let batch = query(url, &["batch"]).is_some_and(|batch| batch == "1");
    let since = url.query_pairs().find(|(key, _)| key == "since");
    let entrance = Entrance {
        connection: Connection::new(id, grant, batch),
        since: since.map(|(_, since)| since.into_owned()),
        subprotocol: credentials.subprotocol.clone(),
    };
    Ok(object(env, address)?.fetch_with_request(entrance.request()?).await?)
}

/// What the HTTP API does with a room.
enum Call {
    Publish,
    Moderate(Action),
    Audit,
    Query(Query),
    Export,
    Erase(UserId),
    Wipe,
    Replay,
}

impl Call {
    const fn capability(&self) -> Capability {
        match self {
            Self::Query(query) => query.capability(),
            Self::Erase(_) | Self::Wipe => Capability::Erase,
            Self::Publish => Capability::Broadcast,
            Self::Moderate(action) => action.capability(),
            Self::Audit | Self::Export => Capability::Export,
            Self::Replay => Capability::Webhooks,
        }
    }
}

fn call(request: &Request, url: &Url, below: &str) -> std::result::Result<Call, Refused> {
    match below {
        "" if request.method() == Method::Delete => Ok(Call::Wipe),
        "" if request.method() == Method::Get => {
            let detail = "Connect with a WebSocket, or POST an event.";
            Err(Problem::new(ErrorCode::UpgradeRequired, detail).into())
        }
        "" => allow(request, Method::Post, "GET, POST, DELETE").map(|()| Call::Publish),
        "broadcast" => allow(request, Method::Post, "POST").map(|()| Call::Publish),
        "audit" => allow(request, Method::Get, "GET").map(|()| Call::Audit),
        "export" => allow(request, Method::Get, "GET").map(|()| Call::Export),
        "webhooks/replay" => allow(request, Method::Post, "POST").map(|()| Call::Replay),
        other => match Action::find(other) {
            Some(action) => allow(request, Method::Post, "POST").map(|()| Call::Moderate(action)),
            None => match other.strip_prefix("users/") {
                Some(user) => {
                    allow(request, Method::Delete, "DELETE")?;
                    Ok(Call::Erase(user_id(user)?))
                }
                None => {
                    let query = Query::find(other, url.query_pairs())?;
                    allow(request, Method::Get, "GET").map(|()| Call::Query(query))
                }
            },
        },
    }
}

/// A user's id as a segment of a path.
fn user_id(segment: &str) -> std::result::Result<UserId, Refused> {
    let invalid = |fault: String| {
        Problem::new(ErrorCode::InvalidIdentity, format!("Cannot name this user: {fault}."))
    };
    let text = percent_decode_str(segment).decode_utf8().map_err(|e| invalid(e.to_string()))?;
    Ok(UserId::parse(text).map_err(|fault| invalid(fault.to_string()))?)
}

/// Answers a call of the HTTP API.
async fn api(
    request: &mut Request,
    env: &Env,
    context: &Context,
    config: &Config,
    url: &Url,
    credentials: &Credentials,
    address: &RoomAddress,
) -> std::result::Result<Response, Refused> {
    let call = call(request, url, &address.below)?;
    let (caller, read) = caller(request, context, config, url, credentials).await?;
    let actor = caller.may(&address.room, call.capability())?;
    let errand = match call {
        Call::Audit => handoff::audit_request(),
        Call::Export => handoff::export_request(),
        Call::Erase(user) => handoff::erase_request(&user, &actor),
        Call::Wipe => handoff::wipe_request(),
        Call::Query(_) => handoff::query_request(&address.below, url.query()),
        Call::Publish => {
            let body = json_body(request, config, read).await?;
            let key = idempotency(request, &body)?;
            // Read here as well, so that what is no event wakes nobody.
            Publication::parse(&body, &config.limits)?;
            PublishRequests::new(&body, key.as_ref()).and_then(|requests| requests.next())
        }
        Call::Replay => {
            let body = json_body(request, config, read).await?;
            Replay::parse(&body)?;
            handoff::replay_request(&body)
        }
        Call::Moderate(action) => {
            let body = json_body(request, config, read).await?;
            handoff::moderate_request(action, &actor, &body)
        }
    };
    Ok(object(env, address)?.fetch_with_request(errand?).await?)
}

/// Publishes in several rooms at once. What goes wrong in one of them stands in its place in the answer.
async fn broadcast(
    request: &mut Request,
    env: &Env,
    context: &Context,
    config: &Config,
    url: &Url,
    credentials: &Credentials,
) -> std::result::Result<Response, Refused> {
    #[derive(Serialize)]
    struct Answers {
        results: Vec<RoomAnswer>,
    }
    allow(request, Method::Post, "POST")?;
    let (caller, read) = caller(request, context, config, url, credentials).await?;
    let body = json_body(request, config, read).await?;
    let key = idempotency(request, &body)?;
    let Broadcast { rooms, publication } = Broadcast::parse(&body, config)?;
    let body = serde_json::to_vec(&publication).map_err(worker::Error::from)?;
    let requests = PublishRequests::new(&body, key.as_ref())?;
    let answers = rooms.into_iter().map(|room| publish_in(env, config, &caller, room, &requests));
    Ok(reply::json(&Answers { results: join_all(answers).await })?)
}

/// Publishes in one room of several.
async fn publish_in(
    env: &Env,
    config: &Config,
    caller: &Caller,
    target: Target,
    requests: &PublishRequests,
) -> RoomAnswer {
    let address = target.address(config).and_then(|address| {
        caller.may(&address.room, Capability::Broadcast)?;
        Ok(address)
    });
    let address = match address {
        Ok(address) => address,
        Err(problem) => return RoomAnswer::refused(target, &problem),
    };
    let answer = async {
        let mut answer = object(env, &address)?.fetch_with_request(requests.next()?).await?;
        Ok::<_, worker::Error>((answer.status_code() == 200, answer.text().await?))
    };
    match answer.await {
        Ok((ok, body)) => RoomAnswer::new(target, ok, body),
        Err(error) => {
            log::error("broadcast", Some(&address.object_name()), &error.to_string());
            let detail = "The room could not be asked. Try again.";
            RoomAnswer::refused(target, &Problem::new(ErrorCode::Internal, detail))
        }
    }
}

/// Who calls: by a signature, if there is one, which has the body read; otherwise by a key or a token.
async fn caller(
    request: &mut Request,
    context: &Context,
    config: &Config,
    url: &Url,
    credentials: &Credentials,
) -> std::result::Result<(Caller, Option<Vec<u8>>), Refused> {
    let headers = request.headers();
    let signature =
        Signature::find(headers.get("x-signature-timestamp")?, headers.get("x-signature")?);
    let Some(signature) = signature else {
        let token = check(config, context, credentials).await;
        return Ok((admission::caller(config, credentials, token)?, None));
    };
    let body = read_body(request, config.limits.body_bytes).await?;
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let method = request.method().to_string();
    let signed = signature::Request { method: &method, path: &path, body: &body };
    let key = config.broadcast_key.as_ref();
    signature.check(key, signed, now(), config.limits.signature_ms)?;
    Ok((Caller::Backend, Some(body)))
}

/// What a publishing call is to be known by, if it says.
fn idempotency(
    request: &Request,
    body: &[u8],
) -> std::result::Result<Option<Idempotency>, Refused> {
    let header = request.headers().get("idempotency-key")?;
    Ok(header.map(|header| Idempotency::parse(&header, body)).transpose()?)
}

/// The body of a request that has to be JSON, unless it was read already. It is parsed by whom it is for.
async fn json_body(
    request: &mut Request,
    config: &Config,
    read: Option<Vec<u8>>,
) -> std::result::Result<Vec<u8>, Refused> {
    let media_type = request.headers().get("content-type")?.unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        let detail = "Send \"Content-Type: application/json\".";
        return Err(Problem::new(ErrorCode::UnsupportedMediaType, detail).into());
    }
    match read {
        Some(body) => Ok(body),
        None => read_body(request, config.limits.body_bytes).await,
    }
}

async fn check(config: &Config, context: &Context, credentials: &Credentials) -> Checked {
    let token = credentials.token.as_deref()?;
    Some(tokens::verify(config, token, |work| context.wait_until(work)).await)
}

fn object(env: &Env, address: &RoomAddress) -> Result<worker::Stub> {
    env.durable_object("ROOMS")?.get_by_name(&address.object_name())
}

/// Reads a body of `limit` bytes at most.
async fn read_body(request: &mut Request, limit: usize) -> std::result::Result<Vec<u8>, Refused> {
    let too_large = || {
        let detail = format!("A body may have {limit} bytes at most.");
        Refused::from(Problem::new(ErrorCode::BodyTooLarge, detail))
    };
    let declared = request.headers().get("content-length")?;
    let declared = declared.and_then(|length| length.parse::<usize>().ok());
    if declared.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    if request.inner().body().is_none() {
        return Ok(Vec::new());
    }
    body::read(request.stream()?, limit).await.map_err(|unread| match unread {
        Unread::TooLarge => too_large(),
        Unread::Broken(error) => error.into(),
    })
}

fn allow(
    request: &Request,
    method: Method,
    methods: &'static str,
) -> std::result::Result<(), Refused> {
    if request.method() == method {
        return Ok(());
    }
    let detail = format!("This address has {methods} only.");
    let problem = Problem::new(ErrorCode::MethodNotAllowed, detail);
    Err(Refused { problem, allow: Some(methods) })
}

/// Whether a browser asks beforehand what a page may send.
fn is_preflight(request: &Request) -> Result<bool> {
    let asks = request.headers().get("access-control-request-method")?.is_some();
    Ok(request.method() == Method::Options && asks)
}

fn is_upgrade(request: &Request) -> Result<bool> {
    let upgrade = request.headers().get("upgrade")?;
    Ok(upgrade.is_some_and(|protocol| protocol.eq_ignore_ascii_case("websocket")))
}

fn credentials(request: &Request, url: &Url) -> Result<Credentials> {
    Ok(Credentials::find(
        request.headers().get("authorization")?.as_deref(),
        request.headers().get("sec-websocket-protocol")?.as_deref(),
        query(url, &["token"]).as_deref(),
    ))
}

/// The first value of the first of these parameters that is there and not empty.
fn query(url: &Url, names: &[&str]) -> Option<String> {
    let value =
        |name: &&str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value);
    names.iter().find_map(value).filter(|value| !value.is_empty()).map(Cow::into_owned)
}
