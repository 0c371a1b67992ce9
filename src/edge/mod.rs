//! The shell: the only code that touches Cloudflare. Decisions are the core's.
//!
//! | file | what it does |
//! |---|---|
//! | `worker` | a request at the edge: finds its route |
//! | `address` | the address of a request, taken apart |
//! | `entrance` | a socket comes in |
//! | `api` | the HTTP API |
//! | `caller` | who calls it |
//! | `tokens` | a token is checked, with keys that are fetched if need be |
//! | `web_crypto` | asks the platform whether a signature is of a public key |
//! | `jwks` | fetches the keys that an issuer publishes |
//! | `authorize` | asks the application who may come in |
//! | `outbound` | asks another host, with a timeout and a limit |
//! | `delivery` | brings what a room has to tell others |
//! | `handoff` | what the Worker tells the object |
//! | `room_object` | the room's Durable Object: events in, [`crate::room::Room`], effects out |
//! | `sockets` | the table of sockets; performs effects |
//! | `database` | an object's SQLite |
//! | `export` | everything of a room, as a stream |
//! | `directory` | tells the directory, and asks it |
//! | `directory_object` | the second Durable Object: a shard of the directory |
//! | `analytics` | a row for each report, for Workers Analytics Engine |
//! | `timer` | the one timer |
//! | `draft` | a request of our own that is being made |
//! | `reply` | HTTP responses |
//! | `body` | a body, up to a limit |
//! | `bindings` | runtime calls that the SDK lacks, or has without catching exceptions |
//! | `settings` | the environment, read once |
//! | `log` | structured log lines |

mod address;
mod analytics;
mod api;
mod authorize;
mod bindings;
mod body;
mod caller;
mod calls;
mod database;
mod delivery;
mod directory;
mod directory_object;
mod draft;
mod entrance;
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
mod web_crypto;
mod worker;

use crate::time::Timestamp;

/// The runtime's clock. It stands still while a turn runs.
fn now() -> Timestamp {
    // Milliseconds since 1970 as a double: whole, positive, and below 2^53.
    Timestamp::from_millis(js_sys::Date::now() as u64)
}
