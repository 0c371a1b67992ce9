//! The description of the HTTP API: OpenAPI 3.1, and the same for people. Made natively, by a test, into files that are
//! checked in; nothing of this is in the Worker.
//!
//! Routes come from [`table`], bodies and parameters from the types that read and write them, codes from
//! [`crate::codes`]. What is written here by hand is what a reader wants to know beside that.

mod answers;
mod deployment;
mod markdown;
mod operation;
mod rooms;
mod schemas;

use serde_json::{Map, Value, json};

pub use markdown::markdown;

use super::table;
use operation::Operation;
use schemas::Schemas;

/// The groups of routes, in the order of the page for people.
const TAGS: [(&str, &str); 6] = [
    ("Rooms", "Rooms exist as soon as somebody names them."),
    ("Publishing", "A backend tells those who are in a room what has happened."),
    ("Reading", "What clients can ask over their socket, without one."),
    ("Moderation", "Keeping a room in order. What is done goes into the room's audit trail."),
    ("Data", "Everything of a room or of a user, out or gone."),
    ("Operation", "For those who run the server."),
];

const ABOUT: &str = "\
A room is at `/parties/{party}/{room}`; `/party/{room}` is short for `/parties/main/{room}`, here and in every address below it. \
Names in addresses are percent-encoded. Fields and parameters that are not known are ignored.\n\n\
Calls are authorised by the key of the backend, by a token with the capability that the call needs, or by a signature made with the key. \
What is refused is answered with a problem document (RFC 9457) whose `code` is stable.";

/// The description as an OpenAPI document.
pub fn openapi() -> Value {
    let mut schemas = Schemas::default();
    let mut paths = Map::new();
    for route in table::DEPLOYMENT {
        let operation = deployment::describe(route, &mut schemas);
        add(&mut paths, format!("/{}", route.path), route.method, operation, &mut schemas);
    }
    for route in table::ROOM {
        let operation = rooms::describe(route, &mut schemas);
        let slash = if route.path.is_empty() { "" } else { "/" };
        let path = format!("{ROOM}{slash}{}", route.path);
        add(&mut paths, path, route.method, operation, &mut schemas);
    }
    let tags = TAGS.map(|(name, description)| json!({ "name": name, "description": description }));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "durable-rooms",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The HTTP API of a real-time room server.",
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [
            { "url": "/", "description": "The server that this document comes from" },
            { "url": "http://localhost:8787", "description": "npm start" },
        ],
        "tags": tags,
        "security": operation::SECURED.map(operation::requirement),
        "paths": paths,
        "components": {
            "responses": schemas.take_responses(),
            "schemas": schemas.into_definitions(),
            "parameters": rooms::parameters(),
            "securitySchemes": security_schemes(),
        },
    })
}

/// The address of a room.
const ROOM: &str = "/parties/{party}/{room}";

fn add(
    paths: &mut Map<String, Value>,
    path: String,
    method: table::Method,
    operation: Operation,
    schemas: &mut Schemas,
) {
    let item = paths.entry(path).or_insert_with(|| json!({}));
    if let Some(item) = item.as_object_mut() {
        item.insert(method.as_str().to_ascii_lowercase(), operation.into_json(schemas));
    }
}

fn security_schemes() -> Value {
    json!({
        "bearer": {
            "type": "http", "scheme": "bearer",
            "description": "The key of the backend (`BROADCAST_KEY`), which may do everything, or a token (JWT) whose claim `rooms` grants the capability.",
        },
        "signature": {
            "type": "apiKey", "in": "header", "name": "X-Signature",
            "description": "`v1=` and, in hexadecimal digits, the HMAC-SHA256 by the key of the backend of `<X-Signature-Timestamp>.<METHOD>.<path with query>.<SHA-256 of the body in hexadecimal digits>`.",
        },
        "signatureTimestamp": {
            "type": "apiKey", "in": "header", "name": "X-Signature-Timestamp",
            "description": "When the request was signed, in seconds since the Unix epoch. It may be 300 seconds off.",
        },
        "token": {
            "type": "apiKey", "in": "query", "name": "token",
            "description": "A token, for sockets: browsers cannot set headers on them.",
        },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value.as_str() {
                        Some(target) if name == "$ref" => drop(found.insert(target.to_owned())),
                        _ => references(value, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    #[test]
    fn every_route_is_described_and_nothing_else() {
        let routes = table::ROOM.len() + table::DEPLOYMENT.len();
        let document = openapi();
        let items = document["paths"].as_object().unwrap().values();
        let operations: Vec<&Value> =
            items.flat_map(|item| item.as_object().unwrap().values()).collect();
        assert_eq!(operations.len(), routes);
        let ids: BTreeSet<_> = operations.iter().map(|one| one["operationId"].as_str()).collect();
        assert_eq!(ids.len(), routes, "every operation has a name of its own");
        for operation in operations {
            for field in ["summary", "description", "tags", "responses"] {
                assert!(!operation[field].is_null(), "{field} of {operation}");
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_schema_is_used() {
        let document = openapi();
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        for target in &found {
            let pointer = target.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{target}");
        }
        for name in document["components"]["schemas"].as_object().unwrap().keys() {
            assert!(found.contains(&format!("#/components/schemas/{name}")), "{name}");
        }
    }
}
