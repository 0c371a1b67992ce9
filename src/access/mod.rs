//! Who may come in, and what they may do.
//!
//! A [`Grant`] is the only way into a room. It is made in two places: [`token::Verified::grant_in`], from a token that
//! holds, and [`admission`], from the rule for people without one.
//!
//! | module | concept |
//! |---|---|
//! | [`credentials`] | where a request carries its token |
//! | [`token`] | from a token's text to what it grants |
//! | [`claims`] | what a token says, and when that holds |
//! | [`keyring`], [`keys`] | the keys that verify tokens |
//! | [`public_key`] | a public key, and what it must be |
//! | [`proof`] | which keys a token has to fit, and what the platform says of its signature |
//! | [`key_cache`] | keys that are published at an address |
//! | [`authorize`] | parties that ask the application |
//! | [`backend_url`] | an address of somebody who decides on who comes in |
//! | [`signature`] | requests that are signed with the broadcast key |
//! | [`origin`] | which web pages may connect |
//! | [`pattern`] | patterns of room names |
//! | [`rate`] | token buckets |
//! | [`token_config`] | what the deployment says about tokens |
//! | [`admission`] | who gets in, who may do what over HTTP |
//! | [`grant`], [`capability`] | what somebody was let in with |

pub mod admission;
pub mod authorize;
pub mod backend_url;
pub mod capability;
pub mod claims;
pub mod credentials;
pub mod grant;
pub mod key_cache;
pub mod keyring;
pub mod keys;
pub mod origin;
pub mod pattern;
pub mod proof;
pub mod public_key;
pub mod rate;
pub mod secret;
pub mod signature;
#[cfg(test)]
mod test_keys;
pub mod token;
pub mod token_config;

pub use capability::{Capabilities, Capability};
pub use grant::{Grant, Role, TokenLimits};
