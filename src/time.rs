//! Points in time. The core has no clock: whoever calls it says what time it is.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::json::Whole;

/// Milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Whole")]
pub struct Timestamp(u64);

/// The largest time that is read: clients take it for a JavaScript number.
const MAX_READ: u64 = (1 << 53) - 1;

impl TryFrom<Whole> for Timestamp {
    type Error = &'static str;
    fn try_from(Whole(millis): Whole) -> Result<Self, Self::Error> {
        if millis <= MAX_READ { Ok(Self(millis)) } else { Err("no time is that far away") }
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl schemars::JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "Milliseconds since the Unix epoch.",
            "type": "integer", "minimum": 0, "maximum": MAX_READ,
        })
    }
}

impl Timestamp {
    /// From milliseconds since the Unix epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// In milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// In whole seconds since the Unix epoch, the unit of a token's times.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1000
    }

    /// As ISO 8601 has it, in UTC: `2025-10-09T08:53:20.000Z`. Ends with the year 9999.
    pub fn iso8601(self) -> String {
        const LAST: u64 = 253_402_300_799_999;
        let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(self.0.min(LAST)));
        let time = time.unwrap_or(SystemTime::UNIX_EPOCH);
        humantime::format_rfc3339_millis(time).to_string()
    }

    /// This much later.
    pub const fn plus_millis(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// This much earlier.
    pub const fn minus_millis(self, millis: u64) -> Self {
        Self(self.0.saturating_sub(millis))
    }

    /// How many milliseconds lie between `earlier` and this; 0 if `earlier` is later.
    pub const fn millis_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}
