//! The Durable Object: one room.
//!
//! Every event is one synchronous turn: wake if asleep, `Room::handle`, perform the effects, set the timer. Nothing is
//! awaited in between, so events keep their order and no other event sees half a turn.

use std::cell::{OnceCell, RefCell};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use js_sys::JsString;
use wasm_bindgen::prelude::*;
use worker::wasm_bindgen_futures::spawn_local;
use worker::{DurableObject, Env, Request, Response, Result, State, WebSocketPair, durable_object};

use super::bindings::{ObjectState, Socket, Storage, random_uuid};
use super::calls::Calls;
use super::database::ObjectDatabase;
use super::handoff::{Entrance, Errand};
use super::sockets::{self, Leftover, Sockets, Unchecked};
use super::timer::Timer;
use super::{authorize, delivery, directory, export, log, now, reply, settings, tokens};
use crate::access::authorize::Question;
use crate::access::{Grant, admission};
use crate::codes::{CloseCode, ErrorCode};
use crate::config::{Config, LogLevel, Party};
use crate::directory::Told;
use crate::ids::{ConnectionId, MessageId, PartyName, RoomName, UserId};
use crate::limits::Limits;
use crate::metrics::Report;
use crate::problem::Problem;
use crate::publish::{self, Idempotency, Publication};
use crate::relay::Source;
use crate::room::moderation::{self, Action, Outcome};
use crate::room::{
    Call, Delivery, Effects, Erased, Input, Note, Query, Replay, Replayed, Room, Settings, Since,
    Slot,
};
use crate::store::sql::SqlStore;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// A room's object. Everything in it can be lost at any time between two events.
#[durable_object(fetch)]
pub struct RoomObject {
    // Lets the object compile whether a panic aborts or unwinds.
    shell: AssertUnwindSafe<Rc<Shell>>,
}

pub(super) struct Shell {
    state: State,
    env: Env,
    awake: RefCell<Option<Awake>>,
    timer: Timer,
    calls: Calls,
    callbacks: OnceCell<Callbacks>,
}

/// What the runtime calls later.
struct Callbacks {
    timer: Closure<dyn FnMut()>,
    committed: Closure<dyn FnMut(JsValue)>,
    not_committed: Closure<dyn FnMut(JsValue)>,
}

impl Callbacks {
    fn new(shell: &Rc<Shell>) -> Self {
        let (timer, commit) = (Rc::downgrade(shell), Rc::downgrade(shell));
        Self {
            timer: Closure::new(move || {
                if let Some(shell) = timer.upgrade() {
                    shell.timer.fired();
                    shell.deadline();
                }
            }),
            committed: Closure::new(move |_| {
                if let Some(shell) = commit.upgrade() {
                    shell.committed();
                }
            }),
            not_committed: Closure::new(|exception: JsValue| {
                // The runtime resets the object, and with that closes every socket.
                log::error("commit", None, &log::describe(&exception));
            }),
        }
    }

    /// Has the room told once everything that it wrote is on disk.
    fn once_on_disk(&self, storage: &Storage) {
        match storage.sync() {
            Ok(promise) => drop(promise.then2(&self.committed, &self.not_committed)),
            Err(exception) => log::error("commit", None, &log::describe(&exception)),
        }
    }
}

/// What the room is made of while it is awake.
pub(super) struct Awake {
    room: Room,
    pub(super) store: SqlStore<ObjectDatabase>,
    sockets: Sockets,
    limits: Limits,
    log_level: LogLevel,
    /// What the directory knows this wake by.
    run: String,
}

