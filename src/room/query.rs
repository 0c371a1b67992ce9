//! What the HTTP API asks a room: the same as a client's frames, without a connection.

use serde::Serialize;
use serde_json::{Map, Value};

use super::presence::{Meta, Person, Status};
use super::reading::{Answer, MessageName, PageRequest};
use super::wire::Refusal;
use super::{Kind, Room, Turn};
use crate::access::Capability;
use crate::codes::ErrorCode;
use crate::ids::{UserId, Username};
use crate::problem::Problem;
use crate::store::{Epoch, Seq, Store};
use crate::time::Timestamp;

macro_rules! topics {
    ($($(#[$doc:meta])* $variant:ident = $name:literal needs $capability:ident;)*) => {
        /// What a question is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Topic { $($(#[$doc])* $variant,)* }

        impl Topic {
            /// By the name of the route.
            pub fn find(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }

            /// The name of the route, and of the frame if there is one.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it takes to ask.
            pub const fn capability(self) -> Capability {
                match self { $(Self::$variant => Capability::$capability,)* }
            }
        }
    };
}

topics! {
    /// A page of the history.
    History = "history" needs History;
    /// The replies to a message.
    Thread = "thread" needs History;
    /// Messages with certain words.
    Search = "search" needs History;
    /// The pinned messages.
    Pins = "pins" needs History;
    /// What one user has read and has not, and what everybody has.
    Receipts = "receipts" needs Receipts;
    /// Where the history ends.
    Position = "position" needs History;
    /// Who is here.
    Presence = "presence" needs Presence;
    /// Numbers.
    Stats = "stats" needs Metrics;
    /// What others are still to be told.
    Webhooks = "webhooks" needs Webhooks;
}

/// A question, with all that it takes to answer it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// A page of the history.
    History(PageRequest),
    /// The replies to a message.
    Thread(MessageName, PageRequest),
    /// Messages with certain words.
    Search {
        /// The words.
        query: String,
        /// Which page.
        page: PageRequest,
    },
    /// The pinned messages.
    Pins,
    /// What one user has read and has not, and what everybody has.
    Receipts(Option<UserId>),
    /// Where the history ends.
    Position,
    /// Who is here.
    Presence,
    /// Numbers.
    Stats,
    /// What others are still to be told.
    Webhooks,
}

impl Query {
    /// Reads the parameters of the URL.
    ///
    /// # Errors
    /// `invalid-frame` for parameters that make no sense.
    pub fn read(
        topic: Topic,
        parameters: impl Iterator<Item = (impl AsRef<str>, impl AsRef<str>)>,
    ) -> Result<Self, Problem> {
        const NUMBERS: [&str; 6] = ["before", "after", "beforeTime", "afterTime", "limit", "seq"];
        let mut fields = Map::new();
        for (name, text) in parameters {
            let (name, text) = (name.as_ref(), text.as_ref());
            let number = text.parse::<u64>().ok().filter(|_| NUMBERS.contains(&name));
            fields.insert(name.to_owned(), number.map_or_else(|| text.into(), Value::from));
        }
        let fields = Value::Object(fields);
        Ok(match topic {
            Topic::History => Self::History(read(&fields)?),
            Topic::Thread => Self::Thread(read(&fields)?, read(&fields)?),
            Topic::Search => {
                let query = fields.get("query").and_then(Value::as_str);
                let query = query.ok_or_else(|| invalid("missing field `query`"))?;
                Self::Search { query: query.to_owned(), page: read(&fields)? }
            }
            Topic::Pins => Self::Pins,
            Topic::Receipts => {
                let user = fields.get("userId").and_then(Value::as_str).map(UserId::parse);
                Self::Receipts(user.transpose().map_err(|fault| invalid(&fault.to_string()))?)
            }
            Topic::Position => Self::Position,
            Topic::Presence => Self::Presence,
            Topic::Stats => Self::Stats,
            Topic::Webhooks => Self::Webhooks,
        })
    }
}

fn read<T: serde::de::DeserializeOwned>(fields: &Value) -> Result<T, Problem> {
    T::deserialize(fields).map_err(|fault| invalid(&fault.to_string()))
}

fn invalid(fault: &str) -> Problem {
    Problem::new(ErrorCode::InvalidFrame, format!("Cannot use these parameters: {fault}."))
}

/// Where the history ends.
#[derive(Debug, Serialize)]
#[cfg_attr(
    not(target_arch = "wasm32"),
    derive(schemars::JsonSchema),
    schemars(rename = "Position")
)]
pub(crate) struct PositionAnswer<'a> {
    /// Names this incarnation of the history.
    epoch: &'a Epoch,
    /// The last entry's, 0 if there never was one.
    seq: Seq,
}

