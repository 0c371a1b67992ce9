//! Pages of live rooms: what is asked for, and how the answers of all shards become one.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::codes::ErrorCode;
use crate::ids::PartyName;
use crate::metrics::WebhookQueue;
use crate::problem::Problem;
use crate::time::Timestamp;

/// How many rooms a page has when the caller does not say, and at most.
const LIMIT: u32 = 50;
const LIMIT_MAX: u32 = 300;

/// Which rooms, and in which order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomsRequest {
    /// Those of one party alone.
    pub party: Option<PartyName>,
    /// Those whose object's name comes after this one.
    pub after: Option<String>,
    /// How many at most.
    pub limit: u32,
    /// The order.
    pub sort: Sort,
}

/// In which order rooms are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// By the names of their objects: party, then room. Goes on from page to page.
    Name,
    /// Those with the most connections first.
    Connections,
    /// Those in which the most has happened in the last half hour first.
    Activity,
}

/// What a shard answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomsPage {
    pub(super) rooms: Vec<Found>,
}

/// A room as a shard knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Found {
    pub(super) heard: Timestamp,
    pub(super) room: ListedRoom,
}

/// A room with the name of its object.
type Named = (String, Found);

/// A live room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ListedRoom {
    /// Its party.
    pub party: String,
    /// Its name.
    pub room: String,
    /// How many connections it has.
    pub connections: u64,
    /// How many users are here.
    pub users: u64,
    /// Since when it is live.
    pub since: Timestamp,
    /// When somebody last came, went or sent something.
    pub last_activity: Timestamp,
    /// What happened in each of the last 30 minutes, oldest first: frames received, and events published.
    pub activity: Vec<u64>,
    /// Its webhooks that are not delivered.
    pub webhooks: WebhookQueue,
}

impl ListedRoom {
    fn object_name(&self) -> String {
        format!("{}/{}", self.party, self.room)
    }
}

impl RoomsRequest {
    /// Reads the parameters of the address. What is not known is passed over.
    ///
    /// # Errors
    /// `invalid-frame` for a value that makes no sense.
    pub fn parse(
        parameters: impl Iterator<Item = (impl AsRef<str>, impl AsRef<str>)>,
    ) -> Result<Self, Problem> {
        let invalid = |fault: String| {
            Problem::new(ErrorCode::InvalidFrame, format!("Cannot use these parameters: {fault}."))
        };
        let mut request = Self { party: None, after: None, limit: LIMIT, sort: Sort::Name };
        for (name, value) in parameters {
            let value = value.as_ref();
            match name.as_ref() {
                "party" => {
                    let party = PartyName::parse(value).map_err(|fault| invalid(fault.to_string()));
                    request.party = Some(party?);
                }
                // From the beginning, if empty.
                "after" => request.after = Some(value.to_owned()).filter(|after| !after.is_empty()),
                "limit" => {
                    let limit = value.parse().ok().filter(|limit| *limit > 0);
                    let fault = || invalid("\"limit\" is a number from 1".into());
                    request.limit = limit.map_or_else(|| Err(fault()), Ok)?;
                }
                "sort" => {
                    request.sort = match value {
                        "name" => Sort::Name,
                        "connections" => Sort::Connections,
                        "activity" => Sort::Activity,
                        _ => {
                            let sorts = "\"sort\" is \"name\", \"connections\" or \"activity\"";
                            return Err(invalid(sorts.into()));
                        }
                    };
                }
                _ => {}
            }
        }
        request.limit = request.limit.min(LIMIT_MAX);
        if request.after.is_some() && request.sort != Sort::Name {
            return Err(invalid("\"after\" goes with \"sort=name\" alone".into()));
        }
        Ok(request)
    }

    /// The names between which the rooms lie, neither included.
    pub(super) fn names(&self) -> (String, String) {
        let after = self.after.clone().unwrap_or_default();
        match &self.party {
            // "0" is what follows the slash: everything that begins with party and slash comes before it.
            Some(party) => (after.max(format!("{party}/")), format!("{party}0")),
            None => (after, char::MAX.to_string()),
        }
    }

    /// The answer of `/rooms`, as JSON, from what all shards have found.
    pub fn merge(&self, shards: impl IntoIterator<Item = RoomsPage>) -> String {
        // A room may be in two shards for a while after their number was changed.
        let all = shards.into_iter().flat_map(|page| page.rooms);
        let mut latest: Vec<_> = all.map(|found| (found.room.object_name(), found)).collect();
        order(&mut latest, &|(name, found), (other_name, other)| {
            name.cmp(other_name).then(other.heard.cmp(&found.heard))
        });
        latest.dedup_by(|(later, _), (name, _)| later == name);
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = latest.len() > limit;
        let busy: Option<fn(&ListedRoom) -> u64> = match self.sort {
            Sort::Name => None,
            Sort::Connections => Some(|room| room.connections),
            Sort::Activity => Some(|room| room.activity.iter().sum()),
        };
        if let Some(busy) = busy {
            order(&mut latest, &|(_, one), (_, other)| busy(&other.room).cmp(&busy(&one.room)));
        }
        let rooms = latest.into_iter().take(limit).map(|(_, found)| found.room);
        let rooms: Vec<ListedRoom> = rooms.collect();
        let last = rooms.last().filter(|_| more && self.sort == Sort::Name);
        let answer = RoomsAnswer { next: last.map(ListedRoom::object_name), rooms };
        // Numbers and strings always serialize.
        serde_json::to_string(&answer).unwrap_or_default()
    }
}

/// Those that compare equal stay in their order.
fn order(rooms: &mut [Named], compare: &dyn Fn(&Named, &Named) -> Ordering) {
    rooms.sort_by(compare);
}

/// What `/rooms` answers.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RoomsAnswer {
    /// Live rooms.
    rooms: Vec<ListedRoom>,
    /// What to give as `after` to go on; left out on the last page, and where rooms are not sorted by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}
