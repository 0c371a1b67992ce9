//! Which room or page a URL means. Pure: it sees the path, not the request.

use crate::api::table;
use crate::codes::ErrorCode;
use crate::config::Config;
use crate::ids::{IdError, PartyName, RoomName};
use crate::problem::Problem;

/// What an address means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// `/parties/:party/:room[/*]` or `/party/:room[/*]`.
    Room(RoomAddress),
    /// An address of [`crate::api::table::DEPLOYMENT`].
    Deployment(String),
}

/// The address of a room, or of something below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomAddress {
    /// A party of the configuration.
    pub party: PartyName,
    /// The room.
    pub room: RoomName,
    /// What follows the room in the path, without the slash between. Sockets may have anything here.
    pub below: String,
}

impl RoomAddress {
    /// The name of the room's object. Parties have no slash in their names, so no two rooms share one.
    pub fn object_name(&self) -> String {
        object_name(&self.party, &self.room)
    }
}

/// The name of a room's object.
pub fn object_name(party: &PartyName, room: &RoomName) -> String {
    format!("{party}/{room}")
}

/// The party of `/party/:room`.
pub(crate) const DEFAULT_PARTY: &str = "main";

/// Finds the route of a path as it stands in the URL, percent-encoding and all.
///
/// # Errors
/// `not-found`, `unknown-party` or `invalid-room`.
pub fn find(path: &str, config: &Config) -> Result<Route, Problem> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let (head, rest) = split(path);
    let (party, rest) = match (head, rest) {
        ("parties", rest) if rest.contains('/') => split(rest),
        ("party", rest) if path.contains('/') => (DEFAULT_PARTY, rest),
        (path, "") if table::knows(table::DEPLOYMENT, path) => {
            return Ok(Route::Deployment(path.to_owned()));
        }
        _ => {
            let detail = "No such address. Rooms are at /parties/:party/:room.";
            return Err(Problem::new(ErrorCode::NotFound, detail));
        }
    };
    let party = known_party(party, config)?;
    let (room, below) = split(rest);
    let room = RoomName::from_path_segment(room).map_err(|fault| bad_room(&fault))?;
    Ok(Route::Room(RoomAddress { party, room, below: below.to_owned() }))
}

/// The address of a room that is named elsewhere than in a URL.
///
/// # Errors
/// `unknown-party` or `invalid-room`.
pub fn room(party: &str, room: &str, config: &Config) -> Result<RoomAddress, Problem> {
    let party = known_party(party, config)?;
    let room = RoomName::parse(room).map_err(|fault| bad_room(&fault))?;
    Ok(RoomAddress { party, room, below: String::new() })
}

fn known_party(name: &str, config: &Config) -> Result<PartyName, Problem> {
    config.parties.keys().find(|known| known.as_str() == name).cloned().ok_or_else(|| {
        let detail = format!("There is no party {name:?}. PARTIES in wrangler.toml lists them.");
        Problem::new(ErrorCode::UnknownParty, detail)
    })
}

fn bad_room(fault: &IdError) -> Problem {
    Problem::new(ErrorCode::InvalidRoom, format!("Bad address: {fault}."))
}

fn split(path: &str) -> (&str, &str) {
    path.split_once('/').unwrap_or((path, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> Result<(String, String, String), ErrorCode> {
        let config = Config::parse(|name| {
            (name == "PARTIES")
                .then(|| r#"{"main":{"kind":"events"},"chatroom":{"kind":"chat"}}"#.to_owned())
        })
        .unwrap();
        match find(path, &config).map_err(|problem| problem.code)? {
            Route::Room(address) => {
                Ok((address.party.to_string(), address.room.to_string(), address.below))
            }
            Route::Deployment(path) => Ok((path, String::new(), String::new())),
        }
    }

    fn room(party: &str, room: &str, below: &str) -> Result<(String, String, String), ErrorCode> {
        Ok((party.into(), room.into(), below.into()))
    }

    #[test]
    fn both_forms_of_address_lead_to_a_room() {
        assert_eq!(at("/parties/chatroom/room001"), room("chatroom", "room001", ""));
        assert_eq!(at("/parties/main/p1/broadcast"), room("main", "p1", "broadcast"));
        assert_eq!(at("/parties/main/p1/a/b"), room("main", "p1", "a/b"));
        assert_eq!(at("/parties/main/p1/"), room("main", "p1", ""));
        assert_eq!(at("/party/p1"), at("/parties/main/p1"));
        assert_eq!(at("/party/p1/broadcast"), at("/parties/main/p1/broadcast"));
    }

    #[test]
    fn what_is_no_room_is_an_address_of_the_deployment() {
        for path in ["/health", "/health/", "/broadcast"] {
            let name = path.trim_matches('/');
            assert_eq!(at(path), Ok((name.into(), String::new(), String::new())), "{path}");
        }
        for route in table::DEPLOYMENT {
            assert!(at(&format!("/{}", route.path)).is_ok(), "{}", route.path);
        }
    }

    #[test]
    fn a_slash_in_a_name_is_encoded_and_stays_in_the_name() {
        assert_eq!(at("/parties/main/a%2Fb/c"), room("main", "a/b", "c"));
    }

    #[test]
    fn parties_are_exact() {
        for path in ["/parties/Main/r", "/parties/nope/r", "/parties//r", "/parties/main%20/r"] {
            assert_eq!(at(path), Err(ErrorCode::UnknownParty), "{path}");
        }
    }

    #[test]
    fn a_bad_room_name_is_told_from_a_bad_path() {
        let long = format!("/parties/main/{}", "x".repeat(129));
        for path in ["/parties/main/", "/party/", "/parties/main/a%00b", "/parties/main/%ff", &long]
        {
            assert_eq!(at(path), Err(ErrorCode::InvalidRoom), "{path}");
        }
        for path in
            ["/", "/parties", "/parties/main", "/party", "/nope", "/health/x", "/broadcast/x", ""]
        {
            assert_eq!(at(path), Err(ErrorCode::NotFound), "{path}");
        }
    }

    #[test]
    fn no_two_rooms_share_an_object() {
        let name = |party: &str, room: &str| {
            RoomAddress {
                party: PartyName::parse(party).unwrap(),
                room: RoomName::parse(room).unwrap(),
                below: String::new(),
            }
            .object_name()
        };
        assert_ne!(name("a", "b/c"), name("a", "b"));
        assert_eq!(name("a", "b/c"), "a/b/c");
    }
}
