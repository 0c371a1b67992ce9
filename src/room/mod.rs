//! A room: the state machine that every kind shares.
//!
//! Time and an [`Input`] go in, [`Effects`] come out. What must outlive the object lies in the store
//! (history) or with the sockets (who each of them is); everything else is rebuilt by [`Room::restore`].
//! Typing is the exception: it is forgotten, but a room with somebody typing has a deadline and so a timer,
//! and an object with a timer does not sleep.
//!
//! The room does not know sockets. It knows slots: small numbers that the shell gives to its sockets.

mod backlog;
mod effects;
mod entering;
mod erase;
mod expiry;
mod flow;
mod flush;
mod heartbeat;
mod history;
mod incoming;
mod moderating;
pub mod moderation;
mod outbox;
pub(crate) mod pace;
mod presence;
mod publishing;
pub(crate) mod query;
pub(crate) mod reading;
mod renewal;
mod reporting;
mod resume;
mod retention;
mod roster;
mod tally;
mod turn;
pub mod wire;

pub use effects::{Audience, Effect, Effects, Note};
pub use erase::Erased;
pub(crate) use flow::Spending;
pub(crate) use history::{Draft, Receipt as SenderReceipt};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use outbox::OutboxAnswer;
pub use outbox::{Delivery, Destination, Outcome, Replay, Replayed, Transport};
pub use presence::{Appearance, Meta, Status};
pub(crate) use presence::{Change, Ending};
pub use publishing::{Call, Ticket};
pub(crate) use query::Shown;
pub use query::{Query, Topic};
pub(crate) use reading::Answer;
pub use reading::{MessageName, PageRequest};
pub use resume::Since;
pub use roster::{Connection, Slot};
pub(crate) use roster::{Departure, Roster};
pub(crate) use turn::{Turn, not_allowed};

use backlog::Backlog;
use entering::connect;
use expiry::Expiries;
use flow::Flow;
use flush::Flush;
use heartbeat::Heartbeats;
use history::History;
use incoming::{admitted, text_frame, too_long};
use moderation::{Action, Moderation};
use outbox::{Attendance, Outbox};
use presence::Presence;
use renewal::{end_tokens, renewed};
use retention::Sweeper;
use tally::Tally;

use crate::access::Grant;
use crate::chat::Chat;
use crate::codes::{CloseCode, ErrorCode};
use crate::config::{Config, Party, PartyKind};
use crate::events::Events;
use crate::ids::{PartyName, RoomName, UserId};
use crate::limits::Limits;
use crate::problem::Problem;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;
use crate::webhook::WebhookSecrets;
use wire::{Head, Refusal};

/// What a room is: its name and what the configuration says of its party.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The room's name.
    pub name: RoomName,
    /// The party's name.
    pub party_name: PartyName,
    /// The party's kind and options.
    pub party: Party,
    /// The deployment's limits.
    pub limits: Limits,
    /// What webhooks are signed with.
    pub webhook_secrets: WebhookSecrets,
}

impl Settings {
    /// What the configuration says of a room of `party`.
    pub fn new(config: &Config, party_name: &PartyName, party: &Party, name: RoomName) -> Self {
        Self {
            name,
            party_name: party_name.clone(),
            party: party.clone(),
            limits: config.limits.clone(),
            webhook_secrets: config.webhook_secrets.clone(),
        }
    }
}

