//! Events that go on from one room to another: a party's option `routes`. (What a URL means is [`crate::route`].)

use serde::{Deserialize, Serialize};

use crate::access::pattern;
use crate::ids::{PartyName, RoomName};

/// One of a party's `routes`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relay {
    /// The types of the events.
    pub events: Vec<String>,
    /// The rooms that they go on from, as a pattern; all, if left out.
    #[serde(default)]
    pub rooms: Option<String>,
    /// The room that they go on to.
    pub to: RoomName,
    /// Its party; the same one, if left out.
    #[serde(default)]
    pub party: Option<PartyName>,
    /// What they are called there; the same, if left out.
    #[serde(default, rename = "as")]
    pub rename: Option<String>,
}

/// The room that an event was published in first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Source {
    /// Its party.
    pub party: PartyName,
    /// The room.
    pub room: RoomName,
}

impl Relay {
    /// Whether it concerns an event of this type in this room.
    pub fn takes(&self, room: &RoomName, kind: &str) -> bool {
        let from = |rooms: &String| pattern::matches(rooms, room.as_str());
        self.rooms.as_ref().is_none_or(from) && self.events.iter().any(|event| event == kind)
    }

    /// Where an event of a room of `party` goes; nowhere, if that is where it is.
    pub(crate) fn target<'a>(
        &'a self,
        party: &'a PartyName,
        room: &RoomName,
    ) -> Option<(&'a PartyName, &'a RoomName)> {
        let target = (self.party.as_ref().unwrap_or(party), &self.to);
        (target != (party, room)).then_some(target)
    }

    /// What is wrong with it in `party`: an end of a sentence that begins with its place.
    pub(crate) fn fault(&self, party: &PartyName) -> Option<&'static str> {
        let long = |text: &String| text.is_empty() || text.chars().nth(128).is_some();
        let elsewhere = self.party.as_ref().is_some_and(|other| other != party);
        if self.events.is_empty() {
            Some("names no event: leave it out, or name one in \"events\"")
        } else if self.events.iter().chain(&self.rename).any(long) {
            Some("names an event with no or with more than 128 characters")
        } else if !elsewhere && self.rooms.as_deref() == Some(self.to.as_str()) {
            Some("leads from a room to itself")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relay(json: &str) -> Relay {
        serde_json::from_str(json).unwrap()
    }

    fn name(text: &str) -> RoomName {
        RoomName::parse(text).unwrap()
    }

    #[test]
    fn an_event_is_taken_by_type_and_room() {
        let relay = relay(r#"{"events":["comment:new"],"rooms":"event:*","to":"admin"}"#);
        assert!(relay.takes(&name("event:1"), "comment:new"));
        assert!(!relay.takes(&name("event:1"), "comment:old"));
        assert!(!relay.takes(&name("admin"), "comment:new"));
    }

    #[test]
    fn nothing_goes_to_where_it_is() {
        let party = PartyName::parse("main").unwrap();
        let here = relay(r#"{"events":["x"],"to":"admin"}"#);
        assert_eq!(here.target(&party, &name("admin")), None);
        assert_eq!(here.target(&party, &name("a")), Some((&party, &name("admin"))));
        assert_eq!(here.fault(&party), None);
        let elsewhere = relay(r#"{"events":["x"],"rooms":"admin","to":"admin","party":"chat"}"#);
        assert!(elsewhere.target(&party, &name("admin")).is_some());
        assert_eq!(elsewhere.fault(&party), None);
        let loops = relay(r#"{"events":["x"],"rooms":"admin","to":"admin","party":"main"}"#);
        assert!(loops.fault(&party).is_some());
    }
}
