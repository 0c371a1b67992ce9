//! What is said of the routes of the deployment.

use serde_json::json;

use super::operation::{Access, Body, Operation, Success};
use super::rooms::{idempotency_key, publication};
use super::schemas::Schemas;
use crate::access::Capability;
use crate::api::{DeploymentOperation, Health, Route};
use crate::codes::ErrorCode;
use crate::publish::{BroadcastAnswer, Rooms};

/// Describes a route.
pub(super) fn describe(route: &Route<DeploymentOperation>, schemas: &mut Schemas) -> Operation {
    match route.operation {
        DeploymentOperation::Health => Operation {
            id: "health",
            tag: "Operation",
            summary: "Whether the server is there",
            description: "Wakes no room.".into(),
            access: Access::Open,
            parameters: vec![],
            body: None,
            success: Success::json(
                "It is.",
                schemas.answer::<Health>(),
                json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }),
            ),
            codes: vec![],
        },
        DeploymentOperation::Broadcast => Operation {
            id: "broadcast",
            tag: "Publishing",
            summary: "Publish in several rooms",
            description: "The same event, or events, in 1 to 100 rooms at once. A room that fails has a `problem` in its place, and does not \
                fail the others: look at each."
                .into(),
            access: Access::EachRoom(Capability::Broadcast),
            parameters: vec![idempotency_key()],
            body: Some(Body {
                schema: json!({ "allOf": [schemas.request::<Rooms>(), publication(schemas)] }),
                examples: vec![
                    ("event", "An event", json!({
                        "rooms": [{ "room": "p1" }, { "party": "chatroom", "room": "lobby" }],
                        "type": "TASK_DELETED", "payload": { "taskId": "t2" },
                    })),
                    ("events", "Several events", json!({
                        "rooms": [{ "room": "p1" }],
                        "events": [{ "type": "TASK_DELETED", "payload": { "taskId": "t2" } }],
                    })),
                ],
            }),
            success: Success::json(
                "What became of it in each room.",
                schemas.answer::<BroadcastAnswer>(),
                json!({ "results": [
                    { "party": "main", "room": "p1", "results": [{ "id": "0b9d21c6-8f0e-4a57-9d6e-5b1f8f6f3c11", "delivered": 4 }] },
                    { "party": "chatroom", "room": "lobby", "results": [{ "id": "5e7ab3f0-04c1-4a0c-8a39-2a6f7b8c9d10", "delivered": 0 }] },
                ] }),
            ),
            codes: vec![ErrorCode::InvalidEvent, ErrorCode::InvalidIdempotencyKey],
        },
    }
}