/// Something that happened to a room.
#[derive(Debug)]
pub enum Input<'a> {
    /// A socket of somebody who [may enter](Room::may_enter) was accepted, in a slot that was free.
    Connect {
        /// The socket's slot.
        slot: Slot,
        /// Who it is.
        connection: Connection,
        /// Up to where it has everything, if it says so.
        since: Option<Since>,
    },
    /// A text frame came.
    Text {
        /// From whom.
        slot: Slot,
        /// The frame.
        text: &'a str,
    },
    /// A binary frame came.
    Binary {
        /// From whom.
        slot: Slot,
    },
    /// A frame came that is too long to be read. Its content was never looked at.
    Oversized {
        /// From whom.
        slot: Slot,
        /// Whether it is past the hard limit, where the socket is closed.
        hard: bool,
    },
    /// The token of an [`Effect::Authenticate`] was checked.
    Renewed {
        /// Whose it is.
        slot: Slot,
        /// What it grants, or why it does not.
        outcome: Result<Grant, Problem>,
    },
    /// A socket was closed or broke.
    Closed {
        /// Which; the slot is free from now on.
        slot: Slot,
        /// Whether its peer closed it.
        clean: bool,
    },
    /// What the room wrote is on disk: the answer to [`Effects::time_commit`].
    Committed,
    /// What came of an [`Effect::Deliver`].
    Delivered {
        /// The delivery's id.
        id: &'a str,
        /// Whether it is there.
        outcome: Outcome,
    },
    /// When each socket was last heard of: the answer to [`Effect::CheckHeartbeats`].
    Heartbeats(&'a [(Slot, Option<Timestamp>)]),
    /// How many bytes wait for each socket's peer to take them; of those that are left out, none.
    Unsent(&'a [(Slot, usize)]),
    /// The directory wants a report, whether something has changed or not.
    ReportWanted,
    /// What became of an [`Effect::Report`].
    Reported {
        /// Which.
        n: u64,
        /// Whether the directory has it for certain.
        taken: bool,
    },
    /// The time of [`Room::next_deadline`] has come.
    DeadlineReached,
}

/// When a room wants to be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// It may sleep until then: what it waits for is kept.
    pub lasting: Option<Timestamp>,
    /// It must stay awake until then: what it waits for is in memory alone.
    pub fleeting: Option<Timestamp>,
    /// It must be called then, or soon after, even if the process dies before.
    pub assured: Option<Timestamp>,
}

