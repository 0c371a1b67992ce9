//! Calls over HTTP that wait until what they brought is written and sent.

use std::cell::{Cell, RefCell};

use futures_channel::oneshot::{Receiver, Sender, channel};

use crate::codes::ErrorCode;
use crate::problem::Problem;
use crate::room::Ticket;
use crate::sorted::Map;

type Outcome = Option<Problem>;

/// The calls that a room has not answered.
#[derive(Default)]
pub(super) struct Calls {
    last: Cell<u64>,
    waiting: RefCell<Map<Ticket, Sender<Outcome>>>,
}

/// A call that waits.
pub(super) struct Waiting<'a> {
    calls: &'a Calls,
    pub(super) ticket: Ticket,
    outcome: Receiver<Outcome>,
}

impl Calls {
    /// A new call.
    pub(super) fn begin(&self) -> Waiting<'_> {
        let ticket = Ticket(self.last.get().wrapping_add(1));
        self.last.set(ticket.0);
        let (sender, outcome) = channel();
        self.waiting.borrow_mut().insert(ticket, sender);
        Waiting { calls: self, ticket, outcome }
    }

    /// The room has answered.
    pub(super) fn settle(&self, ticket: Ticket, outcome: Outcome) {
        let sender = self.waiting.borrow_mut().remove(&ticket);
        // Nobody waits for a call whose caller has gone.
        drop(sender.map(|sender| sender.send(outcome)));
    }
}

impl Waiting<'_> {
    /// Waits for the room's answer.
    ///
    /// # Errors
    /// `storage-failed`; nothing was kept or delivered.
    pub(super) async fn settled(mut self) -> Result<(), Problem> {
        match (&mut self.outcome).await {
            Ok(None) => Ok(()),
            Ok(Some(fault)) => Err(fault),
            Err(_) => Err(Problem::new(ErrorCode::Internal, "The room was reset. Try again.")),
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.calls.waiting.borrow_mut().remove(&self.ticket);
    }
}
