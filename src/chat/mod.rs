//! The chat kind: people write to each other. docs/protocol.md, section 3.
//!
//! State: who is typing, and which receipts wait to be told. Messages and what belongs to them are in the store.

mod edits;
mod frames;
mod messages;
mod people;
mod pins;
mod reactions;
mod receipts;
mod threads;
mod typing;

pub(crate) use edits::bury;
pub(crate) use reactions::without as take_off;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use {
    frames::Kept,
    receipts::{Everybody, Own},
    threads::{SearchHead, ThreadHead},
};

use receipts::Receipts;
use typing::Typing;

use crate::access::Capability;
use crate::codes::ErrorCode;
use crate::config::ChatOptions;
use crate::ids::UserId;
use crate::room::wire::{Head, Refusal};
use crate::room::{Answer, Audience, Change, Departure, Kind, Query, Slot, Spending, Turn};
use crate::time::Timestamp;

pub(crate) struct Chat {
    options: ChatOptions,
    typing: Typing,
    receipts: Receipts,
}

impl Chat {
    pub(crate) fn new(options: &ChatOptions) -> Self {
        Self {
            typing: Typing::default(),
            receipts: Receipts::new(options.receipts),
            options: options.clone(),
        }
    }
}

impl Kind for Chat {
    fn connected(&mut self, turn: &mut Turn<'_>, slot: Slot, _: bool, recovered: bool) {
        turn.greet(slot, recovered);
        people::show(turn, slot);
    }

    fn disconnected(&mut self, turn: &mut Turn<'_>, gone: &Departure) {
        if self.typing.connection_left(gone.slot) {
            messages::announce_stop(turn, &gone.connection.grant.user_id);
        }
    }

    fn people_changed(&mut self, turn: &mut Turn<'_>, changes: &[Change]) {
        self.receipts.people_changed(turn, changes);
        people::announce(turn, changes);
    }

    fn frame(&mut self, turn: &mut Turn<'_>, slot: Slot, head: &Head<'_>) -> Result<(), Refusal> {
        match head.kind.as_ref() {
            "message" => self.message(turn, slot, head),
            "typing" => self.start_typing(turn, slot),
            "stop-typing" => {
                let user = turn.allowed(slot, Capability::Typing)?.grant.user_id.clone();
                self.stop_typing(turn, &user);
                Ok(())
            }
            "edit" => edits::edit(turn, &self.options, slot, head),
            "delete" => edits::delete(turn, slot, head),
            "react" => reactions::react(turn, &self.options, slot, head),
            "reactions" => reactions::answer(turn, &self.options, slot, head),
            "read-receipt" => self.receipts.read(turn, slot, head),
            "delivered" => self.receipts.delivered(turn, slot, head),
            "receipts" => self.receipts.answer(turn, slot, head),
            "thread" => threads::thread(turn, slot, head),
            "search" => threads::search(turn, &self.options, slot, head),
            "pin" => pins::pin(turn, slot, head, true),
            "unpin" => pins::pin(turn, slot, head, false),
            "pins" => pins::answer(turn, slot, head),
            "presence" => people::presence(turn, slot, head),
            "event" => people::event(turn, slot, head),
            other => {
                let message = format!("A chat room does not know the type {other:?}.");
                Err(Refusal::new(ErrorCode::UnknownType, message))
            }
        }
    }

    fn query(
        &mut self,
        turn: &mut Turn<'_>,
        query: &Query,
        answer: Answer,
    ) -> Result<Answer, Refusal> {
        match query {
            Query::Thread(parent, page) => threads::thread_page(turn, answer, parent, page, None),
            Query::Search { query, page } => {
                threads::search_page(turn, &self.options, answer, query, page, None)
            }
            Query::Pins => pins::all(turn, answer),
            Query::Receipts(user) => self.receipts.all(turn, answer, user.as_ref()),
            Query::History(_)
            | Query::Position
            | Query::Presence
            | Query::Stats
            | Query::Webhooks => Ok(answer),
        }
    }

    fn erased(&mut self, user: Option<&UserId>) {
        self.receipts.forget(user);
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        self.typing.next_deadline().into_iter().chain(self.receipts.next_deadline()).min()
    }

    fn deadline_reached(&mut self, turn: &mut Turn<'_>) {
        for user in self.typing.expire(turn.now) {
            messages::announce_stop(turn, &user);
        }
        self.receipts.deadline_reached(turn);
    }

    fn persists_by_default(&self) -> bool {
        false
    }
}

/// Checks what a frame that asks for a page needs, and counts it.
fn may_read(turn: &mut Turn<'_>, slot: Slot) -> Result<UserId, Refusal> {
    let user = turn.allowed(slot, Capability::History)?.grant.user_id.clone();
    turn.spend(slot, Spending::History)?;
    Ok(user)
}

/// Sends an answer to the one who asked.
fn reply(turn: &mut Turn<'_>, slot: Slot, answer: Answer) {
    turn.send(Audience::One(slot), answer.end());
}

fn not_enabled(what: &str) -> Refusal {
    let message = format!("This party's options do not have {what}.");
    Refusal::new(ErrorCode::NotEnabled, message)
}
