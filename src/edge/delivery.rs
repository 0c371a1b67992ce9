//! Brings what a room has to tell somebody else: a webhook by POST, an event to another room's object. Once: whether it is
//! tried again is for the room to say.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use worker::{Delay, Env};

use super::handoff::PublishRequests;
use super::{log, now, outbound};
use crate::access::backend_url::BackendUrl;
use crate::config::LogLevel;
use crate::ids::{PartyName, RoomName};
use crate::publish::Idempotency;
use crate::relay::Source;
use crate::room::{Delivery, Outcome, Transport};
use crate::route::object_name;

/// What comes of one attempt. `room` is whose it is, for the log.
pub(super) async fn attempt(
    env: &Env,
    delivery: &Delivery,
    timeout_ms: u64,
    level: LogLevel,
    room: Option<&str>,
) -> Outcome {
    let Delivery { id, by, body } = delivery;
    let (whom, outcome) = match by {
        Transport::Webhook { url, timestamp, signature } => {
            let timestamp = timestamp.to_string();
            let headers = [
                ("webhook-id", id.as_str()),
                ("webhook-timestamp", &timestamp),
                ("webhook-signature", signature),
            ];
            (url.host().to_owned(), post(url, body, &headers, timeout_ms).await)
        }
        Transport::Event { party, room, source, key } => {
            let publishing = pin!(publish(env, party, room, source, key, body));
            let patience = pin!(Delay::from(Duration::from_millis(timeout_ms)));
            let outcome = match select(publishing, patience).await {
                Either::Left((outcome, _)) => outcome,
                Either::Right(_) => {
                    Outcome::unanswered(format!("did not answer within {timeout_ms} ms"))
                }
            };
            (object_name(party, room), outcome)
        }
    };
    if let Outcome::Failed { error, .. } = &outcome {
        log::info(level, "delivery-failed", room, &format!("{whom} {error}"));
    }
    outcome
}

async fn post(url: &BackendUrl, body: &str, headers: &[(&str, &str)], timeout_ms: u64) -> Outcome {
    match outbound::tell(url, body, headers, timeout_ms).await {
        Ok(head) => Outcome::of_answer(head.status, head.retry_after.as_deref(), now()),
        Err(error) => Outcome::unanswered(error),
    }
}

async fn publish(
    env: &Env,
    party: &PartyName,
    room: &RoomName,
    source: &Source,
    key: &Idempotency,
    body: &str,
) -> Outcome {
    let answer = async {
        let request = PublishRequests::relayed(body, key, source)?.next()?;
        let object = env.durable_object("ROOMS")?.get_by_name(&object_name(party, room))?;
        let mut answer = object.fetch_with_request(request).await?;
        // Read to its end, and of no interest.
        drop(answer.bytes().await);
        Ok::<_, worker::Error>(answer.status_code())
    };
    match answer.await {
        Ok(status) => Outcome::of_answer(status, None, now()),
        Err(_) => Outcome::unanswered("could not be reached"),
    }
}
