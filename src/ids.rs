//! Names and ids. Each type can only be made by `parse`, so what holds one needs no further check.
//!
//! The rule is the same for all (docs/protocol.md, section 1): 1 to 128 characters, no control characters.

use std::fmt;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

/// The most characters (Unicode scalar values) that a name or an id may have.
pub const MAX_CHARS: usize = 128;

/// Why a string is no name or id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing was given.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// More than [`MAX_CHARS`] characters.
    #[error("{0} is longer than {MAX_CHARS} characters")]
    TooLong(&'static str),
    /// A control character, such as a line break or NUL.
    #[error("{0} has a control character")]
    ControlCharacter(&'static str),
    /// The percent-encoding stands for bytes that are not UTF-8.
    #[error("{0} is not UTF-8 after percent-decoding")]
    NotUtf8(&'static str),
}

/// The rule on characters as a pattern of JSON Schema.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) const NO_CONTROL_CHARACTERS: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$";

fn check(what: &'static str, text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        Err(IdError::Empty(what))
    } else if text.chars().nth(MAX_CHARS).is_some() {
        Err(IdError::TooLong(what))
    } else if text.chars().any(char::is_control) {
        Err(IdError::ControlCharacter(what))
    } else {
        Ok(())
    }
}

macro_rules! id_types {
    ($($(#[doc = $doc:literal])+ $name:ident = $what:literal;)*) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the rule of this module.
            pub fn parse(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                check($what, &text)?;
                Ok(Self(text))
            }

            /// The text as it was given.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        #[cfg(not(target_arch = "wasm32"))]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "description": concat!($($doc),+).trim_ascii(),
                    "type": "string", "minLength": 1, "maxLength": MAX_CHARS,
                    "pattern": NO_CONTROL_CHARACTERS,
                })
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

id_types! {
    /// A party: a named kind of room. The configuration lists them.
    PartyName = "the party's name";
    /// A room within a party.
    RoomName = "the room's name";
    /// A person, guest or bot. The identity that presence, receipts and permissions go by.
    UserId = "the user id";
    /// How a user wants to be called.
    Username = "the user's name";
    /// One client object (`_pk`). Chosen by the client, the same over its reconnects, never an identity.
    ConnectionId = "the connection id";
    /// A message, chosen by its sender; unique among the sender's messages.
    MessageId = "the message id";
}

impl RoomName {
    /// The room that a URL's path segment means: decoded once, so every spelling of a name is one room.
    pub fn from_path_segment(segment: &str) -> Result<Self, IdError> {
        match percent_decode_str(segment).decode_utf8() {
            Ok(name) => Self::parse(name),
            Err(_) => Err(IdError::NotUtf8("the room's name")),
        }
    }
}

impl UserId {
    /// The id of somebody who is nobody's user. The prefix keeps it apart from a token's `sub`, which may not have it.
    pub fn guest(session: &str) -> Result<Self, IdError> {
        check("the session id", session)?;
        Self::parse(format!("{GUEST_PREFIX}{session}"))
    }

    /// Whether the id has a guest's form.
    pub fn is_guest(&self) -> bool {
        self.0.starts_with(GUEST_PREFIX)
    }
}

impl From<&UserId> for Username {
    /// For somebody without a name: the rule is the same for both.
    fn from(id: &UserId) -> Self {
        Self(id.0.clone())
    }
}

const GUEST_PREFIX: &str = "guest:";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_1_to_128_characters_whatever_their_bytes() {
        assert_eq!(RoomName::parse(""), Err(IdError::Empty("the room's name")));
        assert!(RoomName::parse("é".repeat(128)).is_ok());
        assert_eq!(RoomName::parse("é".repeat(129)), Err(IdError::TooLong("the room's name")));
    }

    #[test]
    fn control_characters_are_refused() {
        for bad in ["a\nb", "\0", "a\u{7f}", "\u{85}"] {
            assert_eq!(UserId::parse(bad), Err(IdError::ControlCharacter("the user id")));
        }
    }

    #[test]
    fn every_spelling_of_a_room_is_the_same_room() {
        let spellings = ["a%20b", "%61%20b", "%61%20%62", "a b"];
        for spelling in spellings {
            assert_eq!(RoomName::from_path_segment(spelling), RoomName::parse("a b"));
        }
        assert_eq!(
            RoomName::from_path_segment("a%2520b"),
            RoomName::parse("a%20b"),
            "decoded once, not twice"
        );
    }

    #[test]
    fn bytes_that_are_not_utf8_are_no_name() {
        assert_eq!(RoomName::from_path_segment("%ff%fe"), Err(IdError::NotUtf8("the room's name")));
    }

    #[test]
    fn a_guest_id_cannot_be_longer_than_an_id() {
        assert_eq!(UserId::guest("s1").map(|id| id.to_string()), Ok("guest:s1".into()));
        assert!(UserId::guest("").is_err());
        assert!(UserId::guest(&"s".repeat(128)).is_err());
    }
}
