//! A room with a clock, people and a memory, for tests that compare whole lists of effects.

use durable_rooms::access::{Capabilities, Capability, Grant, Role};
use durable_rooms::codes::CloseCode;
use durable_rooms::config::Config;
use durable_rooms::ids::{ConnectionId, MessageId, RoomName, UserId, Username};
use durable_rooms::publish::{Event, Receipt};
use durable_rooms::room::{Audience, Connection, Effect, Effects, Input, Room, Settings, Slot};
use durable_rooms::store::MemStore;
use durable_rooms::time::Timestamp;
use serde_json::{Value, json};

/// When every test begins.
pub const START: u64 = 1_760_000_000_000;

/// Slots of the three actors.
pub const ALICE: Slot = Slot(0);
pub const BOB: Slot = Slot(1);
pub const MALLORY: Slot = Slot(2);

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
        let parties = format!(r#"{{"test":{party}}}"#);
        let config = Config::parse(|name| (name == "PARTIES").then(|| parties.clone())).unwrap();
        let settings = Settings {
            name: RoomName::parse("r1").unwrap(),
            party: config.parties.values().next().unwrap().clone(),
            limits: config.limits,
        };
        let store = MemStore::new();
        let room = Room::restore(settings.clone(), &store, []).unwrap();
        Self { room, store, now: START, settings }
    }

    /// The room after it slept: what the store and the attachments hold is all that is left.
    pub fn sleep(&mut self, open: &[(Slot, Connection)]) {
        let through_attachments = open.iter().map(|(slot, connection)| {
            let attachment = serde_json::to_string(connection).unwrap();
            (*slot, serde_json::from_str(&attachment).unwrap())
        });
        self.room = Room::restore(self.settings.clone(), &self.store, through_attachments).unwrap();
    }

    pub fn handle(&mut self, input: Input<'_>) -> Vec<Effect> {
        let Effects(effects) =
            self.room.handle(Timestamp::from_millis(self.now), input, &mut self.store);
        effects
    }

    /// The code with which somebody is kept out, if they are.
    pub fn kept_out(&self, connection: &Connection) -> Option<&'static str> {
        let outcome = self.room.may_enter(Timestamp::from_millis(self.now), &connection.grant);
        outcome.err().map(|problem| problem.code.as_str())
    }

    pub fn connect(&mut self, slot: Slot, connection: Connection) -> Vec<Effect> {
        self.handle(Input::Connect { slot, connection })
    }

    pub fn send(&mut self, slot: Slot, frame: Value) -> Vec<Effect> {
        self.text(slot, &frame.to_string())
    }

    pub fn text(&mut self, slot: Slot, text: &str) -> Vec<Effect> {
        self.handle(Input::Text { slot, text })
    }

    pub fn close(&mut self, slot: Slot) -> Vec<Effect> {
        self.handle(Input::Closed { slot })
    }

    pub fn publish(&mut self, event: Value) -> (Receipt, Vec<Effect>) {
        let event = Event::parse(event.to_string().as_bytes()).unwrap();
        let id = MessageId::parse("event-1").unwrap();
        let now = Timestamp::from_millis(self.now);
        let (receipt, Effects(effects)) =
            self.room.publish(now, id, &event, &mut self.store).unwrap();
        (receipt, effects)
    }

    /// Jumps to the room's next deadline and lets it act.
    pub fn advance_to_deadline(&mut self) -> Vec<Effect> {
        self.now = self.room.next_deadline().expect("the room has a deadline").as_millis();
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

pub fn connection(id: &str, user: &str, name: &str) -> Connection {
    Connection {
        id: ConnectionId::parse(id).unwrap(),
        grant: Grant {
            user_id: UserId::parse(user).unwrap(),
            username: Username::parse(name).unwrap(),
            role: Role::User,
            capabilities: Capabilities::default_of(Role::User),
            expires_at: None,
            issued_at: None,
            limits: None,
        },
        warned: false,
    }
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
    let sent: Vec<_> = effects
        .into_iter()
        .map(|effect| match effect {
            Effect::Send { to, frame } => (to, serde_json::from_str::<Value>(&frame).unwrap()),
            Effect::Authenticate { slot, token, .. } => {
                (Audience::One(slot), json!({ "authenticate": token }))
            }
            Effect::Remember { slot, connection } => {
                (Audience::One(slot), json!({ "remember": connection }))
            }
            Effect::Close { slot, code } => {
                (Audience::One(slot), json!({ "closed": code.number() }))
            }
        })
        .collect();
    assert_eq!(sent, expected);
}

/// What [`assert_sent`] makes of a close.
pub fn closed(slot: Slot, code: CloseCode) -> (Audience, Value) {
    (Audience::One(slot), json!({ "closed": code.number() }))
}

/// An `error` frame; its text for people is taken from what was sent.
#[track_caller]
pub fn assert_refused(effects: Vec<Effect>, slot: Slot, code: &str) {
    let [Effect::Send { to, frame }] = effects.as_slice() else {
        panic!("expected one error, got {effects:?}")
    };
    let frame: Value = serde_json::from_str(frame).unwrap();
    assert_eq!(to, &Audience::One(slot));
    assert_eq!(frame["type"], "error", "{frame}");
    assert_eq!(frame["code"], code, "{frame}");
    assert!(frame["message"].as_str().is_some_and(|text| text.ends_with('.')), "{frame}");
}