impl DurableObject for RoomObject {
    fn new(state: State, env: Env) -> Self {
        // The runtime answers this very text itself, so heartbeats do not wake the room.
        if let Ok(pair) = worker::WebSocketRequestResponsePair::new("ping", "pong") {
            state.set_websocket_auto_response(&pair);
        }
        let shell = Rc::new(Shell {
            state,
            env,
            awake: RefCell::default(),
            timer: Timer::default(),
            calls: Calls::default(),
            callbacks: OnceCell::new(),
        });
        // The cell is empty: it was made a few lines above.
        drop(shell.callbacks.set(Callbacks::new(&shell)));
        Self { shell: AssertUnwindSafe(shell) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let answer = match Errand::of(&request) {
            Some(Errand::Connect(entrance)) => return self.shell.connect(entrance),
            Some(Errand::Publish { key, source }) => {
                let body = request.bytes().await?;
                let answer = self.shell.publish(&body, key.as_ref(), source.as_ref()).await;
                answer.map(reply::json_text)
            }
            Some(Errand::Moderate { action, actor }) => {
                let body = request.bytes().await?;
                self.shell.moderate(action, &actor, &body).map(|outcome| reply::json(&outcome))
            }
            Some(Errand::Query { query }) => self.shell.query(&query).map(reply::json_text),
            Some(Errand::Erase { user, actor }) => {
                self.shell.erase(&user, &actor).map(|erased| reply::json(&erased))
            }
            Some(Errand::Wipe) => self.shell.wipe().map(|()| reply::no_content()),
            Some(Errand::Replay) => {
                let body = request.bytes().await?;
                self.shell.replay(&body).map(|replayed| reply::json(&replayed))
            }
            Some(Errand::Export) => return export::stream(Rc::clone(&self.shell)),
            Some(Errand::Report) => self.shell.report_wanted().map(|()| reply::no_content()),
            Some(Errand::Audit) => self.shell.audit_trail().map(|entries| {
                reply::json_text(format!("{{\"entries\":[{}]}}", entries.join(",")))
            }),
            None => Err(Problem::new(ErrorCode::NotFound, "No such errand.")),
        };
        answer.unwrap_or_else(|problem| reply::problem(&problem, None))
    }
}

/// The WebSocket handlers, written by hand: they are synchronous, and look at a frame's size before it is copied into
/// memory that never shrinks.
#[wasm_bindgen]
#[allow(unreachable_pub, missing_docs, reason = "exports for the runtime, not an API")]
impl RoomObject {
    #[wasm_bindgen(js_name = webSocketMessage)]
    pub fn web_socket_message(&self, socket: Socket, frame: JsValue) {
        self.shell.frame(&socket, &frame);
    }

    #[wasm_bindgen(js_name = alarm)]
    pub fn alarm(&self) {
        self.shell.alarm();
    }

    #[wasm_bindgen(js_name = webSocketClose)]
    pub fn web_socket_close(&self, socket: Socket, code: u16, reason: String, clean: bool) {
        self.shell.closed(&socket, clean);
        sockets::answer_close(&socket, code, &reason);
    }

    #[wasm_bindgen(js_name = webSocketError)]
    pub fn web_socket_error(&self, socket: Socket, _error: JsValue) {
        self.shell.closed(&socket, false);
        sockets::abandon(&socket, CloseCode::Internal);
    }
}

impl Shell {
    fn connect(self: &Rc<Self>, entrance: Entrance) -> Result<Response> {
        let Entrance { connection, since, subprotocol, compress } = entrance;
        let since = since.as_deref().map(Since::parse);
        let pair = WebSocketPair::new()?;
        let server: Socket =
            AsRef::<JsValue>::as_ref(pair.server.as_ref()).clone().unchecked_into();
        // Out with what waits, before there is somebody whom it is not for.
        let accepted = self.turn(|awake, now| ((), awake.room.flush(now, &mut awake.store)));
        let accepted = accepted.and_then(|()| {
            self.turn(|awake, now| {
                if let Err(problem) = awake.room.may_enter(now, &connection.grant) {
                    return (Err(problem), Effects::default());
                }
                match awake.sockets.accept(self.object_state(), server, &connection) {
                    Ok(slot) => {
                        let input = Input::Connect { slot, connection, since };
                        (Ok(()), awake.handle(now, input))
                    }
                    Err(exception) => {
                        let detail = log::describe(&exception);
                        (Err(Problem::new(ErrorCode::Internal, detail)), Effects::default())
                    }
                }
            })?
        });
        match accepted {
            Ok(()) => reply::upgraded(pair.client, subprotocol.as_deref(), compress),
            Err(problem) => {
                if problem.code == ErrorCode::Internal {
                    log::error("connect", self.name().as_deref(), &problem.detail);
                } else {
                    let level =
                        settings::config(&self.env).map_or(LogLevel::Error, |c| c.log_level);
                    let code = problem.code.as_str();
                    log::info(level, "refused", self.name().as_deref(), code);
                }
                reply::refused_socket(&problem, subprotocol.as_deref())
            }
        }
    }

