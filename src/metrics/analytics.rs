//! A report as a row of Workers Analytics Engine. The order of columns never changes; new ones come last.

use super::Report;
use crate::directory::Told;

/// What Analytics Engine takes for an index, in bytes.
const INDEX_BYTES: usize = 96;

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct DataPoint {
    /// The name of the room's object, or as much of it as an index may have. Rows are sampled by it.
    pub index: String,
    /// `blob1`, `blob2`: party and room.
    pub blobs: [String; 2],
    /// `double1` and so on: see docs/observability.md.
    pub doubles: [f64; 12],
}

impl DataPoint {
    /// The row of a report.
    pub fn of(Told { room: name, report, .. }: &Told) -> Self {
        let (party, room) = name.split_once('/').unwrap_or_default();
        let end = name.floor_char_boundary(INDEX_BYTES);
        let Report { connections, users, counted, .. } = report;
        let doubles = [
            *connections,
            *users,
            counted.received,
            counted.sent,
            counted.received_bytes,
            counted.sent_bytes,
            counted.acks,
            counted.duplicates,
            counted.published,
            counted.connects,
            counted.wake_ups,
            counted.rejected(),
        ];
        Self {
            index: name.get(..end).unwrap_or_default().to_owned(),
            blobs: [party.to_owned(), room.to_owned()],
            doubles: doubles.map(|number| number as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Counters;

    fn point(room: &str) -> DataPoint {
        let mut counted = Counters { received: 3, wake_ups: 11, ..Counters::default() };
        counted.reject("muted", 5);
        counted.reject("banned", 7);
        let report = Report { connections: 1, users: 2, counted, ..Report::default() };
        DataPoint::of(&Told { room: room.into(), run: "a".into(), report })
    }

    #[test]
    fn the_columns_stay_where_they_are() {
        let DataPoint { index, blobs, doubles } = point("chat/a/b");
        assert_eq!(index, "chat/a/b");
        assert_eq!(blobs, ["chat", "a/b"]);
        assert_eq!(doubles, [1.0, 2.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 11.0, 12.0]);
    }

    #[test]
    fn an_index_has_96_bytes_at_most_and_no_half_character() {
        let name = format!("chat/{}", "é".repeat(128));
        let DataPoint { index, blobs, .. } = point(&name);
        assert_eq!(index.len(), 95);
        assert_eq!(blobs[1].chars().count(), 128);
    }
}
