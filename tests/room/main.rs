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

mod hibernation;
mod history;
mod limits;
mod messages;
mod moderation;
mod presence;
mod publish;
mod support;
mod token_life;
mod typing;
