//! How servers want to be spoken to.

use std::fmt::Write;

use serde::Deserialize;

/// A family of servers. What differs in the address only is in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Dialect {
    /// One JSON object with a `type` in a text frame, or an array of them.
    Json,
    /// Socket.IO 5 on Engine.IO 4, over WebSocket.
    SocketIo,
}

/// What to do with a frame that came.
pub(crate) enum Reaction {
    /// The room has let us in.
    Joined,
    /// The protocol wants this answer, and it is nothing else.
    Answer(&'static str),
    /// The server refuses something.
    Refused,
    /// Nothing but to count what is in it.
    Count,
}

/// Length of the text in each message, in characters.
const TEXT: usize = 100;

/// Texts begin somewhere in here: not all the same, or compression would have nothing to do.
const WORDS: &str = "the room was quiet until somebody asked whether the train from the north had come in yet and twelve people \
answered at once, seven of them yes, four no, and one with a picture of an empty platform in the rain; nobody had seen the driver \
since Tuesday 14:05, which was strange, because tickets 2210 to 2297 had all been sold at the counter on the second floor";

impl Dialect {
    /// The message with this number.
    pub(crate) fn message(self, number: u32) -> String {
        let mut frame = String::with_capacity(TEXT + 80);
        let _ = match self {
            Self::Json => write!(
                frame,
                r#"{{"type":"message","messageId":"m{number:09}","message":"{}"}}"#,
                text(number)
            ),
            Self::SocketIo => {
                write!(
                    frame,
                    r#"42{number}["message",{{"messageId":"m{number:09}","message":"{}"}}]"#,
                    text(number)
                )
            }
        };
        frame
    }

    /// What to make of a frame.
    pub(crate) fn read(self, frame: &[u8]) -> Reaction {
        match (self, frame) {
            // Engine.IO's open, after which one asks for the namespace, and its ping.
            (Self::SocketIo, [b'0', b'{', ..]) => Reaction::Answer("40"),
            (Self::SocketIo, b"2") => Reaction::Answer("3"),
            (Self::SocketIo, [b'4', b'4', ..]) => Reaction::Refused,
            (Self::SocketIo, _) if frame.starts_with(br#"42["welcome""#) => Reaction::Joined,
            (Self::Json, _) if starts_with(frame, br#"{"type":"welcome""#) => Reaction::Joined,
            (Self::Json, _) if starts_with(frame, br#"{"type":"error""#) => Reaction::Refused,
            _ => Reaction::Count,
        }
    }

    /// The number of the message that a frame acks, where an ack is a frame of its own kind.
    pub(crate) fn ack(self, frame: &[u8]) -> Option<u32> {
        match self {
            Self::Json => None,
            Self::SocketIo => {
                let digits = frame.strip_prefix(b"43")?;
                let end = digits.iter().position(|byte| !byte.is_ascii_digit())?;
                std::str::from_utf8(&digits[..end]).ok()?.parse().ok()
            }
        }
    }
}

/// What is published over HTTP, for every server the same.
pub(crate) fn event(number: u32) -> String {
    format!(
        r#"{{"type":"news","payload":{{"messageId":"m{number:09}","message":"{}"}},"persist":true}}"#,
        text(number)
    )
}

fn text(number: u32) -> &'static str {
    let start = number as usize * 7 % (WORDS.len() - TEXT);
    &WORDS[start..start + TEXT]
}

/// Whether a frame, or the first one of an array, starts so.
fn starts_with(frame: &[u8], start: &[u8]) -> bool {
    frame.strip_prefix(b"[").unwrap_or(frame).starts_with(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_a_hundred_characters_that_json_takes_as_they_are() {
        for number in 0..1000 {
            assert_eq!(text(number).chars().count(), TEXT);
            assert!(!text(number).contains(['"', '\\']));
        }
    }

    #[test]
    fn socket_io_acks_bear_the_number_of_the_message() {
        assert_eq!(Dialect::SocketIo.ack(br#"4317[{"seq":1}]"#), Some(17));
        assert_eq!(Dialect::SocketIo.ack(br#"42["new-message",{}]"#), None);
    }
}
