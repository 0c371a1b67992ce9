//! What is said of the routes of the deployment.

use serde_json::{Value, json};

use super::operation::{Access, Body, Operation, Success};
use super::rooms::{idempotency_key, publication};
use super::schemas::Schemas;
use crate::access::Capability;
use crate::api::{DeploymentOperation, Health, Route};
use crate::codes::ErrorCode;
use crate::directory::{DirectoryPage, RoomsAnswer, Stats};
use crate::ids::{MAX_CHARS, NO_CONTROL_CHARACTERS};
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
        DeploymentOperation::Directory(page) => directory(page, schemas),
    }
}

/// Describes what the directory is asked.
fn directory(page: DirectoryPage, schemas: &mut Schemas) -> Operation {
    let (id, summary, description, success) = match page {
        DirectoryPage::Rooms => (
            "rooms",
            "Which rooms are live",
            "Rooms that somebody is in, or in which something happened in the last 10 minutes, or whose webhooks wait or were given up. \
             Rooms report every few seconds, so this is a little behind.",
            Success::json(
                "A page.",
                schemas.answer::<RoomsAnswer>(),
                json!({ "rooms": [{
                    "party": "chatroom", "room": "lobby", "connections": 3, "users": 2,
                    "since": 1_760_000_000_000_u64, "lastActivity": 1_760_000_060_000_u64,
                    "activity": vec![0; 30], "webhooks": { "waiting": 0, "dead": 0 },
                }] }),
            ),
        ),
        DirectoryPage::Stats => (
            "stats",
            "The numbers of the deployment",
            "Now, since the deployment is there, and minute by minute.",
            Success::json(
                "The numbers.",
                schemas.answer::<Stats<'_>>(),
                json!({
                    "serverTime": 1_760_000_060_000_u64,
                    "totals": { "rooms": 0, "connections": 0, "users": 0, "webhooks": { "waiting": 0, "dead": 0 } },
                    "parties": {}, "minutes": [],
                }),
            ),
        ),
        DirectoryPage::Metrics => (
            "metrics",
            "The numbers for Prometheus",
            "The text format 0.0.4.",
            Success {
                status: 200,
                description: "The numbers.",
                content: Some((
                    "text/plain",
                    json!({ "type": "string" }),
                    json!("durable_rooms_connections{party=\"chatroom\"} 3\n"),
                )),
            },
        ),
    };
    let parameters = match page {
        DirectoryPage::Rooms => rooms_parameters(),
        DirectoryPage::Stats | DirectoryPage::Metrics => vec![],
    };
    let mut codes = vec![ErrorCode::NotEnabled, ErrorCode::DirectoryUnavailable];
    if page == DirectoryPage::Rooms {
        codes.push(ErrorCode::InvalidFrame);
    }
    Operation {
        id,
        tag: "Operation",
        summary,
        description: description.into(),
        access: Access::Everywhere(Capability::Metrics),
        parameters,
        body: None,
        success,
        codes,
    }
}

fn rooms_parameters() -> Vec<Value> {
    let parameter = |name: &str, description: &str, schema: Value| json!({ "name": name, "in": "query", "required": false, "description": description, "schema": schema });
    vec![
        parameter(
            "party",
            "The rooms of one party alone.",
            json!({ "type": "string", "minLength": 1, "maxLength": MAX_CHARS, "pattern": NO_CONTROL_CHARACTERS }),
        ),
        parameter(
            "after",
            "`next` of the page before. With `sort=name` alone.",
            json!({ "type": "string" }),
        ),
        parameter(
            "limit",
            "How many: 50 if left out; more than 300 is answered with 300.",
            json!({ "type": "integer", "minimum": 1, "maximum": u32::MAX }),
        ),
        parameter(
            "sort",
            "The order: by name, from page to page; or those with the most connections or the most activity first.",
            json!({ "type": "string", "enum": ["name", "connections", "activity"], "default": "name" }),
        ),
    ]
}