    /// The body was looked at before it came here, so only what an older Worker lets through is refused.
    async fn publish(
        self: &Rc<Self>,
        body: &[u8],
        key: Option<&Idempotency>,
        source: Option<&Source>,
    ) -> std::result::Result<String, Problem> {
        let Publication { events, several } =
            Publication::parse(body, &settings::config(&self.env)?.limits)?;
        let events = events.into_iter().map(|event| Ok((random_id()?, event)));
        let events = events.collect::<std::result::Result<Vec<_>, Problem>>()?;
        let waiting = self.calls.begin();
        let call = Call { ticket: waiting.ticket, events: &events, key, source };
        let receipts =
            self.turn(|awake, now| awake.room.publish(now, &call, &mut awake.store))??;
        waiting.settled().await?;
        Ok(publish::answer(&receipts, several))
    }

    fn query(self: &Rc<Self>, query: &Query) -> std::result::Result<String, Problem> {
        self.turn(|awake, now| awake.room.query(now, query, &mut awake.store))?
    }

    fn erase(self: &Rc<Self>, user: &UserId, actor: &str) -> std::result::Result<Erased, Problem> {
        self.turn(|awake, now| awake.room.erase_user(now, actor, user, &mut awake.store))?
    }

    fn wipe(self: &Rc<Self>) -> std::result::Result<(), Problem> {
        self.turn(|awake, now| awake.room.wipe(now, &mut awake.store))?
    }

    fn replay(self: &Rc<Self>, body: &[u8]) -> std::result::Result<Replayed, Problem> {
        let replay = Replay::parse(body)?;
        self.turn(|awake, now| awake.room.replay(now, &replay, &mut awake.store))?
    }

    fn frame(self: &Rc<Self>, socket: &Socket, frame: &JsValue) {
        self.socket_event(socket, |awake, now, slot| {
            let Some(text) = frame.dyn_ref::<JsString>() else {
                let hard = binary_length(frame) > awake.limits.frame_hard_bytes;
                let input =
                    if hard { Input::Oversized { slot, hard } } else { Input::Binary { slot } };
                return awake.handle(now, input);
            };
            // In UTF-16 units; a text of that many has at least as many bytes.
            let length = text.length() as usize;
            if length > awake.limits.frame_bytes {
                let hard = length > awake.limits.frame_hard_bytes;
                return awake.handle(now, Input::Oversized { slot, hard });
            }
            let text = String::from(text);
            awake.handle(now, Input::Text { slot, text: &text })
        });
    }

    fn closed(self: &Rc<Self>, socket: &Socket, clean: bool) {
        self.socket_event(socket, |awake, now, slot| {
            awake.sockets.remove(slot);
            awake.handle(now, Input::Closed { slot, clean })
        });
    }

    fn committed(self: &Rc<Self>) {
        let outcome = self.turn(|awake, now| ((), awake.handle(now, Input::Committed)));
        if let Err(problem) = outcome {
            log::error("committed", self.name().as_deref(), &problem.detail);
        }
    }

    fn moderate(
        self: &Rc<Self>,
        action: Action,
        actor: &str,
        body: &[u8],
    ) -> std::result::Result<Outcome, Problem> {
        let request = moderation::Request::parse(body)?;
        self.turn(|awake, now| awake.room.moderate(now, actor, action, &request, &mut awake.store))?
    }

    fn audit_trail(self: &Rc<Self>) -> std::result::Result<Vec<String>, Problem> {
        self.read(|awake| awake.store.audit_trail(awake.limits.history_page_max))
    }

    /// Looks something up in the store.
    pub(super) fn read<T>(
        self: &Rc<Self>,
        body: impl FnOnce(&mut Awake) -> std::result::Result<T, StoreError>,
    ) -> std::result::Result<T, Problem> {
        let outcome = self.turn(|awake, _| (body(awake), Effects::default()))?;
        outcome
            .map_err(|fault| Problem::new(ErrorCode::StorageFailed, format!("Try again: {fault}.")))
    }

    fn deadline(self: &Rc<Self>) {
        self.deadline_after(|| {});
    }

    fn alarm(self: &Rc<Self>) {
        self.deadline_after(|| self.timer.alarmed());
    }

    fn deadline_after(self: &Rc<Self>, prepare: impl FnOnce()) {
        let outcome = self.turn(|awake, now| {
            prepare();
            ((), awake.handle(now, Input::DeadlineReached))
        });
        if let Err(problem) = outcome {
            log::error("deadline", self.name().as_deref(), &problem.detail);
        }
    }

    /// Checks a token that a connection sent, which may take a request to another host, and tells the room.
    fn authenticate(self: &Rc<Self>, unchecked: Unchecked) {
        let shell = Rc::clone(self);
        spawn_local(async move {
            let Unchecked { socket, connection, token } = unchecked;
            let outcome = shell.verify(&connection, &token).await;
            shell.socket_event(&socket, |awake, now, slot| {
                awake.handle(now, Input::Renewed { slot, outcome })
            });
        });
    }

