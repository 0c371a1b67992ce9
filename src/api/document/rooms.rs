//! What is said of the routes of a room.

use serde_json::{Value, json};

use super::answers::{
    AuditTrail, Events, HistoryPage, Pins, Receipts, ReceiptsParameters, SearchPage,
    SearchParameters, ThreadPage,
};
use super::operation::{Access, Body, Operation, Success};
use super::schemas::Schemas;
use crate::api::{RoomOperation, Route};
use crate::codes::ErrorCode;
use crate::ids::{MAX_CHARS, NO_CONTROL_CHARACTERS};
use crate::publish::{Event, Receipt, Results};
use crate::room::moderation::{Action, Outcome, Request};
use crate::room::query::{PositionAnswer, PresenceAnswer, StatsAnswer};
use crate::room::{Erased, MessageName, OutboxAnswer, PageRequest, Replay, Replayed, Topic};

const ID: &str = "0b9d21c6-8f0e-4a57-9d6e-5b1f8f6f3c11";

/// Describes a route.
pub(super) fn describe(route: &Route<RoomOperation>, schemas: &mut Schemas) -> Operation {
    let mut operation = match route.operation {
        RoomOperation::Connect => connect(),
        RoomOperation::Publish => publish(route.path, schemas),
        RoomOperation::Moderate(action) => moderate(action, schemas),
        RoomOperation::Ask(topic) => ask(topic, schemas),
        RoomOperation::Audit => audit(schemas),
        RoomOperation::Export => export(),
        RoomOperation::Erase => erase(schemas),
        RoomOperation::Wipe => wipe(),
        RoomOperation::Replay => replay(schemas),
    };
    if let Some(capability) = route.operation.capability() {
        operation.access = Access::Room(capability);
    }
    // A room of events answers a question of a chat with a refusal, and the example is to work.
    let party = if operation.codes.contains(&ErrorCode::NotEnabled) { "Chat" } else { "Party" };
    let place =
        [party, "Room"].map(|name| json!({ "$ref": format!("#/components/parameters/{name}") }));
    operation.parameters.splice(..0, place);
    operation
}

/// The parameters that every address of a room has.
pub(super) fn parameters() -> Value {
    let name = |name, example, description| {
        let schema = json!({
            "type": "string", "minLength": 1, "maxLength": MAX_CHARS, "pattern": NO_CONTROL_CHARACTERS,
        });
        json!({
            "name": name, "in": "path", "required": true, "description": description,
            "schema": schema, "example": example,
        })
    };
    json!({
        "Party": name("party", "main", "A party: a kind of room that `PARTIES` in the configuration lists."),
        "Chat": name("party", "chatroom", "A party of the kind `chat`."),
        "Room": name("room", "p1", "The room's name, percent-encoded."),
    })
}

/// The header by which a call is known.
pub(super) fn idempotency_key() -> Value {
    // Plain, or in quotes with any printable character.
    let pattern = r#"^([!#-+\-.-:<-\[\]-~]{1,128}|"([ !#-\[\]-~]|\\["\\]){1,128}")$"#;
    json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "A key of your own for this call. To the same key with the same body a room gives its first answer again for 24 hours, and does nothing.",
        "schema": { "type": "string", "pattern": pattern },
        "example": "\"0f6a4c1e\"",
    })
}

/// What can be published: an event, or a list of them.
pub(super) fn publication(schemas: &mut Schemas) -> Value {
    let no_list = json!({ "properties": { "events": { "type": "null" } } });
    let one = json!({ "title": "One event", "allOf": [schemas.request::<Event>(), no_list] });
    json!({ "anyOf": [one, schemas.request::<Events>()] })
}

/// What the descriptions begin with; access and the address are added to all of them.
fn new(
    id: &'static str,
    tag: &'static str,
    summary: &'static str,
    description: &str,
    success: Success,
) -> Operation {
    Operation {
        id,
        tag,
        summary,
        description: description.into(),
        access: Access::Entering,
        parameters: vec![],
        body: None,
        success,
        codes: vec![],
    }
}

