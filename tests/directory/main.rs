//! The directory, on a SQLite of this machine.

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

mod counting;
mod expiry;
mod listing;
#[path = "../store/native.rs"]
mod native;
mod numbers;
mod once;
mod support;
