//! Stores. Every rule of the trait is tried on the reference in memory, and on the one over SQLite.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm
)]

mod answers;
mod belongings;
mod failure;
mod finding;
mod history;
mod measure;
mod members;
mod migration;
mod native;
mod outbox;
mod random;
mod retention;
mod search;
mod support;
