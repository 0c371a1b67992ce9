//! A room as a whole, natively: inputs go in, and the whole list of effects is compared.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm
)]

mod capabilities;
mod crowds;
mod edits;
mod erase;
mod flush;
mod grouping;
mod heartbeat;
mod hibernation;
mod history;
mod limits;
mod messages;
mod moderation;
mod naming;
mod presence;
mod publish;
mod publish_calls;
mod query;
mod reactions;
mod receipts;
mod reports;
mod resume;
mod resume_events;
mod retention;
mod routes;
mod slow_readers;
mod support;
mod threads;
mod token_life;
mod typing;
mod waves;
mod webhook_crashes;
mod webhooks;
