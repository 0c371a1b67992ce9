//! A room with a clock, people and a memory, for tests that compare whole lists of effects.

use durable_rooms::access::{Capabilities, Capability, Grant, Role};
use durable_rooms::codes::CloseCode;
use durable_rooms::config::Config;
use durable_rooms::ids::{ConnectionId, MessageId, RoomName, UserId, Username};
use durable_rooms::problem::Problem;
use durable_rooms::publish::{Idempotency, Publication, Receipt};
use durable_rooms::relay::Source;
use durable_rooms::room::{
    Audience, Call, Connection, Delivery, Effect, Effects, Input, Outcome, Query, Replay, Room,
    Settings, Since, Slot, Ticket, Topic,
};
use durable_rooms::store::MemStore;
use durable_rooms::time::Timestamp;
use serde_json::{Value, json};

/// When every test begins.
pub const START: u64 = 1_760_000_000_000;

/// Slots of the three actors.
pub const ALICE: Slot = Slot(0);
pub const BOB: Slot = Slot(1);
pub const MALLORY: Slot = Slot(2);

pub const WEBHOOK_SECRET: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

pub struct TestRoom {
    pub room: Room,
    pub store: MemStore,
    pub now: u64,
    settings: Settings,
}

impl TestRoom {
    pub fn chat() -> Self {
        Self::of(r#"{"kind":"chat"}"#)
    }

    pub fn events() -> Self {
        Self::of(r#"{"kind":"events"}"#)
    }

    pub fn of(party: &str) -> Self {
        Self::limited(party, "{}")
    }

    pub fn limited(party: &str, limits: &str) -> Self {
        let settings = Self::settings(party, limits);
        let mut store = MemStore::new();
        let now = Timestamp::from_millis(START);
        let room = Room::restore(settings.clone(), now, &mut store, []).unwrap();
        Self { room, store, now: START, settings }
    }

    /// From the next wake on the party has other options.
    pub fn reconfigure(&mut self, party: &str) {
        self.settings = Self::settings(party, "{}");
    }

    fn settings(party: &str, limits: &str) -> Settings {
        // Tests that are not about reports are not to meet any.
        let mut limits: Value = serde_json::from_str(limits).unwrap();
        limits.as_object_mut().unwrap().entry("reportMs").or_insert(json!(0));
        let parties = format!(r#"{{"test":{party}}}"#);
        let config = Config::parse(|name| match name {
            "PARTIES" => Some(parties.clone()),
            "LIMITS" => Some(limits.to_string()),
            "WEBHOOK_SECRET" => Some(WEBHOOK_SECRET.to_owned()),
            _ => None,
        })
        .unwrap();
        let (party_name, party) = config.parties.first().unwrap();
        Settings::new(&config, party_name, party, RoomName::parse("r1").unwrap())
    }

    /// The room after it slept: what the store and the attachments hold is all that is left.
    pub fn sleep(&mut self, open: &[(Slot, Connection)]) {
        self.wake(open);
        self.nobody_sends_heartbeats();
    }

    /// The same, before it has asked who is still there.
    pub fn wake(&mut self, open: &[(Slot, Connection)]) {
        let through_attachments = open.iter().map(|(slot, connection)| {
            let attachment = serde_json::to_string(connection).unwrap();
            (*slot, serde_json::from_str(&attachment).unwrap())
        });
        let now = Timestamp::from_millis(self.now);
        let settings = self.settings.clone();
        self.room = Room::restore(settings, now, &mut self.store, through_attachments).unwrap();
    }

    /// What becomes of an input on a disk that is done at once.
    pub fn handle(&mut self, input: Input<'_>) -> Vec<Effect> {
        let effects = self.handle_raw(input);
        self.commit(effects)
    }

    /// What becomes of an input before what it wrote is on disk.
    pub fn handle_raw(&mut self, input: Input<'_>) -> Effects {
        self.room.handle(Timestamp::from_millis(self.now), input, &mut self.store)
    }

    /// What becomes of a frame before what it wrote is on disk.
    pub fn send_raw(&mut self, slot: Slot, frame: Value) -> Vec<Effect> {
        self.handle_raw(Input::Text { slot, text: &frame.to_string() }).list
    }

    /// What becomes of a call before what it brought has gone out.
    pub fn begin_call(&mut self, event: Value) -> (Result<Vec<Receipt>, Problem>, Vec<Effect>) {
        let body = event.to_string();
        let events = Publication::parse(body.as_bytes(), &self.settings.limits).unwrap().events;
        let ids = (1..).map(|n| MessageId::parse(format!("event-{n}")).unwrap());
        let events: Vec<_> = ids.zip(events).collect();
        let call = Call { ticket: Ticket(1), events: &events, key: None, source: None };
        let now = Timestamp::from_millis(self.now);
        let (receipts, effects) = self.room.publish(now, &call, &mut self.store);
        (receipts, effects.list)
    }

    fn commit(&mut self, effects: Effects) -> Vec<Effect> {
        let Effects { mut list, time_commit, .. } = effects;
        if time_commit {
            list.extend(self.handle_raw(Input::Committed).list);
        }
        // Tests that are not about groups are not to wait for them.
        let waiting = self.room.flush(Timestamp::from_millis(self.now), &mut self.store);
        list.extend(waiting.list);
        if waiting.time_commit {
            list.extend(self.handle_raw(Input::Committed).list);
        }
        list
    }

    /// The code with which somebody is kept out, if they are.
    pub fn kept_out(&mut self, connection: &Connection) -> Option<&'static str> {
        let outcome = self.room.may_enter(Timestamp::from_millis(self.now), &connection.grant);
        outcome.err().map(|problem| problem.code.as_str())
    }

    pub fn connect(&mut self, slot: Slot, connection: Connection) -> Vec<Effect> {
        self.enter(slot, connection, None)
    }

    /// Connects as the shell does: first out with what waits.
    pub fn enter(
        &mut self,
        slot: Slot,
        connection: Connection,
        since: Option<&str>,
    ) -> Vec<Effect> {
        let effects = self.room.flush(Timestamp::from_millis(self.now), &mut self.store);
        let mut effects = self.commit(effects);
        let since = since.map(Since::parse);
        effects.extend(self.handle(Input::Connect { slot, connection, since }));
        self.nobody_sends_heartbeats();
        effects
    }

    /// Without heartbeats there is nothing to wait for.
    fn nobody_sends_heartbeats(&mut self) {
        let heard: Vec<_> = (0..8).map(|slot| (Slot(slot), None)).collect();
        assert_eq!(self.handle(Input::Heartbeats(&heard)), []);
    }

    pub fn send(&mut self, slot: Slot, frame: Value) -> Vec<Effect> {
        self.text(slot, &frame.to_string())
    }

    pub fn text(&mut self, slot: Slot, text: &str) -> Vec<Effect> {
        self.handle(Input::Text { slot, text })
    }

    pub fn close(&mut self, slot: Slot) -> Vec<Effect> {
        self.handle(Input::Closed { slot, clean: true })
    }

    /// The line of a connection breaks.
    pub fn lose(&mut self, slot: Slot) -> Vec<Effect> {
        self.handle(Input::Closed { slot, clean: false })
    }

    /// What the HTTP API answers.
    pub fn ask(&mut self, below: &str, parameters: &[(&str, &str)]) -> Result<Value, &'static str> {
        let query = Query::read(Topic::find(below).unwrap(), parameters.iter().copied());
        let query = query.map_err(|problem| problem.code.as_str())?;
        let now = Timestamp::from_millis(self.now);
        let (answer, effects) = self.room.query(now, &query, &mut self.store);
        self.commit(effects);
        let answer = answer.map_err(|problem| problem.code.as_str())?;
        Ok(serde_json::from_str(&answer).unwrap())
    }

    pub fn publish(&mut self, event: Value) -> (Receipt, Vec<Effect>) {
        let (receipts, effects) = self.call(event, None);
        (receipts.unwrap().remove(0), effects)
    }

    /// What becomes of the body of a call, perhaps with an `Idempotency-Key`.
    pub fn call(
        &mut self,
        body: Value,
        key: Option<&str>,
    ) -> (Result<Vec<Receipt>, &'static str>, Vec<Effect>) {
        self.call_from(body, key, None)
    }

    /// The same, perhaps from another room.
    pub fn call_from(
        &mut self,
        body: Value,
        key: Option<&str>,
        source: Option<&Source>,
    ) -> (Result<Vec<Receipt>, &'static str>, Vec<Effect>) {
        let body = body.to_string();
        let events = Publication::parse(body.as_bytes(), &self.settings.limits).unwrap().events;
        let ids = (1..).map(|n| MessageId::parse(format!("event-{n}")).unwrap());
        let events: Vec<_> = ids.zip(events).collect();
        let key = key.map(|key| Idempotency::parse(key, body.as_bytes()).unwrap());
        let now = Timestamp::from_millis(self.now);
        let ticket = Ticket(now.as_millis());
        let call = Call { ticket, events: &events, key: key.as_ref(), source };
        let (receipts, effects) = self.room.publish(now, &call, &mut self.store);
        let (answers, effects): (Vec<_>, Vec<_>) = self
            .commit(effects)
            .into_iter()
            .partition(|effect| matches!(effect, Effect::Published { .. }));
        let receipts = receipts.map_err(|problem| problem.code.as_str());
        let receipts = match (receipts, answers.as_slice()) {
            (Ok(_), [Effect::Published { fault: Some(_), .. }]) => Err("storage-failed"),
            (Ok(receipts), [Effect::Published { ticket: answered, fault: None }]) => {
                assert_eq!(*answered, ticket);
                Ok(receipts)
            }
            (Err(code), []) => Err(code),
            (receipts, answers) => panic!("{receipts:?} was answered with {answers:?}"),
        };
        (receipts, effects)
    }

    /// What becomes of the result of a delivery.
    pub fn answer(&mut self, id: &str, outcome: Outcome) -> Vec<Effect> {
        self.handle(Input::Delivered { id, outcome })
    }

    /// How many dead letters an operator's wish brings back, and what becomes of it.
    pub fn replay(&mut self, body: Value) -> (u64, Vec<Effect>) {
        let replay = Replay::parse(body.to_string().as_bytes()).unwrap();
        let now = Timestamp::from_millis(self.now);
        let (outcome, effects) = self.room.replay(now, &replay, &mut self.store);
        (outcome.unwrap().replayed, self.commit(effects))
    }

    pub fn wipe(&mut self) -> Vec<Effect> {
        let now = Timestamp::from_millis(self.now);
        let (outcome, effects) = self.room.wipe(now, &mut self.store);
        outcome.unwrap();
        self.commit(effects)
    }

    pub fn erase(&mut self, user: &str) -> Vec<Effect> {
        let (now, user) = (Timestamp::from_millis(self.now), UserId::parse(user).unwrap());
        let (outcome, effects) = self.room.erase_user(now, "actor", &user, &mut self.store);
        outcome.unwrap();
        self.commit(effects)
    }

    /// Jumps to the room's next deadline and lets it act.
    pub fn advance_to_deadline(&mut self) -> Vec<Effect> {
        let deadline = self.room.next_deadline().expect("the room has a deadline").as_millis();
        self.now = self.now.max(deadline);
        self.handle(Input::DeadlineReached)
    }

    /// A chat with Alice and Bob in it, past their greetings.
    pub fn chat_of_two() -> Self {
        let mut room = Self::chat();
        room.connect(ALICE, alice());
        room.connect(BOB, bob());
        room
    }
}

/// The deliveries among effects.
pub fn deliveries(effects: &[Effect]) -> Vec<Delivery> {
    let deliveries = effects.iter().filter_map(|effect| match effect {
        Effect::Deliver(delivery) => Some(delivery.clone()),
        _ => None,
    });
    deliveries.collect()
}

pub fn connection(id: &str, user: &str, name: &str) -> Connection {
    let grant = Grant {
        user_id: UserId::parse(user).unwrap(),
        username: Username::parse(name).unwrap(),
        role: Role::User,
        capabilities: Capabilities::default_of(Role::User),
        expires_at: None,
        issued_at: None,
        limits: None,
    };
    Connection::new(ConnectionId::parse(id).unwrap(), grant, false)
}

pub fn alice() -> Connection {
    connection("a1", "alice", "Alice")
}

pub fn bob() -> Connection {
    connection("b1", "bob", "Bob")
}

/// Somebody whose token allows just this.
pub fn restricted(mut connection: Connection, capabilities: &[Capability]) -> Connection {
    connection.grant.capabilities = Capabilities::of(capabilities);
    connection
}

/// The same connection, taking several frames in one WebSocket message.
pub fn batching(mut connection: Connection) -> Connection {
    connection.batch = true;
    connection
}

/// Somebody who may do everything.
pub fn admin(mut connection: Connection) -> Connection {
    connection.grant.capabilities = Capabilities::default_of(Role::Admin);
    connection
}

/// The `message` frame with this id.
pub fn message(id: &str) -> Value {
    json!({"type": "message", "messageId": id, "message": "x"})
}

/// The `ack` of a frame of now.
pub fn ack(room: &TestRoom, slot: Slot, id: &str, seq: u64) -> (Audience, Value) {
    one(slot, json!({"type": "ack", "messageId": id, "seq": seq, "timestamp": room.now}))
}

/// The `new-message` that comes of [`message`] now.
pub fn new_message(room: &TestRoom, by: &Connection, id: &str, seq: u64) -> Value {
    json!({
        "type": "new-message", "messageId": id, "message": "x", "userId": by.grant.user_id,
        "username": by.grant.username, "timestamp": room.now, "seq": seq,
    })
}

pub fn one(slot: Slot, frame: Value) -> (Audience, Value) {
    (Audience::One(slot), frame)
}

pub fn all(frame: Value) -> (Audience, Value) {
    (Audience::All, frame)
}

pub fn except(slots: &[Slot], frame: Value) -> (Audience, Value) {
    (Audience::Except(slots.to_vec()), frame)
}

/// Asserts that these frames are sent, in this order, and that nothing else is done.
#[track_caller]
pub fn assert_sent(effects: Vec<Effect>, expected: &[(Audience, Value)]) {
    assert_eq!(told(effects), expected);
}

/// Effects frame by frame, as [`assert_sent`] compares them.
pub fn told(effects: Vec<Effect>) -> Vec<(Audience, Value)> {
    let mut told = Vec::new();
    for effect in effects {
        match effect {
            Effect::Send { to, frames } => {
                let frames = frames.iter().map(|frame| serde_json::from_str(frame).unwrap());
                told.extend(frames.map(|frame| (to.clone(), frame)));
            }
            Effect::Authenticate { slot, token, .. } => {
                told.push(one(slot, json!({ "authenticate": token })));
            }
            Effect::Remember { slot, connection } => {
                told.push(one(slot, json!({ "remember": connection })));
            }
            Effect::Close { slot, code } => told.push(closed(slot, code)),
            Effect::CheckUnsent => told.push(all(json!("check-unsent"))),
            Effect::CheckHeartbeats => told.push(all(json!("check-heartbeats"))),
            Effect::Report(report) => told.push(all(json!({ "report": report }))),
            Effect::Deliver(delivery) => told.push(all(json!({ "deliver": delivery.body }))),
            Effect::Warn { event, detail } => told.push(all(json!({ "warn": [event, detail] }))),
            Effect::Published { ticket, fault } => {
                let fault = fault.map(|problem| problem.code.as_str());
                told.push(all(json!({ "published": [ticket.0, fault] })));
            }
        }
    }
    told
}

/// What [`assert_sent`] makes of a close.
pub fn closed(slot: Slot, code: CloseCode) -> (Audience, Value) {
    (Audience::One(slot), json!({ "closed": code.number() }))
}

/// An `error` frame; its text for people is taken from what was sent.
#[track_caller]
pub fn assert_refused(effects: Vec<Effect>, slot: Slot, code: &str) {
    let sent = told(effects);
    let [(to, frame)] = sent.as_slice() else { panic!("expected one error, got {sent:?}") };
    assert_eq!(to, &Audience::One(slot));
    assert_eq!(frame["type"], "error", "{frame}");
    assert_eq!(frame["code"], code, "{frame}");
    assert!(frame["message"].as_str().is_some_and(|text| text.ends_with('.')), "{frame}");
}
