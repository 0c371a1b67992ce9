//! The room's one timer, driven by `next_deadline`.
//!
//! A pending timer keeps the object awake, so it exists only while the room has a deadline. When a deadline moves
//! away the timer stays where it is: it fires early, and is set anew then. Renewals thus cost nothing.

use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::JsValue;

use super::bindings::{clear_timeout, set_timeout};
use super::log;
use crate::time::Timestamp;

#[derive(Default)]
pub(super) struct Timer {
    pending: RefCell<Option<Pending>>,
}

struct Pending {
    at: Timestamp,
    id: JsValue,
}

impl Timer {
    /// Makes sure that `fire` is called at `deadline` or before; never, if there is none.
    pub(super) fn set(&self, deadline: Option<Timestamp>, now: Timestamp, fire: &Function) {
        let mut pending = self.pending.borrow_mut();
        match (deadline, pending.as_ref()) {
            (Some(deadline), Some(set)) if set.at <= deadline => {}
            (Some(deadline), _) => {
                cancel(pending.take());
                let wait = deadline.millis_since(now);
                match set_timeout(fire, wait as f64) {
                    Ok(id) => *pending = Some(Pending { at: deadline, id }),
                    Err(exception) => log::error("set-timer", None, &log::describe(&exception)),
                }
            }
            (None, _) => cancel(pending.take()),
        }
    }

    /// The timer has fired.
    pub(super) fn fired(&self) {
        self.pending.borrow_mut().take();
    }
}

fn cancel(pending: Option<Pending>) {
    if let Some(Pending { id, .. }) = pending
        && let Err(exception) = clear_timeout(&id)
    {
        log::error("clear-timer", None, &log::describe(&exception));
    }
}
