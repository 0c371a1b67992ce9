//! A real-time room server for the edge.
//!
//! A **room** is one Durable Object: it holds the WebSockets of everybody who is in, keeps its history
//! in SQLite, and takes events from a backend over HTTP.
//!
//! Two layers, and the compiler keeps them apart:
//!
//! - **the core** (everything but `edge`): what a room does. No clock, no randomness, no I/O, no `worker`
//!   type, no panic. Time and input go in, effects come out as data, and the room says when it wants to be
//!   called again ([`room::Room::next_deadline`]). It compiles and tests natively.
//! - **the shell** (`edge`, wasm32 only): turns Cloudflare's events into the core's inputs and performs its
//!   effects.
//!
//! | module | concept |
//! |---|---|
//! | [`ids`], [`time`] | names, ids and times that were checked when they were made |
//! | [`sorted`] | maps and sets in order |
//! | [`config`], [`limits`] | the deployment's configuration as types |
//! | [`codes`], [`problem`] | error codes, close codes, HTTP problem documents |
//! | [`access`] | who may come in and what they may do |
//! | [`api`] | which routes the HTTP API has |
//! | [`route`] | which room or page a URL means |
//! | [`publish`] | what a backend publishes |
//! | [`webhook`], [`relay`] | what the backend and other rooms are told |
//! | [`room`] | what every kind of room shares |
//! | [`chat`], [`events`] | the kinds of room |
//! | [`store`] | the room's history, as a trait |
//! | [`metrics`], [`directory`] | what rooms count and report, and who adds it up |

#![cfg_attr(not(target_arch = "wasm32"), forbid(unsafe_code))]

pub mod access;
pub mod api;
pub mod chat;
pub mod codes;
pub mod config;
pub mod directory;
#[cfg(target_arch = "wasm32")]
mod edge;
pub mod events;
pub mod ids;
mod json;
pub mod limits;
pub mod metrics;
pub mod problem;
pub mod publish;
pub mod relay;
pub mod room;
pub mod route;
pub mod sorted;
pub mod store;
pub mod time;
pub mod webhook;
