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
use crate::store::Store;
use crate::time::Timestamp;

/// A question.
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
    /// Finds the question of an address below a room, with the parameters of the URL.
    ///
    /// # Errors
    /// `not-found`, or `invalid-frame` for parameters that make no sense.
    pub fn find(
        below: &str,
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
        let query = match below {
            "history" => Self::History(read(&fields)?),
            "thread" => Self::Thread(read(&fields)?, read(&fields)?),
            "search" => {
                let query = fields.get("query").and_then(Value::as_str);
                let query = query.ok_or_else(|| invalid("missing field `query`"))?;
                Self::Search { query: query.to_owned(), page: read(&fields)? }
            }
            "pins" => Self::Pins,
            "receipts" => {
                let user = fields.get("userId").and_then(Value::as_str).map(UserId::parse);
                Self::Receipts(user.transpose().map_err(|fault| invalid(&fault.to_string()))?)
            }
            "position" => Self::Position,
            "presence" => Self::Presence,
            "stats" => Self::Stats,
            "webhooks" => Self::Webhooks,
            _ => return Err(Problem::new(ErrorCode::NotFound, "A room has no such address.")),
        };
        Ok(query)
    }

    /// What it takes to ask.
    pub const fn capability(&self) -> Capability {
        match self {
            Self::History(_)
            | Self::Thread(..)
            | Self::Search { .. }
            | Self::Pins
            | Self::Position => Capability::History,
            Self::Receipts(_) => Capability::Receipts,
            Self::Presence => Capability::Presence,
            Self::Stats => Capability::Metrics,
            Self::Webhooks => Capability::Webhooks,
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(fields: &Value) -> Result<T, Problem> {
    T::deserialize(fields).map_err(|fault| invalid(&fault.to_string()))
}

fn invalid(fault: &str) -> Problem {
    Problem::new(ErrorCode::InvalidFrame, format!("Cannot use these parameters: {fault}."))
}

/// A user in `online-users` and its kin.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown<'a> {
    pub(crate) user_id: &'a UserId,
    pub(crate) username: &'a Username,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) meta: Option<&'a Meta>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) status: Status,
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
                answer.field("epoch", &position.epoch);
                answer.field("seq", &position.last);
            }
            Query::Presence => {
                let people = self.presence.people(self.roster);
                let users: Vec<_> = people.iter().map(Shown::from).collect();
                answer.field("users", &users);
                answer.field("totalUsers", &people.len());
                answer.field("connections", &self.roster.len());
            }
            Query::Stats => {
                answer.field("connections", &self.roster.len());
                answer.field("users", &self.presence.count(self.roster));
                answer.field("epoch", &position.epoch);
                answer.field("seq", &position.last);
                answer.field("firstSeq", &position.floor.next());
            }
            Query::Webhooks => answer = self.show_outbox(answer)?,
            Query::Thread(..) | Query::Search { .. } | Query::Pins | Query::Receipts(_) => {
                answer = kind.query(self, query, answer)?;
            }
        }
        Ok(answer.end())
    }
}
