//! Who may come in, and what they may do.
//!
//! A [`Grant`] is the only way into a room. It is made in two places: [`token::verify`], from a token that
//! holds, and [`admission`], from the rule for people without one.

pub mod admission;
pub mod capability;
pub mod credentials;
pub mod grant;
pub mod secret;
pub mod token;

pub use capability::{Capabilities, Capability};
pub use grant::{Grant, Role};
