//! Events for several rooms at once.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Publication, invalid, parse_body};
use crate::codes::ErrorCode;
use crate::config::Config;
use crate::json::{self, Object};
use crate::problem::Problem;
use crate::route::{self, RoomAddress};

/// A room as a backend names it. Whether there can be such a room is not yet known.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Target {
    /// The party.
    #[serde(default = "default_party")]
    pub party: String,
    /// The room's name, as it is and not as it stands in a URL.
    pub room: String,
}

fn default_party() -> String {
    route::DEFAULT_PARTY.to_owned()
}

impl Target {
    /// The room that is meant.
    ///
    /// # Errors
    /// `unknown-party` or `invalid-room`.
    pub fn address(&self, config: &Config) -> Result<RoomAddress, Problem> {
        route::room(&self.party, &self.room, config)
    }
}

/// A call that concerns several rooms.
#[derive(Debug)]
pub struct Broadcast {
    /// The rooms, in the order of the answers. At least one.
    pub rooms: Vec<Target>,
    /// What each is asked for.
    pub publication: Publication,
}

impl Broadcast {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// `invalid-json` or `invalid-event`, with the place and the reason.
    pub fn parse(body: &[u8], config: &Config) -> Result<Self, Problem> {
        let Rooms { rooms } = parse_body(body, "Not a broadcast")?;
        let most = config.limits.rooms_per_call;
        if rooms.is_empty() || rooms.len() > most {
            return Err(invalid(format!("\"rooms\" must have 1 to {most} rooms.")));
        }
        let rooms = rooms.into_iter().map(|Object(target)| target).collect();
        let publication = Publication::parse(body, &config.limits)?;
        // Every room answers with a list, whatever the form of the call.
        Ok(Self { rooms, publication: Publication { several: true, ..publication } })
    }
}

/// The rooms of a call, which stand beside what is published.
#[derive(Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub(crate) struct Rooms {
    /// Where to publish.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(min = 1, max = 100)))]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<Target>"))]
    rooms: Vec<Object<Target>>,
}

/// The answer to a call that concerns several rooms.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct BroadcastAnswer {
    /// In the order of the rooms in the call.
    pub results: Vec<RoomAnswer>,
}

/// What became of a call in one of its rooms: `results`, or a `problem`.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RoomAnswer {
    party: String,
    room: String,
    /// In the order of the events.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<Vec<super::Receipt>>"))]
    results: Option<Box<RawValue>>,
    /// Why nothing was published here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schemars(with = "Option<crate::problem::Document<'_>>")
    )]
    problem: Option<Box<RawValue>>,
}

impl RoomAnswer {
    /// From what the room's object answered, a problem document if not `ok`.
    pub fn new(target: Target, ok: bool, body: String) -> Self {
        #[derive(Deserialize)]
        struct Results {
            results: Box<RawValue>,
        }
        let unreadable = || {
            let detail = "The room gave no answer that can be read. Try again.";
            Self::refused(target.clone(), &Problem::new(ErrorCode::Internal, detail))
        };
        let Target { party, room } = target.clone();
        if ok {
            match json::read(&body) {
                Ok(Results { results }) => {
                    Self { party, room, results: Some(results), problem: None }
                }
                Err(_) => unreadable(),
            }
        } else {
            match RawValue::from_string(body) {
                Ok(problem) => Self { party, room, results: None, problem: Some(problem) },
                Err(_) => unreadable(),
            }
        }
    }

    /// For a room that was not asked.
    pub fn refused(target: Target, problem: &Problem) -> Self {
        let Target { party, room } = target;
        // A problem's body is JSON.
        let problem = RawValue::from_string(problem.body()).ok();
        Self { party, room, results: None, problem }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config::parse(|name| {
            (name == "PARTIES")
                .then(|| r#"{"main":{"kind":"events"},"chatroom":{"kind":"chat"}}"#.to_owned())
        })
        .unwrap()
    }

    fn parse(body: &str) -> Result<Broadcast, ErrorCode> {
        Broadcast::parse(body.as_bytes(), &config()).map_err(|problem| problem.code)
    }

    #[test]
    fn rooms_are_of_the_party_main_unless_they_say() {
        let body = r#"{"rooms":[{"room":"p1"},{"party":"chatroom","room":"a/b"},{"party":"nope","room":"x"},{"room":""}],"type":"T","payload":1}"#;
        let broadcast = parse(body).unwrap();
        let addresses = broadcast.rooms.iter().map(|target| {
            target.address(&config()).map(|a| a.object_name()).map_err(|problem| problem.code)
        });
        assert_eq!(
            addresses.collect::<Vec<_>>(),
            [
                Ok("main/p1".into()),
                Ok("chatroom/a/b".into()),
                Err(ErrorCode::UnknownParty),
                Err(ErrorCode::InvalidRoom),
            ]
        );
        let passed_on = serde_json::to_string(&broadcast.publication).unwrap();
        assert_eq!(passed_on, r#"{"events":[{"type":"T","payload":1}]}"#);
    }

    #[test]
    fn what_is_no_broadcast_is_refused() {
        let event = r#""type":"T","payload":1"#;
        let many = vec![r#"{"room":"r"}"#; 101].join(",");
        for rooms in [
            "7",
            "[]",
            "[7]",
            r#"[["main","r"]]"#,
            "[{}]",
            r#"[{"room":7}]"#,
            r#"[{"room":"r","party":7}]"#,
            &format!("[{many}]"),
        ] {
            let body = format!(r#"{{"rooms":{rooms},{event}}}"#);
            assert_eq!(parse(&body).unwrap_err(), ErrorCode::InvalidEvent, "{body}");
        }
        for body in ["{}", "[]", &format!("{{{event}}}"), r#"{"rooms":[{"room":"r"}]}"#] {
            assert_eq!(parse(body).unwrap_err(), ErrorCode::InvalidEvent, "{body}");
        }
        assert_eq!(parse("{").unwrap_err(), ErrorCode::InvalidJson);
    }

    #[test]
    fn each_room_has_results_or_a_problem() {
        let target = || Target { party: "main".into(), room: "r".into() };
        let text = |answer: &RoomAnswer| serde_json::to_string(answer).unwrap();
        let done = RoomAnswer::new(target(), true, r#"{"results":[{"id":"e"}]}"#.into());
        assert_eq!(text(&done), r#"{"party":"main","room":"r","results":[{"id":"e"}]}"#);
        let failed = RoomAnswer::new(target(), false, r#"{"code":"storage-failed"}"#.into());
        assert_eq!(
            text(&failed),
            r#"{"party":"main","room":"r","problem":{"code":"storage-failed"}}"#
        );
        for ok in [true, false] {
            let odd = text(&RoomAnswer::new(target(), ok, "<html>".into()));
            assert!(odd.contains(r#""code":"internal""#), "{odd}");
        }
    }
}
