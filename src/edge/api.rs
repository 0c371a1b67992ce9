//! The HTTP API: `crate::api` says what a request asks for, this has it done.

use futures_util::future::join_all;
use worker::{Request, Response};

use super::handoff::{self, PublishRequests};
use super::worker::Visit;
use super::{body, caller, directory, log, reply};
use crate::access::Capability;
use crate::access::admission::Caller;
use crate::api::call::wants_a_socket;
use crate::api::{Call, DeploymentOperation, Health, Refused, table};
use crate::codes::ErrorCode;
use crate::problem::Problem;
use crate::publish::{Broadcast, BroadcastAnswer, Idempotency, Publication, RoomAnswer, Target};
use crate::room::Replay;
use crate::route::RoomAddress;

/// Answers a request that is not about one room.
pub(super) async fn of_deployment(
    request: &mut Request,
    visit: &Visit<'_>,
    path: &str,
) -> Result<Response, Refused> {
    let (operation, _) = table::find(table::DEPLOYMENT, &method(request), path)?;
    match operation {
        DeploymentOperation::Health => Ok(reply::json(&Health::OK)?),
        DeploymentOperation::Broadcast => broadcast(request, visit).await,
        DeploymentOperation::Directory(page) => {
            let (caller, _) = caller::find(request, visit).await?;
            caller.may_everywhere(Capability::Metrics)?;
            Ok(directory::answer(visit.env, visit.config, page, visit.url).await?)
        }
    }
}

/// Answers a request about a room.
pub(super) async fn of_room(
    request: &mut Request,
    visit: &Visit<'_>,
    address: &RoomAddress,
) -> Result<Response, Refused> {
    let (operation, segment) = table::find(table::ROOM, &method(request), &address.below)?;
    let capability = operation.capability().ok_or_else(wants_a_socket)?;
    let (caller, read) = caller::find(request, visit).await?;
    let actor = caller.may(&address.room, capability)?;
    let limits = &visit.config.limits;
    let errand = match Call::read(operation, segment, visit.url.parameters())? {
        Call::Audit => handoff::audit_request(),
        Call::Export => handoff::export_request(),
        Call::Erase(user) => handoff::erase_request(&user, &actor),
        Call::Wipe => handoff::wipe_request(),
        Call::Ask(_) => handoff::query_request(&address.below, visit.url.query()),
        Call::Publish => {
            let body = body::json(request, limits.body_bytes, read).await?;
            let key = idempotency(request, &body)?;
            // Read here as well, so that what is no event wakes nobody.
            Publication::parse(&body, limits)?;
            PublishRequests::new(&body, key.as_ref()).and_then(|requests| requests.next())
        }
        Call::Replay => {
            let body = body::json(request, limits.body_bytes, read).await?;
            Replay::parse(&body)?;
            handoff::replay_request(&body)
        }
        Call::Moderate(action) => {
            let body = body::json(request, limits.body_bytes, read).await?;
            handoff::moderate_request(action, &actor, &body)
        }
    };
    Ok(visit.object(address)?.fetch_with_request(errand?).await?)
}

/// Publishes in several rooms at once. What goes wrong in one of them stands in its place in the answer.
async fn broadcast(request: &mut Request, visit: &Visit<'_>) -> Result<Response, Refused> {
    let (caller, read) = caller::find(request, visit).await?;
    let body = body::json(request, visit.config.limits.body_bytes, read).await?;
    let key = idempotency(request, &body)?;
    let Broadcast { rooms, publication } = Broadcast::parse(&body, visit.config)?;
    let body = serde_json::to_vec(&publication).map_err(worker::Error::from)?;
    let requests = PublishRequests::new(&body, key.as_ref())?;
    let answers = rooms.into_iter().map(|room| publish_in(visit, &caller, room, &requests));
    Ok(reply::json(&BroadcastAnswer { results: join_all(answers).await })?)
}

/// Publishes in one room of several.
async fn publish_in(
    visit: &Visit<'_>,
    caller: &Caller,
    target: Target,
    requests: &PublishRequests,
) -> RoomAnswer {
    let address = target.address(visit.config).and_then(|address| {
        caller.may(&address.room, Capability::Broadcast)?;
        Ok(address)
    });
    let address = match address {
        Ok(address) => address,
        Err(problem) => return RoomAnswer::refused(target, &problem),
    };
    let answer = async {
        let mut answer = visit.object(&address)?.fetch_with_request(requests.next()?).await?;
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

/// What a publishing call is to be known by, if it says.
fn idempotency(request: &Request, body: &[u8]) -> Result<Option<Idempotency>, Refused> {
    let header = request.headers().get("idempotency-key")?;
    Ok(header.map(|header| Idempotency::parse(&header, body)).transpose()?)
}

/// The method as it stands in the request: the SDK takes one that it does not know for GET.
fn method(request: &Request) -> String {
    request.inner().method()
}
