//! Log lines: one JSON object each. No token, no key and no message text is ever in one.

use std::cell::RefCell;

use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

use super::now;
use crate::config::LogLevel;
use crate::ids::UserId;
use crate::room::Note;
use crate::sorted::Map;
use crate::time::Timestamp;

thread_local! {
    /// When each of the lines of [`error_at_times`] was last written.
    static LAST: RefCell<Map<&'static str, Timestamp>> = RefCell::default();
}

#[derive(Serialize)]
struct Line<'a> {
    level: &'static str,
    /// The place or the happening, in a word or two with hyphens.
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<&'a str>,
    detail: &'a str,
}

impl Line<'_> {
    fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Something failed that should not.
pub(super) fn error(event: &str, room: Option<&str>, detail: &str) {
    worker::console_error!("{}", Line { level: "error", event, room, detail }.text());
}

/// Something failed that may fail many times in a row: a line a minute and event at most, of each isolate.
pub(super) fn error_at_times(event: &'static str, room: Option<&str>, detail: &str) {
    const PAUSE_MS: u64 = 60_000;
    let now = now();
    let is_due = LAST.with_borrow_mut(|last| {
        let is_due = last.get(event).is_none_or(|at| now.millis_since(*at) >= PAUSE_MS);
        if is_due {
            last.insert(event, now);
        }
        is_due
    });
    if is_due {
        error(event, room, detail);
    }
}

/// Something that is as it should be, and that somebody may want to count.
pub(super) fn info(level: LogLevel, event: &str, room: Option<&str>, detail: &str) {
    if level >= LogLevel::Info {
        worker::console_log!("{}", Line { level: "info", event, room, detail }.text());
    }
}

/// What a room has to say.
pub(super) fn notes(level: LogLevel, room: Option<&str>, notes: &[Note]) {
    for note in notes {
        match note {
            Note::Moderated { action, actor, user } => {
                let user = user.as_ref().map_or("", UserId::as_str);
                info(level, "moderated", room, &format!("{} {user} by {actor}", action.as_str()));
            }
            Note::Closed { user, code } => {
                let detail = format!("{} {} {user}", code.number(), code.reason());
                info(level, "closed", room, &detail);
            }
            Note::StorageFailed(detail) => error_at_times("storage", room, detail),
        }
    }
}

/// Something that only somebody who looks for a fault wants to know.
pub(super) fn debug(level: LogLevel, event: &str, room: &str, detail: &str) {
    if level >= LogLevel::Debug {
        let room = Some(room);
        worker::console_debug!("{}", Line { level: "debug", event, room, detail }.text());
    }
}

/// As [`debug`], for what is of no room.
pub(super) fn note(level: LogLevel, event: &str, detail: &str) {
    if level >= LogLevel::Debug {
        worker::console_debug!("{}", Line { level: "debug", event, room: None, detail }.text());
    }
}

/// The text of an exception.
pub(super) fn describe(exception: &JsValue) -> String {
    match exception.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => format!("{exception:?}"),
    }
}
