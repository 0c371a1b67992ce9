//! A token is checked, with keys that are fetched if need be.
//!
//! The cache is one per isolate, for its Worker and its rooms. No request may wait for another one's promise: the
//! runtime ties I/O to the request that began it. So whoever waits for keys that another request fetches looks again
//! and again, by timers of its own.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use worker::Delay;

use super::{jwks, log, now, web_crypto};
use crate::access::key_cache::{KeyCache, Need, Step};
use crate::access::token::{self, TokenError, Unverified, Verified};
use crate::access::token_config::Jwks;
use crate::config::{Config, LogLevel};

/// How often one who waits looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

thread_local! {
    static CACHE: RefCell<KeyCache> = RefCell::default();
}

/// Work that has to go on even if the client whose request began it leaves.
pub(super) type Work = Pin<Box<dyn Future<Output = ()>>>;

/// Checks a token with every key that there is. `spawn` runs work to its end: otherwise somebody who sends made-up
/// tokens, and leaves at once, could keep the keys from ever being fetched.
///
/// # Errors
/// See [`TokenError`].
pub(super) async fn verify(
    config: &Config,
    token: &str,
    spawn: impl Fn(Work),
) -> Result<Verified, TokenError> {
    let Some(jwks) = &config.tokens.jwks else {
        return check(config, token).await;
    };
    let mut asked = false;
    if token::wants_public_key(token) {
        asked = refresh(jwks, Need::Fresh, config.log_level, &spawn).await;
    }
    let mut outcome = check(config, token).await;
    // One token is worth one question.
    if !asked && matches!(outcome, Err(TokenError::UnknownKey)) {
        refresh(jwks, Need::Newer, config.log_level, &spawn).await;
        outcome = check(config, token).await;
    }
    match outcome {
        Err(TokenError::UnknownKey) if !CACHE.with_borrow(KeyCache::is_current) => {
            Err(TokenError::KeysUnavailable)
        }
        outcome => outcome,
    }
}

/// Checks a token with the keys that are there now.
async fn check(config: &Config, token: &str) -> Result<Verified, TokenError> {
    let tokens = &config.tokens;
    let fetched = tokens.jwks.as_ref().map(|_| CACHE.with_borrow(KeyCache::keys));
    let mut token = Unverified::read(token, &tokens.keyring(fetched))?;
    while let Some(question) = token.question() {
        let answer = web_crypto::answer(&question).await;
        token.answer(answer);
    }
    token.conclude(&tokens.rules, now())
}

/// Returns when the cache has the keys that are needed, or cannot have them now. Says whether the issuer was asked.
async fn refresh(jwks: &Jwks, need: Need, level: LogLevel, spawn: &impl Fn(Work)) -> bool {
    match CACHE.with_borrow_mut(|cache| cache.next_step(need, now(), jwks.cooldown_ms)) {
        Step::Use => return false,
        Step::Fetch => spawn(Box::pin(fetch(jwks.clone(), level))),
        Step::Wait => {}
    }
    while CACHE.with_borrow(|cache| cache.is_fetching(now())) {
        Delay::from(LOOK_AGAIN).await;
    }
    true
}

async fn fetch(jwks: Jwks, level: LogLevel) {
    let host = jwks.url.host();
    match jwks::fetch(&jwks.url).await {
        Ok(answer) => {
            let skipped = answer.keys.skipped().join(", ");
            if answer.keys.is_empty() {
                let detail = format!("{host} publishes no key that can verify tokens. {skipped}");
                log::error("fetch-keys", None, &detail);
            } else if !skipped.is_empty() {
                log::note(level, "fetch-keys", &format!("{host}: {skipped}"));
            }
            let cache_control = answer.cache_control.as_deref();
            CACHE.with_borrow_mut(|cache| cache.succeeded(answer.keys, cache_control, now()));
        }
        Err(reason) => {
            log::error("fetch-keys", None, &format!("{host} {reason}"));
            CACHE.with_borrow_mut(KeyCache::failed);
        }
    }
}
