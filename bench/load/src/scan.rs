//! Finds in a frame what is to be counted, without parsing it: the generator has to cost less than the server.

use memchr::memmem;

/// What stands before the number of a message.
const ID: &[u8] = br#""messageId":"m"#;

/// How many digits such a number has.
const DIGITS: usize = 9;

/// What can stand before an id in a delivery: in a chat message, in an event of Socket.IO, in an event over HTTP.
const DELIVERIES: [&[u8]; 3] =
    [br#""type":"new-message","#, br#"["new-message",{"#, br#""type":"news","payload":{"#];

/// The same in an ack.
const ACK: &[u8] = br#""type":"ack","#;

/// Something that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// The message with this number was delivered.
    Delivery(u32),
    /// It was acked.
    Ack(u32),
}

/// Everything that counts in a frame, or in an array of frames.
pub(crate) fn scan(frame: &[u8]) -> impl Iterator<Item = Found> {
    memmem::find_iter(frame, ID).filter_map(move |at| {
        let number = digits(frame.get(at + ID.len()..at + ID.len() + DIGITS)?)?;
        let before = frame.get(..at)?;
        if before.ends_with(ACK) {
            return Some(Found::Ack(number));
        }
        DELIVERIES.iter().any(|start| before.ends_with(start)).then_some(Found::Delivery(number))
    })
}

/// How many messages are in the frame, whatever frame it is.
pub(crate) fn count_messages(frame: &[u8]) -> usize {
    memmem::find_iter(frame, ID).count()
}

/// How many users a frame says there are: by number, or by listing them.
pub(crate) fn users(frame: &[u8]) -> usize {
    let said = memmem::find_iter(frame, br#""totalUsers":"#)
        .filter_map(|at| {
            let rest = frame.get(at + br#""totalUsers":"#.len()..)?;
            let end = rest.iter().position(|byte| !byte.is_ascii_digit())?;
            digits(rest.get(..end)?)
        })
        .max()
        .unwrap_or(0) as usize;
    let listed = match memmem::find(frame, br#"online-users""#) {
        Some(at) => memmem::find_iter(&frame[at..], br#""username":"#).count(),
        None => 0,
    };
    said.max(listed)
}

/// The text between a key and the next quote.
pub(crate) fn text_after<'a>(frame: &'a [u8], key: &[u8]) -> Option<&'a str> {
    let rest = frame.get(memmem::find(frame, key)? + key.len()..)?;
    let end = memchr::memchr(b'"', rest)?;
    std::str::from_utf8(rest.get(..end)?).ok()
}

fn digits(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0u32, |sum, byte| {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_of_frames_gives_every_delivery_and_every_ack_in_it() {
        let frame = br#"[{"type":"ack","messageId":"m000000003","seq":1},{"type":"new-message","messageId":"m000000002","message":"x"},{"type":"new-message","messageId":"m000000003","message":"y"}]"#;
        let found: Vec<_> = scan(frame).collect();
        assert_eq!(found, [Found::Ack(3), Found::Delivery(2), Found::Delivery(3)]);
    }

    #[test]
    fn an_event_over_http_and_one_of_socket_io_are_deliveries() {
        let event =
            br#"{"type":"news","payload":{"messageId":"m000000007","message":"x"},"timestamp":1}"#;
        assert_eq!(scan(event).collect::<Vec<_>>(), [Found::Delivery(7)]);
        let packet = br#"42["new-message",{"messageId":"m000000008","message":"x"}]"#;
        assert_eq!(scan(packet).collect::<Vec<_>>(), [Found::Delivery(8)]);
    }

    #[test]
    fn what_only_mentions_a_message_is_no_delivery() {
        assert_eq!(
            scan(br#"{"type":"message-status-update","messageId":"m000000001"}"#).count(),
            0
        );
        assert_eq!(scan(br#"{"type":"new-message","messageId":"m12"#).count(), 0);
    }

    #[test]
    fn users_are_counted_by_number_or_by_list() {
        assert_eq!(users(br#"{"type":"user-joined","userId":"a","username":"a","totalUsers":12,"timestamp":1}"#), 12);
        assert_eq!(users(br#"{"type":"online-users","users":[{"userId":"a","username":"a"},{"userId":"b","username":"b"}]}"#), 2);
        assert_eq!(users(br#"{"type":"user-left","userId":"a"}"#), 0);
    }
}
