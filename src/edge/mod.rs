//! The shell: the only code that touches Cloudflare. Decisions are the core's.
//!
//! | file | what it does |
//! |---|---|
//! | `worker` | a request at the edge: route, check who asks, hand over to the room's object |
//! | `tokens` | a token is checked, with keys that are fetched if need be |
//! | `jwks` | fetches the keys that an issuer publishes |
//! | `authorize` | asks the application who may come in |
//! | `outbound` | asks another host, with a timeout and a limit |
//! | `delivery` | brings what a room has to tell others |
//! | `handoff` | what the Worker tells the object |
//! | `room_object` | the Durable Object: events in, [`crate::room::Room`], effects out |
//! | `sockets` | the table of sockets; performs effects |
//! | `database` | the room's SQLite |
//! | `export` | everything of a room, as a stream |
//! | `timer` | the one timer |
//! | `reply` | HTTP responses |
//! | `body` | a body, up to a limit |
//! | `bindings` | runtime calls that the SDK lacks, or has without catching exceptions |
//! | `settings` | the environment, read once |
//! | `log` | structured log lines |

mod authorize;
mod bindings;
mod body;
mod database;
mod delivery;
mod export;
mod handoff;
mod jwks;
mod log;
mod outbound;
mod reply;
mod room_object;
mod settings;
mod sockets;
mod timer;
mod tokens;
mod worker;

use crate::time::Timestamp;

/// The runtime's clock. It stands still while a turn runs.
fn now() -> Timestamp {
    // Milliseconds since 1970 as a double: whole, positive, and below 2^53.
    Timestamp::from_millis(js_sys::Date::now() as u64)
}