    /// Gives a report to the directory, and tells the room what became of it.
    fn report(self: &Rc<Self>, run: String, report: Report) {
        let shell = Rc::clone(self);
        spawn_local(async move {
            let (n, room) = (report.n, shell.name().unwrap_or_default());
            let taken = match settings::config(&shell.env) {
                Ok(config) => {
                    directory::tell(&shell.env, &config, &Told { room, run, report }).await
                }
                Err(_) => false,
            };
            let input = Input::Reported { n, taken };
            let outcome = shell.turn(|awake, now| ((), awake.handle(now, input)));
            if let Err(problem) = outcome {
                log::error("reported", shell.name().as_deref(), &problem.detail);
            }
        });
    }

    /// Brings something to somebody else, and tells the room what came of it.
    fn deliver(self: &Rc<Self>, delivery: Delivery) {
        let shell = Rc::clone(self);
        spawn_local(async move {
            let Ok(config) = settings::config(&shell.env) else { return };
            let (timeout_ms, level) = (config.limits.webhook_timeout_ms, config.log_level);
            let name = shell.name();
            let outcome =
                delivery::attempt(&shell.env, &delivery, timeout_ms, level, name.as_deref()).await;
            let id = &delivery.id;
            let told =
                shell.turn(|awake, now| ((), awake.handle(now, Input::Delivered { id, outcome })));
            if let Err(problem) = told {
                log::error("delivered", name.as_deref(), &problem.detail);
            }
        });
    }

    fn report_wanted(self: &Rc<Self>) -> std::result::Result<(), Problem> {
        self.turn(|awake, now| {
            if awake.limits.report_ms == 0 {
                let detail = "This deployment's rooms do not report.";
                return (Err(Problem::new(ErrorCode::NotEnabled, detail)), Effects::default());
            }
            (Ok(()), awake.handle(now, Input::ReportWanted))
        })?
    }

    async fn verify(
        &self,
        connection: &ConnectionId,
        token: &str,
    ) -> std::result::Result<Grant, Problem> {
        let config = settings::config(&self.env)?;
        let (name, party, room) = self.address(&config)?;
        if let Some(backend) = party.authorize() {
            let question = Question { party: name, room: &room, token, connection };
            return authorize::ask(backend, &question).await;
        }
        let verified = tokens::verify(&config, token, |work| self.state.wait_until(work)).await;
        admission::grant(verified, &room)
    }

    /// Which room this is, by the object's name.
    fn address<'a>(
        &self,
        config: &'a Config,
    ) -> std::result::Result<(&'a PartyName, &'a Party, RoomName), Problem> {
        let internal = |text: String| Problem::new(ErrorCode::Internal, text);
        let name = self.name().ok_or_else(|| internal("The object has no name.".into()))?;
        let (party, room) = name.split_once('/').unwrap_or_default();
        let party = config.parties.iter().find(|(known, _)| known.as_str() == party);
        let (party_name, party) = party.ok_or_else(|| {
            Problem::new(ErrorCode::UnknownParty, "The party of this room is no longer configured.")
        })?;
        let room = RoomName::parse(room).map_err(|fault| internal(fault.to_string()))?;
        Ok((party_name, party, room))
    }

    /// A turn about a socket that is in the room.
    fn socket_event(
        self: &Rc<Self>,
        socket: &Socket,
        body: impl FnOnce(&mut Awake, Timestamp, Slot) -> Effects,
    ) {
        // The slot is looked up inside the turn: a wake gives out new ones.
        let outcome = self.turn(|awake, now| {
            let effects = match awake.sockets.slot_of(socket) {
                Some(slot) => body(awake, now, slot),
                None => Effects::default(),
            };
            ((), effects)
        });
        if let Err(problem) = outcome {
            log::error("socket-event", self.name().as_deref(), &problem.detail);
            sockets::abandon(socket, CloseCode::Internal);
        }
    }

