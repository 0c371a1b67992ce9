//! A request at the edge: find its route, and hand it to whoever serves that.
//!
//! Whoever is not let in never wakes an object.

use worker::{Context, Env, Method, Request, Response, Result, event};

use super::address::Address;
use super::{api, directory, entrance, log, reply, settings};
use crate::access::credentials::Credentials;
use crate::api::Refused;
use crate::codes::ErrorCode;
use crate::config::Config;
use crate::problem::Problem;
use crate::route::{self, RoomAddress, Route};

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// Where and with what a request was made, but for the request itself, whose body can be read only once.
pub(super) struct Visit<'a> {
    pub(super) env: &'a Env,
    pub(super) context: &'a Context,
    pub(super) config: &'a Config,
    pub(super) url: &'a Address,
    pub(super) credentials: &'a Credentials,
}

#[event(fetch)]
async fn fetch(mut request: Request, env: Env, context: Context) -> Result<Response> {
    let url = Address::of(&request)?;
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
        let visit = Visit {
            env: &env,
            context: &context,
            config: &config,
            url: &url,
            credentials: &credentials,
        };
        respond(&mut request, &visit).await
    };
    let response = match outcome {
        Ok(response) => response,
        Err(refused) => {
            // The path names the room; the query, which may hold a token, stays out.
            let code = refused.problem.code.as_str();
            log::info(config.log_level, "refused", Some(url.path()), code);
            directory::count_refusal(&env, &context, refused.problem.code);
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
        reply::problem(problem, refused.allow.as_deref())
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
    visit: &Visit<'_>,
) -> std::result::Result<Response, Refused> {
    match route::find(visit.url.path(), visit.config)? {
        Route::Room(address) if is_upgrade(request)? => {
            entrance::enter(request, visit, &address).await
        }
        _ if is_preflight(request)? => Ok(reply::preflight()?),
        Route::Room(address) => api::of_room(request, visit, &address).await,
        Route::Deployment(path) => api::of_deployment(request, visit, &path).await,
    }
}

impl Visit<'_> {
    /// The object of a room.
    pub(super) fn object(&self, address: &RoomAddress) -> Result<worker::Stub> {
        self.env.durable_object("ROOMS")?.get_by_name(&address.object_name())
    }
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

fn credentials(request: &Request, url: &Address) -> Result<Credentials> {
    Ok(Credentials::find(
        request.headers().get("authorization")?.as_deref(),
        request.headers().get("sec-websocket-protocol")?.as_deref(),
        url.parameter(&["token"]).as_deref(),
    ))
}