/// Who is here.
#[derive(Debug, Serialize)]
#[cfg_attr(
    not(target_arch = "wasm32"),
    derive(schemars::JsonSchema),
    schemars(rename = "Presence")
)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PresenceAnswer<'a> {
    users: Vec<Shown<'a>>,
    /// How many users are here.
    total_users: usize,
    /// How many sockets are open.
    connections: usize,
}

/// Numbers about a room.
#[derive(Debug, Serialize)]
#[cfg_attr(
    not(target_arch = "wasm32"),
    derive(schemars::JsonSchema),
    schemars(rename = "RoomStats")
)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StatsAnswer<'a> {
    /// How many sockets are open.
    connections: usize,
    /// How many users are here.
    users: usize,
    /// Names this incarnation of the history.
    epoch: &'a Epoch,
    /// The last entry's, 0 if there never was one.
    seq: Seq,
    /// The first entry's that is kept, or will be.
    first_seq: Option<Seq>,
}

/// A user as the others see them.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "Person"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown<'a> {
    pub(crate) user_id: &'a UserId,
    pub(crate) username: &'a Username,
    /// Any JSON that the user shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) meta: Option<&'a Meta>,
    /// How much the user is there; `active` if left out.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) status: Status,
    /// On how many devices; 1 if left out.
    #[serde(skip_serializing_if = "is_one")]
    pub(crate) devices: usize,
}

fn is_default(status: &Status) -> bool {
    *status == Status::default()
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_one(count: &usize) -> bool {
    *count == 1
}

impl<'a> From<&'a Person> for Shown<'a> {
    fn from(person: &'a Person) -> Self {
        let Person { user_id, username, meta, status, devices } = person;
        Self { user_id, username, meta: meta.as_ref(), status: *status, devices: *devices }
    }
}

impl Room {
    /// Answers a question, as JSON text.
    ///
    /// # Errors
    /// As the frame of the same name.
    pub fn query(
        &mut self,
        now: Timestamp,
        query: &Query,
        store: &mut dyn Store,
    ) -> (Result<String, Problem>, super::Effects) {
        let (mut turn, kind) = self.turn(now, store);
        let answer = turn.query(kind, query).map_err(Refusal::into_problem);
        turn.count_refusal(&answer);
        (answer, turn.finish())
    }
}

impl Turn<'_> {
    fn query(&mut self, kind: &mut dyn Kind, query: &Query) -> Result<String, Refusal> {
        self.flush();
        let mut answer = Answer::new();
        let position = self.history.position();
        match query {
            Query::History(request) => {
                let page = self.history_page(request)?;
                answer = self.page_answer(answer, &page, None)?;
            }
            Query::Position => {
                answer.fields(&PositionAnswer { epoch: &position.epoch, seq: position.last });
            }
            Query::Presence => {
                let people = self.presence.people(self.roster);
                answer.fields(&PresenceAnswer {
                    users: people.iter().map(Shown::from).collect(),
                    total_users: people.len(),
                    connections: self.roster.len(),
                });
            }
            Query::Stats => {
                answer.fields(&StatsAnswer {
                    connections: self.roster.len(),
                    users: self.presence.count(self.roster),
                    epoch: &position.epoch,
                    seq: position.last,
                    first_seq: position.floor.next(),
                });
            }
            Query::Webhooks => answer = self.show_outbox(answer)?,
            Query::Thread(..) | Query::Search { .. } | Query::Pins | Query::Receipts(_) => {
                answer = kind.query(self, query, answer)?;
            }
        }
        Ok(answer.end())
    }
}
