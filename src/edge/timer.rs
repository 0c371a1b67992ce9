//! When the room is called again: by a timer if it is soon, by the object's alarm if not.
//!
//! A pending timer keeps the object awake. So it is for what comes before the object would sleep anyway, and for what the room
//! knows in memory alone and would forget asleep. When a deadline moves away the timer stays where it is: it fires early,
//! and is set anew then. Renewals thus cost nothing.
//!
//! An alarm outlives sleep, and the process, and costs a row. Invariants: before a turn's frames leave, there is an alarm at the
//! lasting deadline or before, if that is far; and one soon after the assured deadline or before. The latter is there in case
//! the process dies, so it need not be exact, and one serves many deadlines that follow each other.

use std::cell::{Cell, RefCell};

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use worker::wasm_bindgen_futures::{JsFuture, spawn_local};

use super::bindings::{Storage, clear_timeout, set_timeout};
use super::log;
use crate::room::Deadlines;
use crate::time::Timestamp;

/// The runtime lets an object sleep after about ten seconds.
const SOON_MS: u64 = 10_000;
/// How long an assured deadline may be late if the process dies.
const BACKUP_MS: u64 = 20_000;
/// An alarm that is this near fires in vain, once nobody needs it: that costs less than its removal.
const IN_VAIN_MS: u64 = 60_000;

#[derive(Default)]
pub(super) struct Timer {
    pending: RefCell<Option<Pending>>,
    /// Where the alarm is known to be. Of one that was set before the room slept nothing is known: it fires early, or not at
    /// all if another takes its place.
    alarm: Cell<Option<Timestamp>>,
}

struct Pending {
    at: Timestamp,
    id: JsValue,
}

impl Timer {
    /// Makes sure that the room is called when its deadlines come, or before.
    pub(super) fn set(
        &self,
        deadlines: Deadlines,
        now: Timestamp,
        fire: &Function,
        storage: &Storage,
    ) {
        let Deadlines { lasting, fleeting, assured } = deadlines;
        let is_soon = |deadline: &Timestamp| deadline.millis_since(now) <= SOON_MS;
        let soon = lasting.into_iter().chain(assured).filter(is_soon);
        self.set_timer(soon.chain(fleeting).min(), now, fire);
        let far = lasting.filter(|deadline| !is_soon(deadline));
        let backup = assured.map(|deadline| deadline.max(now.plus_millis(BACKUP_MS)));
        match (far.into_iter().chain(backup).min(), self.alarm.get()) {
            (Some(deadline), alarm) if alarm.is_none_or(|alarm| deadline < alarm) => {
                settle("set-alarm", storage.set_alarm(deadline.as_millis() as f64));
                self.alarm.set(Some(deadline));
            }
            (None, Some(alarm)) if lasting.is_none() && alarm.millis_since(now) > IN_VAIN_MS => {
                settle("delete-alarm", storage.delete_alarm());
                self.alarm.set(None);
            }
            _ => {}
        }
    }

    fn set_timer(&self, deadline: Option<Timestamp>, now: Timestamp, fire: &Function) {
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

    /// The alarm has fired, and with that is gone.
    pub(super) fn alarmed(&self) {
        self.alarm.set(None);
    }
}

fn cancel(pending: Option<Pending>) {
    if let Some(Pending { id, .. }) = pending
        && let Err(exception) = clear_timeout(&id)
    {
        log::error("clear-timer", None, &log::describe(&exception));
    }
}

/// The write is part of the turn, like any other; its promise is of no interest unless it fails.
pub(super) fn settle(event: &'static str, promise: Result<Promise, JsValue>) {
    let failed = move |exception: JsValue| log::error(event, None, &log::describe(&exception));
    match promise {
        Ok(promise) => spawn_local(async move {
            if let Err(exception) = JsFuture::from(promise).await {
                failed(exception);
            }
        }),
        Err(exception) => failed(exception),
    }
}
