//! What is said of an operation, and how that is written in OpenAPI.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::schemas::Schemas;
use crate::access::Capability;
use crate::codes::ErrorCode;
use crate::problem::{Document, Problem};

/// The ways to authorise a call.
pub(super) const SECURED: [&[&str]; 2] = [&["bearer"], &["signature", "signatureTimestamp"]];
/// The ways to authorise a socket, which may also come without.
const ENTERING: [&[&str]; 3] = [&[], &["bearer"], &["token"]];

/// One of the ways, in OpenAPI.
pub(super) fn requirement(schemes: &[&str]) -> Value {
    schemes.iter().map(|scheme| ((*scheme).to_owned(), json!([]))).collect::<Map<_, _>>().into()
}

/// Who may.
pub(super) enum Access {
    /// Everybody.
    Open,
    /// Who is let into the room.
    Entering,
    /// Who may do this in the room.
    Room(Capability),
    /// Who may do this in each of the rooms that the body names.
    EachRoom(Capability),
    /// Who may do this in every room that there could be.
    Everywhere(Capability),
}

/// An answer that is not a problem.
pub(super) struct Success {
    pub(super) status: u16,
    pub(super) description: &'static str,
    /// Media type, schema and example.
    pub(super) content: Option<(&'static str, Value, Value)>,
}

impl Success {
    /// JSON of this schema.
    pub(super) fn json(description: &'static str, schema: Value, example: Value) -> Self {
        Self { status: 200, description, content: Some(("application/json", schema, example)) }
    }

    /// Nothing but the status.
    pub(super) fn bare(status: u16, description: &'static str) -> Self {
        Self { status, description, content: None }
    }
}

/// A body that has to be sent.
pub(super) struct Body {
    pub(super) schema: Value,
    /// Name, what it shows, and the body.
    pub(super) examples: Vec<(&'static str, &'static str, Value)>,
}

/// What there is to say.
pub(super) struct Operation {
    pub(super) id: &'static str,
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: String,
    pub(super) access: Access,
    pub(super) parameters: Vec<Value>,
    pub(super) body: Option<Body>,
    pub(super) success: Success,
    /// Beside those that follow from what is said above.
    pub(super) codes: Vec<ErrorCode>,
}

impl Operation {
    /// As an operation object.
    pub(super) fn into_json(self, schemas: &mut Schemas) -> Value {
        let Self { id, tag, summary, mut description, access, parameters, body, success, .. } =
            self;
        let mut codes = self.codes;
        let mut fields = Map::new();
        codes.push(ErrorCode::Misconfigured);
        match access {
            Access::Open => drop(fields.insert("security".into(), json!([]))),
            Access::Entering => {
                fields.insert("security".into(), ENTERING.map(requirement).into());
                codes.extend(ROOM_CODES);
            }
            Access::Room(capability) => {
                let name = capability.as_str();
                description.push_str(&format!(" Needs the capability `{name}`."));
                fields.insert("x-capability".into(), name.into());
                codes.extend(ROOM_CODES);
                codes.extend([ErrorCode::NotAllowed, ErrorCode::StorageFailed]);
                codes.extend(CALL_CODES);
            }
            Access::EachRoom(capability) => {
                let name = capability.as_str();
                description
                    .push_str(&format!(" A token needs the capability `{name}` in every room."));
                fields.insert("x-capability".into(), name.into());
                codes.extend(CALL_CODES);
            }
            Access::Everywhere(capability) => {
                let name = capability.as_str();
                description.push_str(&format!(
                    " A token needs the capability `{name}` in all rooms: by the pattern `*`, or as an admin without a claim `rooms`."
                ));
                fields.insert("x-capability".into(), name.into());
                codes.extend([ErrorCode::NotAllowed]);
                codes.extend(CALL_CODES);
            }
        }
        if let Some(Body { schema, examples }) = body {
            codes.extend(BODY_CODES);
            let examples = examples.into_iter().map(|(name, summary, value)| {
                (name.to_owned(), json!({ "summary": summary, "value": value }))
            });
            let examples = examples.collect::<Map<_, _>>();
            let content = json!({ "application/json": { "schema": schema, "examples": examples } });
            fields.insert("requestBody".into(), json!({ "required": true, "content": content }));
        }
        if !parameters.is_empty() {
            fields.insert("parameters".into(), parameters.into());
        }
        let mut responses = Map::new();
        responses.insert(success.status.to_string(), success.into_json());
        for (status, codes) in by_status(codes) {
            responses.insert(status.to_string(), problem(status, &codes, schemas));
        }
        responses.sort_keys();
        fields.insert("operationId".into(), id.into());
        fields.insert("tags".into(), json!([tag]));
        fields.insert("summary".into(), summary.into());
        fields.insert("description".into(), description.into());
        fields.insert("responses".into(), responses.into());
        fields.into()
    }
}

/// What can be wrong with the address of a room.
const ROOM_CODES: [ErrorCode; 2] = [ErrorCode::UnknownParty, ErrorCode::InvalidRoom];
/// What can go wrong with every call.
const CALL_CODES: [ErrorCode; 2] = [ErrorCode::Unauthorized, ErrorCode::Internal];
/// What can be wrong with every body.
const BODY_CODES: [ErrorCode; 3] =
    [ErrorCode::InvalidJson, ErrorCode::UnsupportedMediaType, ErrorCode::BodyTooLarge];

impl Success {
    fn into_json(self) -> Value {
        let Self { description, content, .. } = self;
        match content {
            Some((media_type, schema, example)) => json!({
                "description": description,
                "content": { media_type: { "schema": schema, "example": example } },
            }),
            None => json!({ "description": description }),
        }
    }
}

/// In the order of the table of codes, each once.
fn by_status(codes: Vec<ErrorCode>) -> BTreeMap<u16, Vec<ErrorCode>> {
    let mut found: BTreeMap<u16, Vec<ErrorCode>> = BTreeMap::new();
    for code in ErrorCode::ALL.iter().filter(|code| codes.contains(code)) {
        found.entry(code.http_status()).or_default().push(*code);
    }
    found
}

fn problem(status: u16, codes: &[ErrorCode], schemas: &mut Schemas) -> Value {
    let names: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
    let meanings = codes.iter().map(|code| format!("`{}`: {}", code.as_str(), code.meaning()));
    let example = codes.first().map(|code| Problem::new(*code, code.meaning()).body());
    let example: Value = example.and_then(|text| serde_json::from_str::<Value>(&text).ok()).into();
    let of_these = json!({
        "properties": { "status": { "const": status }, "code": { "enum": names } },
    });
    let mut response = json!({
        "description": meanings.collect::<Vec<_>>().join(" "),
        "content": {
            Problem::CONTENT_TYPE: {
                "schema": { "allOf": [schemas.answer::<Document<'_>>(), of_these] },
                "example": example,
            },
        },
    });
    let header = match status {
        401 => Some(("WWW-Authenticate", "Bearer", "How to authorise.", true)),
        // The runtime may keep it to itself: it is between two hops.
        426 => Some(("Upgrade", "websocket", "What this address speaks.", false)),
        _ => None,
    };
    if let (Some((name, value, description, required)), Some(response)) =
        (header, response.as_object_mut())
    {
        let schema = json!({ "type": "string", "const": value });
        let header = json!({ "required": required, "description": description, "schema": schema });
        response.insert("headers".into(), json!({ name: header }));
    }
    schemas.shared_response(names.join("."), response)
}