/// What a kind of room adds to what all have in common.
pub(crate) trait Kind {
    /// Somebody is in. `asked`: they said where they had been, or that they take batches; `recovered`: they go on from there.
    fn connected(&mut self, turn: &mut Turn<'_>, slot: Slot, asked: bool, recovered: bool);
    /// Somebody has gone and is no longer in the roster.
    fn disconnected(&mut self, turn: &mut Turn<'_>, gone: &Departure);
    /// The others are to be told who has come and gone.
    fn people_changed(&mut self, turn: &mut Turn<'_>, changes: &[Change]);
    /// A frame of a type that not every room knows.
    fn frame(&mut self, turn: &mut Turn<'_>, slot: Slot, head: &Head<'_>) -> Result<(), Refusal>;
    /// Answers a question that not every room knows.
    fn query(
        &mut self,
        turn: &mut Turn<'_>,
        query: &Query,
        answer: Answer,
    ) -> Result<Answer, Refusal>;
    /// What was known of a user has been removed; of everybody, without one.
    fn erased(&mut self, user: Option<&UserId>);
    /// When the kind wants to be called without input.
    fn next_deadline(&self) -> Option<Timestamp>;
    /// `next_deadline` has come.
    fn deadline_reached(&mut self, turn: &mut Turn<'_>);
    /// Whether a published event is kept when it does not say.
    fn persists_by_default(&self) -> bool;
}

/// One room.
pub struct Room {
    settings: Settings,
    roster: Roster,
    presence: Presence,
    history: History,
    flush: Flush,
    backlog: Backlog,
    flow: Flow,
    moderation: Moderation,
    expiries: Expiries,
    heartbeats: Heartbeats,
    sweeper: Sweeper,
    tally: Tally,
    outbox: Outbox,
    kind: Box<dyn Kind>,
}

impl Room {
    /// The room as it is after a wake, or for the first time: `connections` are the sockets that are open.
    ///
    /// # Errors
    /// If the store cannot say where the history ends.
    pub fn restore(
        settings: Settings,
        now: Timestamp,
        store: &mut dyn Store,
        connections: impl IntoIterator<Item = (Slot, Connection)>,
    ) -> Result<Self, StoreError> {
        let roster = Roster::new(connections);
        let expiries = Expiries::new(&roster);
        let mut heartbeats = Heartbeats::default();
        if !roster.is_empty() {
            heartbeats.woken(now);
        }
        let kind: Box<dyn Kind> = match &settings.party.kind {
            PartyKind::Chat(options) => {
                if options.search {
                    store.enable_search()?;
                }
                Box::new(Chat::new(options))
            }
            PartyKind::Events(options) => Box::new(Events::new(options.persist)),
        };
        let position = store.position()?;
        let outbox = Outbox::restore(&settings, now, &roster, &position, store)?;
        let latest = store.row(position.last)?.map_or(Timestamp::from_millis(0), |row| row.at);
        Ok(Self {
            history: History::new(position, latest),
            moderation: Moderation::new(store.rules()?),
            sweeper: Sweeper::new(settings.party.shared.retention, store)?,
            flush: Flush::default(),
            backlog: Backlog::default(),
            flow: Flow::default(),
            tally: Tally::woken(now),
            presence: Presence::default(),
            outbox,
            settings,
            roster,
            expiries,
            heartbeats,
            kind,
        })
    }

    /// Whether somebody may come in: asked before the socket is accepted, so that who is kept out never holds one.
    ///
    /// # Errors
    /// `banned`, or `unauthorized` for a token that was revoked.
    pub fn may_enter(&mut self, now: Timestamp, grant: &Grant) -> Result<(), Problem> {
        self.moderation.may_enter(grant, now).map_err(|sanction| {
            let problem = Refusal::from(sanction).into_problem();
            self.tally.rejected(now, problem.code);
            problem
        })
    }

    /// Lets go what waits, so that nothing of it reaches somebody who was not there when it was said.
    pub fn flush(&mut self, now: Timestamp, store: &mut dyn Store) -> Effects {
        let (mut turn, _) = self.turn(now, store);
        drop(turn.flush());
        turn.finish()
    }

    /// Takes one input. Never fails: what is wrong with the input becomes a frame or a close.
    ///
    /// Before [`Input::Connect`], [`Room::flush`] is called.
    pub fn handle(&mut self, now: Timestamp, input: Input<'_>, store: &mut dyn Store) -> Effects {
        let (mut turn, kind) = self.turn(now, store);
        match input {
            Input::Connect { slot, connection, since } => {
                turn.tally
                    .count(now, |counted| counted.connects = counted.connects.saturating_add(1));
                turn.tally.active(now);
                connect(&mut turn, kind, slot, connection, since.as_ref());
            }
            Input::Text { slot, text } => {
                turn.tally.received(now, text.len());
                text_frame(&mut turn, kind, slot, text);
            }
            Input::Binary { slot } => {
                turn.tally.received(now, 0);
                if admitted(&mut turn, slot) {
                    let message = "Send text frames.";
                    turn.refuse(slot, &Refusal::new(ErrorCode::BinaryNotSupported, message));
                }
            }
            Input::Oversized { slot, hard } => {
                turn.tally.received(now, 0);
                if admitted(&mut turn, slot) {
                    turn.refuse(slot, &too_long(turn.limits));
                }
                if hard {
                    turn.close(slot, CloseCode::TooBig);
                }
            }
            Input::Renewed { slot, outcome } => renewed(&mut turn, slot, outcome),
            Input::Closed { slot, clean } => {
                turn.tally.active(now);
                turn.flush.forget(slot);
                turn.leave(slot, if clean { Ending::Clean } else { Ending::Broken });
            }
            Input::Committed => turn.tally.committed(now),
            Input::Delivered { id, outcome } => turn.delivered(id, outcome),
            Input::Heartbeats(heard) => {
                let (roster, limits) = (&*turn.roster, turn.limits);
                for slot in turn.heartbeats.judge(roster, heard, limits, turn.now) {
                    turn.close(slot, CloseCode::Silent);
                }
            }
            Input::Unsent(unsent) => {
                for slot in turn.backlog.judge(unsent, turn.limits, now) {
                    // It comes back, and nobody is to notice.
                    turn.close_as(slot, CloseCode::TooSlow, Ending::Broken);
                }
            }
            Input::ReportWanted => turn.tally.reporting.asked(now),
            Input::Reported { n, taken } => turn.tally.reporting.answered(now, n, taken),
            Input::DeadlineReached => deadline_reached(&mut turn, kind),
        }
        settle(&mut turn, kind);
        turn.finish()
    }

    /// Does what a moderator or a backend asks for. `actor` is named in the audit trail.
    ///
    /// # Errors
    /// `invalid-frame` if the request lacks what the action needs; `storage-failed`. Then nothing was done.
    pub fn moderate(
        &mut self,
        now: Timestamp,
        actor: &str,
        action: Action,
        request: &moderation::Request,
        store: &mut dyn Store,
    ) -> (Result<moderation::Outcome, Problem>, Effects) {
        let (mut turn, kind) = self.turn(now, store);
        turn.tally.active(now);
        let outcome = turn.moderate(actor, action, request).map_err(Refusal::into_problem);
        turn.count_refusal(&outcome);
        settle(&mut turn, kind);
        (outcome, turn.finish())
    }

    /// When the room wants [`Input::DeadlineReached`]. A room with nothing to wait for has no deadline.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let Deadlines { lasting, fleeting, assured } = self.deadlines();
        lasting.into_iter().chain(fleeting).chain(assured).min()
    }

    /// The same, by what becomes of it in a room that sleeps.
    pub fn deadlines(&self) -> Deadlines {
        // Who is behind gets the next page as soon as others have had their turn.
        let ready = |slot: &Slot| self.backlog.takes_pages(*slot);
        let catch_up = self.roster.behind().any(|slot| ready(&slot));
        let catch_up = catch_up.then_some(Timestamp::from_millis(0));
        let attendance = self.outbox.attendance.as_ref();
        let leave = attendance.and_then(Attendance::next_leave);
        let fleeting = [
            catch_up,
            self.backlog.next_look(),
            self.flush.next_deadline(self.settings.limits.flush_ms),
            self.kind.next_deadline(),
            self.presence.next_deadline(),
            self.tally.reporting.next_deadline(self.settings.limits.report_ms),
            leave,
        ];
        let lasting = [
            self.expiries.next_deadline(),
            self.heartbeats.next_deadline(),
            self.sweeper.next_deadline(self.history.position()),
            attendance.and_then(Attendance::next_roll_call),
        ];
        let assured =
            [leave, self.outbox.next_deadline(&self.settings.limits, self.history.written())];
        Deadlines {
            lasting: lasting.into_iter().flatten().min(),
            fleeting: fleeting.into_iter().flatten().min(),
            assured: assured.into_iter().flatten().min(),
        }
    }

    fn turn<'a>(
        &'a mut self,
        now: Timestamp,
        store: &'a mut dyn Store,
    ) -> (Turn<'a>, &'a mut dyn Kind) {
        let turn = Turn {
            now,
            settings: &self.settings,
            limits: &self.settings.limits,
            roster: &mut self.roster,
            presence: &mut self.presence,
            history: &mut self.history,
            flush: &mut self.flush,
            backlog: &mut self.backlog,
            flow: &mut self.flow,
            moderation: &mut self.moderation,
            expiries: &mut self.expiries,
            heartbeats: &mut self.heartbeats,
            sweeper: &mut self.sweeper,
            tally: &mut self.tally,
            outbox: &mut self.outbox,
            store,
            out: Vec::new(),
            wrote: false,
            afterwards: Vec::new(),
            notes: Vec::new(),
            departed: Vec::new(),
            changes: Vec::new(),
        };
        (turn, self.kind.as_mut())
    }
}

/// Tells the kind, and through it the others, what this turn has done to people.
fn settle(turn: &mut Turn<'_>, kind: &mut dyn Kind) {
    for gone in std::mem::take(&mut turn.departed) {
        kind.disconnected(turn, &gone);
        turn.tally.changed(turn.now);
    }
    let changes = std::mem::take(&mut turn.changes);
    if !changes.is_empty() {
        turn.tally.changed(turn.now);
        kind.people_changed(turn, &changes);
    }
}

fn deadline_reached(turn: &mut Turn<'_>, kind: &mut dyn Kind) {
    end_tokens(turn);
    let changes = turn.presence.expire(turn.roster, turn.now);
    turn.changes.extend(changes);
    kind.deadline_reached(turn);
    turn.check_attendance();
    turn.give_up_waiting();
    turn.catch_up_all();
    turn.sweep_when_due();
    if turn.heartbeats.is_due(turn.now) {
        turn.afterwards.push(Effect::CheckHeartbeats);
    }
}