fn connect() -> Operation {
    let parameter = |name: &str, description: &str| {
        json!({
            "name": name, "in": "query", "required": false, "description": description,
            "schema": { "type": "string" },
        })
    };
    let success = Success::bare(
        101,
        "The socket is open. A client that may not enter is told so by an `error` frame, and closed.",
    );
    let description = "With `Upgrade: websocket`; what is said over the socket is in docs/protocol.md. Any address below the room will do as well. \
        Without an upgrade there is nothing to be had here.";
    Operation {
        parameters: vec![
            parameter(
                "_pk",
                "The connection's id, chosen by the client and the same when it comes back.",
            ),
            parameter(
                "since",
                "`<epoch>:<seq>`: where the client is, to be sent what it has missed.",
            ),
            parameter("batch", "`1`: several frames may come in one message, as an array."),
            parameter("userId", "Who it is, where people without a token are let in."),
            parameter("username", "How they want to be called."),
            parameter("sessionId", "The same for somebody without a name."),
        ],
        codes: vec![ErrorCode::UpgradeRequired],
        ..new("connect", "Rooms", "Enter a room", description, success)
    }
}

fn publish(path: &str, schemas: &mut Schemas) -> Operation {
    let receipt = schemas.answer::<Receipt>();
    let success = Success::json(
        "The room has it: a receipt, or several to a list.",
        json!({ "anyOf": [receipt, schemas.answer::<Results<'_>>()] }),
        json!({ "id": ID, "seq": 1, "delivered": 3 }),
    );
    let (id, summary) = match path {
        "" => ("publish", "Publish in a room"),
        _ => ("publishBroadcast", "Publish in a room, by its other address"),
    };
    let description = "Everybody who is in the room gets the event, or the events, in this order. `delivered` counts connections; 0 is a success. \
        What is kept is part of the history, and is on disk before anybody hears of it.";
    Operation {
        parameters: vec![idempotency_key()],
        body: Some(Body {
            schema: publication(schemas),
            examples: vec![
                (
                    "event",
                    "An event",
                    json!({
                        "type": "TASK_UPDATED", "payload": { "taskId": "t1", "status": "done" }, "excludeUserId": "ann",
                    }),
                ),
                (
                    "events",
                    "Several events",
                    json!({ "events": [
                    { "type": "TASK_CREATED", "payload": { "taskId": "t2" }, "persist": true },
                    { "type": "BOARD_CHANGED", "payload": null },
                ] }),
                ),
            ],
        }),
        codes: vec![
            ErrorCode::InvalidEvent,
            ErrorCode::InvalidIdempotencyKey,
            ErrorCode::IdempotencyMismatch,
        ],
        ..new(id, "Publishing", summary, description, success)
    }
}

fn ask(topic: Topic, schemas: &mut Schemas) -> Operation {
    let message = json!({
        "type": "new-message", "messageId": "m1", "message": "Hello", "userId": "alice",
        "username": "Alice", "timestamp": 1_760_000_000_000_u64, "seq": 1,
    });
    let page = json!({ "messages": [message], "hasMore": false });
    let with = |mut answer: Value, fields: Value| {
        if let (Some(answer), Value::Object(fields)) = (answer.as_object_mut(), fields) {
            answer.extend(fields);
        }
        answer
    };
    match topic {
        Topic::History => {
            let success = Success::json("A page.", schemas.answer::<HistoryPage<'_>>(), page);
            let description = "Messages and kept events: the latest, or those before or after a place. Give one cursor at most.";
            Operation {
                parameters: schemas.parameters::<PageRequest>(),
                codes: vec![ErrorCode::InvalidFrame, ErrorCode::UnknownMessage],
                ..new("history", "Reading", "Read the history", description, success)
            }
        }
        Topic::Thread => {
            let example = with(page, json!({ "messageId": "m0", "messageSeq": 1 }));
            let success = Success::json("A page.", schemas.answer::<ThreadPage<'_>>(), example);
            let mut parameters = schemas.parameters::<MessageName>();
            parameters.append(&mut schemas.parameters::<PageRequest>());
            let description =
                "Name the message by its `seq` or its `messageId`. Give one cursor at most.";
            Operation {
                parameters,
                codes: vec![
                    ErrorCode::InvalidFrame,
                    ErrorCode::UnknownMessage,
                    ErrorCode::NotEnabled,
                ],
                ..new("thread", "Reading", "Read the replies to a message", description, success)
            }
        }
        Topic::Search => {
            let example = with(page, json!({ "query": "hel" }));
            let success = Success::json("A page.", schemas.answer::<SearchPage<'_>>(), example);
            let mut parameters = schemas.parameters::<SearchParameters>();
            parameters.append(&mut schemas.parameters::<PageRequest>());
            // It goes backwards only.
            let forwards = |parameter: &Value| {
                parameter
                    .get("name")
                    .and_then(Value::as_str)
                    .is_some_and(|name| name.starts_with("after"))
            };
            parameters.retain(|parameter| !forwards(parameter));
            let description = "Messages with all of these words, the latest first to be found. For parties with `search = true`. Give one cursor at most.";
            Operation {
                parameters,
                codes: vec![
                    ErrorCode::InvalidFrame,
                    ErrorCode::UnknownMessage,
                    ErrorCode::NotEnabled,
                ],
                ..new("search", "Reading", "Find messages", description, success)
            }
        }
        Topic::Pins => {
            let success =
                Success::json("They are.", schemas.answer::<Pins<'_>>(), json!({ "messages": [] }));
            Operation {
                codes: vec![ErrorCode::NotEnabled],
                ..new("pins", "Reading", "Read the pinned messages", "50 at most.", success)
            }
        }
        Topic::Position => {
            let example = json!({ "epoch": "9f1c", "seq": 42 });
            let success =
                Success::json("It ends here.", schemas.answer::<PositionAnswer<'_>>(), example);
            let description = "To be given as `since=<epoch>:<seq>` on connecting.";
            new("position", "Reading", "Where the history ends", description, success)
        }
        Topic::Presence => {
            let example = json!({
                "users": [{ "userId": "alice", "username": "Alice", "devices": 2 }], "totalUsers": 1, "connections": 2,
            });
            let success = Success::json("These.", schemas.answer::<PresenceAnswer<'_>>(), example);
            new(
                "presence",
                "Reading",
                "Who is here",
                "Each user once, on however many devices.",
                success,
            )
        }
        Topic::Receipts => {
            let example = json!({
                "read": 1, "delivered": 2, "unread": 1, "mentions": 0,
                "users": [{ "userId": "bob", "username": "Bob", "delivered": 2, "read": 1 }], "hasMore": false,
            });
            let success = Success::json("This far.", schemas.answer::<Receipts<'_>>(), example);
            let description = "Up to where everybody has read, and what one user has not. For parties with receipts.";
            Operation {
                parameters: schemas.parameters::<ReceiptsParameters>(),
                codes: vec![ErrorCode::InvalidFrame, ErrorCode::NotEnabled],
                ..new("receipts", "Reading", "How far everybody has come", description, success)
            }
        }
        Topic::Stats => {
            let example =
                json!({ "connections": 2, "users": 1, "epoch": "9f1c", "seq": 42, "firstSeq": 1 });
            let success =
                Success::json("The numbers.", schemas.answer::<StatsAnswer<'_>>(), example);
            new(
                "roomStats",
                "Operation",
                "Numbers about a room",
                "Wakes the room if it sleeps.",
                success,
            )
        }
        Topic::Webhooks => {
            let example = json!({
                "waiting": 2, "attempts": 3, "nextAttemptAt": 1_760_000_004_000_u64, "lastError": "answered 503",
                "dead": [{
                    "id": "msg_0b9d21c68f0e4a579d6e5b1f8f6f3c11", "type": "member.joined", "at": 1_759_900_000_000_u64,
                    "attempts": 31, "error": "answered 503",
                }],
            });
            let success = Success::json("This.", schemas.answer::<OutboxAnswer<'_>>(), example);
            let description =
                "Webhooks, and events for other rooms: how many wait, and which were given up.";
            new("webhooks", "Operation", "What others are still to be told", description, success)
        }
    }
}

fn moderate(action: Action, schemas: &mut Schemas) -> Operation {
    let needs_user =
        || json!({ "required": ["userId"], "properties": { "userId": { "type": "string" } } });
    let needs_connection = json!({ "required": ["connectionId"], "properties": { "connectionId": { "type": "string" } } });
    let until = 1_760_000_000_000_u64;
    let (id, summary, description, needs, example) = match action {
        Action::Kick => (
            "kick",
            "Close somebody's connections",
            "All of a user's connections, or the one with `connectionId`, are closed with 4001.",
            json!({ "anyOf": [needs_user(), needs_connection] }),
            json!({ "userId": "mallory", "reason": "spam" }),
        ),
        Action::Ban => (
            "ban",
            "Keep a user out",
            "The user's connections are closed with 4003, and the user gets in no more until `until`; for good without it.",
            needs_user(),
            json!({ "userId": "mallory", "until": until }),
        ),
        Action::Unban => (
            "unban",
            "End a ban",
            "The user may come in again.",
            needs_user(),
            json!({ "userId": "mallory" }),
        ),
        Action::Mute => (
            "mute",
            "Silence a user",
            "The user's messages are refused until `until`; for good without it. The user hears on.",
            needs_user(),
            json!({ "userId": "mallory", "until": until }),
        ),
        Action::Unmute => (
            "unmute",
            "End a mute",
            "The user may speak again.",
            needs_user(),
            json!({ "userId": "mallory" }),
        ),
        Action::SlowMode => (
            "slowMode",
            "Slow everybody down",
            "Users wait `seconds` between messages, those who may `mute` do not; 0 ends it.",
            json!({ "required": ["seconds"], "properties": { "seconds": { "type": "integer" } } }),
            json!({ "seconds": 10 }),
        ),
        Action::Revoke => (
            "revoke",
            "Refuse a user's tokens",
            "Connections with tokens that were issued before `issuedBefore`, or now, are closed with 4401, and such tokens are refused in this room.",
            needs_user(),
            json!({ "userId": "mallory", "issuedBefore": until }),
        ),
    };
    let mut answer = json!({ "action": action.as_str(), "closed": 0 });
    if let (Some(answer), Some(fields)) = (answer.as_object_mut(), example.as_object()) {
        answer.extend(fields.clone());
    }
    let success = Success::json("Done.", schemas.answer::<Outcome>(), answer);
    Operation {
        body: Some(Body {
            schema: json!({ "allOf": [schemas.request::<Request>(), needs] }),
            examples: vec![("example", summary, example)],
        }),
        codes: vec![ErrorCode::InvalidFrame],
        ..new(id, "Moderation", summary, description, success)
    }
}

fn audit(schemas: &mut Schemas) -> Operation {
    let example = json!({ "entries": [{
        "at": 1_760_000_000_000_u64, "actor": "backend", "action": "kick", "userId": "mallory", "reason": "spam", "closed": 2,
    }] });
    let success = Success::json("The trail.", schemas.answer::<AuditTrail<'_>>(), example);
    new(
        "audit",
        "Moderation",
        "What moderators did",
        "The latest 300 entries, newest first.",
        success,
    )
}

fn export() -> Operation {
    let example = "{\"type\":\"room\",\"room\":\"main/p1\",\"epoch\":\"9f1c\",\"firstSeq\":1,\"seq\":0}\n{\"type\":\"end\",\"entries\":0}\n";
    let schema = json!({
        "type": "string",
        "description": "JSON, a line each: the room, its log, its audit trail as `{\"type\":\"audit\",\"entry\":…}`, and `{\"type\":\"end\",\"entries\":42}`.",
    });
    let success = Success {
        status: 200,
        description: "Everything. If the last line is missing, so is something else.",
        content: Some(("application/x-ndjson", schema, example.into())),
    };
    new(
        "export",
        "Data",
        "Everything of a room",
        "A stream of JSON lines. The room goes on meanwhile.",
        success,
    )
}

fn erase(schemas: &mut Schemas) -> Operation {
    let success = Success::json("Done.", schemas.answer::<Erased>(), json!({ "erased": 1 }));
    let user = json!({
        "name": "userId", "in": "path", "required": true, "description": "The user, percent-encoded.", "example": "mallory",
        "schema": { "type": "string", "minLength": 1, "maxLength": MAX_CHARS, "pattern": NO_CONTROL_CHARACTERS },
    });
    let description = "Texts, reactions, names and receipts go. That there were messages stays, so no `seq` changes.";
    Operation {
        parameters: vec![user],
        codes: vec![ErrorCode::InvalidIdentity],
        ..new("eraseUser", "Data", "Remove what a user wrote", description, success)
    }
}

fn replay(schemas: &mut Schemas) -> Operation {
    let success =
        Success::json("They wait again.", schemas.answer::<Replayed>(), json!({ "replayed": 1 }));
    let description = "Everything that was given up, or what the body names, is tried again after what waits already.";
    Operation {
        body: Some(Body {
            schema: schemas.request::<Replay>(),
            examples: vec![
                ("all", "All of them", json!({})),
                (
                    "some",
                    "Some of them",
                    json!({ "ids": ["msg_0b9d21c68f0e4a579d6e5b1f8f6f3c11"] }),
                ),
            ],
        }),
        codes: vec![ErrorCode::InvalidFrame],
        ..new("replayWebhooks", "Operation", "Try dead letters again", description, success)
    }
}

fn wipe() -> Operation {
    let success = Success::bare(204, "Nothing is left.");
    let description =
        "The history begins anew in another epoch, and whoever is here is closed with 4201.";
    new("wipe", "Data", "Remove everything of a room", description, success)
}
