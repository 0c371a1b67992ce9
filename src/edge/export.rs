//! Everything of a room as a stream of JSON lines: the first says which room it is, then comes the log, then the audit trail,
//! and the last says that nothing is missing.
//!
//! A page at a time, each in a turn of its own, so that the room goes on meanwhile. What is said while the stream runs is part of it.

use std::rc::Rc;

use futures_util::stream;
use serde_json::{Value, json};
use worker::{Error, Response, ResponseBuilder, Result};

use super::room_object::Shell;
use crate::problem::Problem;
use crate::store::{Epoch, Seq, Store};

/// Entries of a page.
const PAGE: u32 = 300;

/// Where a stream is.
enum Place {
    Start,
    Log { epoch: Epoch, after: Seq, entries: u64 },
    End,
}

/// The response that exports a room.
pub(super) fn stream(shell: Rc<Shell>) -> Result<Response> {
    let body = stream::unfold(Place::Start, move |place| {
        let step = step(&shell, place);
        async move {
            match step {
                Ok(Some((text, next))) => Some((Ok(text.into_bytes()), next)),
                Ok(None) => None,
                Err(problem) => Some((Err(Error::RustError(problem.detail)), Place::End)),
            }
        }
    });
    ResponseBuilder::new()
        .with_header("content-type", "application/x-ndjson")?
        .with_header("cache-control", "no-store")?
        .from_stream(body)
}

fn step(shell: &Rc<Shell>, place: Place) -> std::result::Result<Option<(String, Place)>, Problem> {
    match place {
        Place::Start => {
            let position = shell.read(|awake| awake.store.position())?;
            let head = json!({
                "type": "room", "room": shell.name(), "epoch": position.epoch,
                "firstSeq": position.floor.next(), "seq": position.last,
            });
            let next = Place::Log { epoch: position.epoch, after: position.floor, entries: 0 };
            Ok(Some((line(&head), next)))
        }
        Place::Log { epoch, after, entries } => {
            let (position, page) =
                shell.read(|awake| Ok((awake.store.position()?, awake.store.log(after, PAGE)?)))?;
            if position.epoch != epoch || position.floor > after {
                let detail = "The room was emptied while it was exported.";
                return Err(Problem::new(crate::codes::ErrorCode::Internal, detail));
            }
            let count = u64::try_from(page.frames.len()).unwrap_or_default();
            let entries = entries.saturating_add(count);
            let mut text = String::new();
            for (_, frame) in &page.frames {
                text.push_str(frame);
                text.push('\n');
            }
            if page.has_more {
                let after = page.frames.last().map_or(after, |(seq, _)| *seq);
                return Ok(Some((text, Place::Log { epoch, after, entries })));
            }
            let trail = shell.read(|awake| awake.store.audit_trail(u32::MAX))?;
            for entry in trail.iter().rev() {
                text.push_str("{\"type\":\"audit\",\"entry\":");
                text.push_str(entry);
                text.push_str("}\n");
            }
            text.push_str(&line(&json!({ "type": "end", "entries": entries })));
            Ok(Some((text, Place::End)))
        }
        Place::End => Ok(None),
    }
}

fn line(value: &Value) -> String {
    format!("{value}\n")
}
