//! How a socket comes in: who it is, and what it may do, is decided before its room is woken.

use worker::{Request, Response};

use super::handoff::Entrance;
use super::worker::Visit;
use super::{authorize, bindings, caller};
use crate::access::admission::{self, Claimed};
use crate::access::authorize::Question;
use crate::api::Refused;
use crate::codes::ErrorCode;
use crate::config::Party;
use crate::ids::ConnectionId;
use crate::problem::Problem;
use crate::room::Connection;
use crate::route::RoomAddress;

/// Brings a client into a room.
pub(super) async fn enter(
    request: &Request,
    visit: &Visit<'_>,
    address: &RoomAddress,
) -> Result<Response, Refused> {
    hold_back(request, visit).await?;
    let Visit { config, credentials, .. } = visit;
    let id = match visit.url.parameter(&["_pk"]) {
        Some(id) => id,
        None => bindings::random_uuid().map_err(worker::Error::from)?,
    };
    let id = ConnectionId::parse(id).map_err(|fault| {
        Problem::new(ErrorCode::InvalidIdentity, format!("Cannot let you in: {fault}."))
    })?;
    let claimed = Claimed {
        user_id: visit.url.parameter(&["userId"]),
        username: visit.url.parameter(&["username", "userName"]),
        session_id: visit.url.parameter(&["sessionId"]),
    };
    let party = config.parties.get(&address.party);
    let backend = party.and_then(Party::authorize);
    let grant = match (backend, &credentials.token) {
        _ if let Some(observer) = admission::observer(config, credentials) => observer,
        (Some(backend), Some(token)) => {
            let (party, room) = (&address.party, &address.room);
            let question = Question { party, room, token, connection: &id };
            admission::may_join(authorize::ask(backend, &question).await?)?
        }
        _ => {
            let token = caller::token(visit).await;
            admission::admit(config, &address.room, token, &claimed, &id)?
        }
    };
    let batch = visit.url.parameter(&["batch"]).is_some_and(|batch| batch == "1");
    let since = visit.url.parameters().find(|(key, _)| key == "since");
    let entrance = Entrance {
        connection: Connection::new(id, grant, batch),
        since: since.map(|(_, since)| since.into_owned()),
        subprotocol: credentials.subprotocol.clone(),
        compress: party.is_some_and(|party| party.shared.compression),
    };
    Ok(visit.object(address)?.fetch_with_request(entrance.request()?).await?)
}

/// Holds back an address that connects too often, if the deployment has a binding for that.
async fn hold_back(request: &Request, visit: &Visit<'_>) -> Result<(), Refused> {
    // The binding is optional: without it everybody may connect as often as they like.
    let Ok(limiter) = visit.env.rate_limiter("CONNECTION_LIMITER") else { return Ok(()) };
    let address = request.headers().get("cf-connecting-ip")?.unwrap_or_default();
    if limiter.limit(address).await?.success {
        return Ok(());
    }
    let detail = "Your address has connected too often: wait a minute.";
    Err(Problem::new(ErrorCode::RateLimited, detail).into())
}
