//! Patterns of room names. They go by segments between colons; `*` stands for one segment, or at the end for all that follow (one
//! at least).

/// Whether a room's name fits a pattern.
pub(crate) fn matches(pattern: &str, room: &str) -> bool {
    let mut pattern = pattern.split(':').peekable();
    let mut room = room.split(':');
    while let Some(expected) = pattern.next() {
        let Some(segment) = room.next() else { return false };
        if expected == "*" && pattern.peek().is_none() {
            return true;
        }
        if expected != "*" && expected != segment {
            return false;
        }
    }
    room.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_goes_by_segments() {
        for (pattern, room, expected) in [
            ("project:42", "project:42", true),
            ("project:42", "project:421", false),
            ("event:*", "event:1", true),
            ("event:*", "event:1:photos", true),
            ("event:*", "eventual", false),
            ("event:*", "event", false),
            ("*:photos", "e1:photos", true),
            ("*:photos", "e1:x:photos", false),
            ("*", "anything", true),
            ("*", "any:thing", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, room), expected, "{pattern} on {room}");
        }
    }
}
