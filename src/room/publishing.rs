//! Events of the backend.

use super::{Draft, Effects, Room, wire};
use crate::codes::ErrorCode;
use crate::ids::MessageId;
use crate::problem::Problem;
use crate::publish::{Event, Receipt};
use crate::store::{EntryKind, Store};
use crate::time::Timestamp;

impl Room {
    /// Delivers an event of the backend, and keeps it if it or the party says so.
    ///
    /// # Errors
    /// `storage-failed`; then nobody got it.
    pub fn publish(
        &mut self,
        now: Timestamp,
        id: MessageId,
        event: &Event,
        store: &mut dyn Store,
    ) -> (Result<Receipt, Problem>, Effects) {
        let (mut turn, kind) = self.turn(now, store);
        // What is kept is for everybody: the history is not divided by people.
        let for_all = event.only_user_ids.is_none();
        let persist = event.persist.unwrap_or_else(|| for_all && kind.persists_by_default());
        let at = event.timestamp.map_or(now, Timestamp::from_millis);
        let to = turn.roster.audience(
            event.only_user_ids.as_deref(),
            event.exclude_user_id.as_ref(),
            event.exclude_connection_id.as_ref(),
        );
        let delivered = turn.roster.count(&to);
        let outcome = if persist {
            let draft = Draft::new(now, EntryKind::Event, id.clone());
            let (to, left_out) =
                (turn.roster.without_behind(to.clone()), turn.roster.counting_without(&to));
            let frame = |seq| wire::envelope(&event.kind, &event.payload, at, Some((&id, seq)));
            let seq = turn.history.append(draft, to, frame, |_| None);
            if let (Ok(seq), false) = (&seq, left_out.is_nobody()) {
                // Who counts entries is not to take this for a gap.
                turn.send(left_out, wire::skipped(*seq));
            }
            seq.map(Some)
        } else {
            turn.send(to, wire::envelope(&event.kind, &event.payload, at, None));
            Ok(None)
        };
        // Whoever asked waits for the answer, and the answer says that it is done.
        let outcome = turn.flush().map_or(outcome, Err);
        let outcome = outcome.map(|seq| Receipt { id, seq, delivered }).map_err(|fault| {
            Problem::new(ErrorCode::StorageFailed, format!("The event was not kept: {fault}."))
        });
        (outcome, turn.finish())
    }
}