    /// One turn: wakes the room if it is asleep, runs `body`, performs its effects, sets the timer.
    ///
    /// # Errors
    /// If the room cannot be woken.
    fn turn<T>(
        self: &Rc<Self>,
        body: impl FnOnce(&mut Awake, Timestamp) -> (T, Effects),
    ) -> std::result::Result<T, Problem> {
        let internal = |text: &str| Problem::new(ErrorCode::Internal, text);
        // Nothing in a turn calls back into the object, so the borrow cannot fail.
        let mut awake =
            self.awake.try_borrow_mut().map_err(|_| internal("a turn within a turn"))?;
        let now = now();
        let awake = match awake.as_mut() {
            Some(awake) => awake,
            None => awake.insert(self.wake(now)?),
        };
        let (value, effects) = body(awake, now);
        let mut time_commit = effects.time_commit;
        let mut leftover = self.perform(awake, effects);
        // What the room wants to know of its sockets, it is told in the same turn; of that comes no more than a few closes.
        if std::mem::take(&mut leftover.check_heartbeats) {
            let heard = awake.sockets.heard(self.object_state());
            let effects = awake.handle(now, Input::Heartbeats(&heard));
            time_commit |= effects.time_commit;
            leftover.add(self.perform(awake, effects));
        }
        if std::mem::take(&mut leftover.check_unsent) {
            let unsent = awake.sockets.unsent();
            let effects = awake.handle(now, Input::Unsent(&unsent));
            time_commit |= effects.time_commit;
            leftover.add(self.perform(awake, effects));
        }
        if let Some(callbacks) = self.callbacks.get() {
            let fire = callbacks.timer.as_ref().unchecked_ref();
            self.timer.set(awake.room.deadlines(), now, fire, &self.storage());
            if time_commit {
                callbacks.once_on_disk(&self.storage());
            }
        }
        for (ticket, fault) in leftover.published {
            self.calls.settle(ticket, fault);
        }
        for unchecked in leftover.tokens {
            self.authenticate(unchecked);
        }
        if let Some(report) = leftover.report {
            self.report(awake.run.clone(), report);
        }
        for (event, detail) in leftover.warnings {
            log::error(event, self.name().as_deref(), &detail);
        }
        for delivery in leftover.deliveries {
            self.deliver(delivery);
        }
        Ok(value)
    }

    fn log(&self, level: LogLevel, notes: &[Note]) {
        // Nearly every turn has nothing to say, and the name is a call into the runtime.
        if !notes.is_empty() {
            log::notes(level, self.name().as_deref(), notes);
        }
    }

    fn perform(&self, awake: &mut Awake, effects: Effects) -> Leftover {
        self.log(awake.log_level, &effects.notes);
        awake.sockets.perform(effects.list)
    }

    /// Rebuilds the room from its store and its sockets.
    fn wake(&self, now: Timestamp) -> std::result::Result<Awake, Problem> {
        let internal = |text: String| Problem::new(ErrorCode::Internal, text);
        let config = settings::config(&self.env)?;
        let (party_name, party, name) = self.address(&config)?;
        let mut store = SqlStore::open(ObjectDatabase::new(self.storage()))
            .map_err(|fault| internal(fault.to_string()))?;
        let (sockets, connections) = Sockets::restore(self.object_state())
            .map_err(|exception| internal(log::describe(&exception)))?;
        let detail = format!("{} sockets", connections.len());
        log::debug(config.log_level, "wake", &self.name().unwrap_or_default(), &detail);
        let mut settings = Settings::new(&config, party_name, party, name);
        if !directory::is_bound(&self.env) {
            settings.limits.report_ms = 0;
        }
        let limits = settings.limits.clone();
        let room = Room::restore(settings, now, &mut store, connections)
            .map_err(|fault| internal(fault.to_string()))?;
        let run = random_uuid().map_err(|exception| internal(log::describe(&exception)))?;
        let log_level = config.log_level;
        Ok(Awake { room, store, sockets, limits, log_level, run })
    }

    fn object_state(&self) -> &ObjectState {
        AsRef::<JsValue>::as_ref(self.state.as_raw()).unchecked_ref()
    }

    fn storage(&self) -> Storage {
        AsRef::<JsValue>::as_ref(self.state.storage().as_raw()).clone().unchecked_into()
    }

    pub(super) fn name(&self) -> Option<String> {
        self.state.id().name()
    }
}

impl Awake {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) -> Effects {
        self.room.handle(now, input, &mut self.store)
    }
}

fn binary_length(frame: &JsValue) -> usize {
    frame.dyn_ref::<js_sys::ArrayBuffer>().map_or(0, |buffer| buffer.byte_length() as usize)
}

fn random_id() -> std::result::Result<MessageId, Problem> {
    let internal = |text: String| Problem::new(ErrorCode::Internal, text);
    let id = random_uuid().map_err(|exception| internal(log::describe(&exception)))?;
    MessageId::parse(id).map_err(|fault| internal(fault.to_string()))
}
