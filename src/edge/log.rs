//! Log lines: one JSON object each. No token, no key and no message text is ever in one.

use serde::Serialize;
use wasm_bindgen::JsValue;

#[derive(Serialize)]
struct Line<'a> {
    level: &'static str,
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<&'a str>,
    error: &'a str,
}

/// Something failed that should not. `event` names the place, in a word or two with hyphens.
pub(super) fn error(event: &str, room: Option<&str>, error: &str) {
    let line = Line { level: "error", event, room, error };
    worker::console_error!("{}", serde_json::to_string(&line).unwrap_or_default());
}

/// The text of an exception.
pub(super) fn describe(exception: &JsValue) -> String {
    match exception.dyn_ref_error() {
        Some(error) => String::from(error.message()),
        None => format!("{exception:?}"),
    }
}

trait DynError {
    fn dyn_ref_error(&self) -> Option<&js_sys::Error>;
}

impl DynError for JsValue {
    fn dyn_ref_error(&self) -> Option<&js_sys::Error> {
        wasm_bindgen::JsCast::dyn_ref(self)
    }
}
