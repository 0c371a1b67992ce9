//! Events that go on to other rooms, by the party's `routes`.

use serde::Serialize;
use serde_json::value::RawValue;

use super::Destination;
use crate::room::Turn;
use crate::room::wire::encode;
use crate::store::{Parcel, Seq, StoreError};
use crate::time::Timestamp;

impl Turn<'_> {
    /// What is to be brought to other rooms because of an event.
    pub(in crate::room) fn relayed(
        &mut self,
        kind: &str,
        payload: &RawValue,
        timestamp: Timestamp,
    ) -> Vec<Parcel> {
        #[derive(Serialize)]
        struct Event<'a> {
            r#type: &'a str,
            payload: &'a RawValue,
            timestamp: Timestamp,
        }
        let settings = self.settings;
        let mut parcels = Vec::new();
        for relay in &settings.party.shared.routes {
            let target = relay.target(&settings.party_name, &settings.name);
            let Some((party, room)) = target.filter(|_| relay.takes(&settings.name, kind)) else {
                continue;
            };
            let r#type = relay.rename.as_deref().unwrap_or(kind);
            parcels.push(Parcel {
                lane: Destination::Room(party.clone(), room.clone()).to_string(),
                number: self.outbox.next_number(self.now),
                after: Seq::default(),
                at: self.now,
                kind: r#type.to_owned(),
                id: None,
                body: encode(&Event { r#type, payload, timestamp }),
            });
        }
        parcels
    }

    /// Has an event that is not kept go on to other rooms.
    pub(crate) fn relay(&mut self, kind: &str, payload: &RawValue) -> Result<(), StoreError> {
        let parcels = self.relayed(kind, payload, self.now);
        if !parcels.is_empty() {
            self.store.put_parcels(&parcels)?;
            self.outbox.holds(&parcels);
        }
        Ok(())
    }
}
