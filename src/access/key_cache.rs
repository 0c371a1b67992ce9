//! Keys that are published at an address: how long they are good for, and when to ask again. Does not fetch.
//!
//! What was fetched once stays in use until something newer comes: while the issuer is down, its users get in.

use std::rc::Rc;

use super::keys::KeySet;
use crate::time::Timestamp;

/// How long an answer may take, in milliseconds.
pub const FETCH_TIMEOUT_MS: u64 = 5000;

/// An attempt that is older than this, in milliseconds, died with the request that made it.
const ATTEMPT_LIFE_MS: u64 = FETCH_TIMEOUT_MS + 1000;

/// The keys as they were last published.
#[derive(Debug, Default)]
pub struct KeyCache {
    keys: Rc<KeySet>,
    fresh_until: Option<Timestamp>,
    attempt: Option<Attempt>,
}

#[derive(Debug)]
struct Attempt {
    began: Timestamp,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Running,
    Succeeded,
    Failed,
}

/// Which keys somebody needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Those that are good by what the issuer said when it published them.
    Fresh,
    /// Others than those: a token names one that is not among them.
    Newer,
}

/// What to do before the keys are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing: there are none better to be had now.
    Use,
    /// Fetch them.
    Fetch,
    /// Wait until [`KeyCache::is_fetching`] is over: somebody else fetches them.
    Wait,
}

impl KeyCache {
    /// The keys that are known; none, before they were fetched for the first time.
    pub fn keys(&self) -> Rc<KeySet> {
        Rc::clone(&self.keys)
    }

    /// What to do. After [`Step::Fetch`] the caller does fetch, and reports. Attempts begin `cooldown_ms` apart at least,
    /// so that tokens with made-up keys do not become requests to the issuer.
    pub fn next_step(&mut self, need: Need, now: Timestamp, cooldown_ms: u64) -> Step {
        if need == Need::Fresh && self.fresh_until.is_some_and(|until| now < until) {
            return Step::Use;
        }
        if self.is_fetching(now) {
            // Keys past their time are better than to make everybody wait for a host that may be down.
            let has_some = self.fresh_until.is_some();
            return if need == Need::Fresh && has_some { Step::Use } else { Step::Wait };
        }
        let rests = |attempt: &Attempt| now.millis_since(attempt.began) < cooldown_ms;
        if self.attempt.as_ref().is_some_and(rests) {
            return Step::Use;
        }
        self.attempt = Some(Attempt { began: now, state: State::Running });
        Step::Fetch
    }

    /// Whether an answer is awaited.
    pub fn is_fetching(&self, now: Timestamp) -> bool {
        self.attempt.as_ref().is_some_and(|attempt| {
            attempt.state == State::Running && now.millis_since(attempt.began) < ATTEMPT_LIFE_MS
        })
    }

    /// Whether the latest attempt brought the keys: then a key that is not among them does not exist.
    pub fn is_current(&self) -> bool {
        self.attempt.as_ref().is_some_and(|attempt| attempt.state == State::Succeeded)
    }

    /// The keys have come, with this `Cache-Control` header.
    pub fn succeeded(&mut self, keys: KeySet, cache_control: Option<&str>, now: Timestamp) {
        self.keys = Rc::new(keys);
        self.fresh_until = Some(now.plus_millis(lifetime_ms(cache_control)));
        self.end(State::Succeeded);
    }

    /// They have not.
    pub fn failed(&mut self) {
        self.end(State::Failed);
    }

    fn end(&mut self, state: State) {
        if let Some(attempt) = &mut self.attempt {
            attempt.state = state;
        }
    }
}

/// How long keys are good for, in milliseconds: `max-age`, but neither so short that every visitor costs a fetch, nor
/// so long that a revoked key lives on for days.
fn lifetime_ms(cache_control: Option<&str>) -> u64 {
    const DEFAULT_S: u64 = 10 * 60;
    const SHORTEST_S: u64 = 60;
    const LONGEST_S: u64 = 24 * 60 * 60;
    max_age_s(cache_control).unwrap_or(DEFAULT_S).clamp(SHORTEST_S, LONGEST_S) * 1000
}

/// The `max-age` of a `Cache-Control` header, in seconds.
pub(super) fn max_age_s(cache_control: Option<&str>) -> Option<u64> {
    let directives = cache_control.unwrap_or_default().split(',');
    directives.filter_map(|directive| directive.split_once('=')).find_map(|(name, seconds)| {
        let is_max_age = name.trim().eq_ignore_ascii_case("max-age");
        is_max_age.then(|| seconds.trim().trim_matches('"').parse::<u64>().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const COOLDOWN: u64 = 30_000;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_760_000_000_000 + seconds * 1000)
    }

    fn some_keys() -> KeySet {
        KeySet::parse(br#"{"keys":[]}"#).unwrap()
    }

    /// A cache whose keys came at 0 and are good for 10 minutes.
    fn filled() -> KeyCache {
        let mut cache = KeyCache::default();
        assert_eq!(cache.next_step(Need::Fresh, at(0), COOLDOWN), Step::Fetch);
        cache.succeeded(some_keys(), None, at(0));
        cache
    }

    #[test]
    fn the_first_visitor_fetches_and_the_others_wait() {
        let mut cache = KeyCache::default();
        assert_eq!(cache.next_step(Need::Fresh, at(0), COOLDOWN), Step::Fetch);
        assert_eq!(cache.next_step(Need::Fresh, at(1), COOLDOWN), Step::Wait);
        assert_eq!(cache.next_step(Need::Newer, at(1), COOLDOWN), Step::Wait);
        cache.succeeded(some_keys(), None, at(2));
        assert!(!cache.is_fetching(at(2)));
        assert_eq!(cache.next_step(Need::Fresh, at(2), COOLDOWN), Step::Use);
    }

    #[test]
    fn keys_are_fetched_anew_when_their_time_is_over() {
        let mut cache = filled();
        assert_eq!(cache.next_step(Need::Fresh, at(599), COOLDOWN), Step::Use);
        assert_eq!(cache.next_step(Need::Fresh, at(600), COOLDOWN), Step::Fetch);
        assert_eq!(cache.next_step(Need::Fresh, at(600), COOLDOWN), Step::Use, "without waiting");
    }

    #[test]
    fn an_unknown_key_is_asked_for_at_once_but_not_in_a_storm() {
        let mut cache = filled();
        assert_eq!(cache.next_step(Need::Newer, at(29), COOLDOWN), Step::Use);
        assert_eq!(cache.next_step(Need::Newer, at(30), COOLDOWN), Step::Fetch);
        cache.succeeded(some_keys(), None, at(31));
        for second in 31..60 {
            assert_eq!(cache.next_step(Need::Newer, at(second), COOLDOWN), Step::Use);
        }
        assert_eq!(cache.next_step(Need::Newer, at(60), COOLDOWN), Step::Fetch);
    }

    #[test]
    fn a_failure_keeps_the_keys_and_is_tried_again_after_a_while() {
        let mut cache = filled();
        let keys = cache.keys();
        assert_eq!(cache.next_step(Need::Fresh, at(700), COOLDOWN), Step::Fetch);
        cache.failed();
        assert!(Rc::ptr_eq(&cache.keys(), &keys));
        assert!(!cache.is_current());
        assert_eq!(cache.next_step(Need::Fresh, at(701), COOLDOWN), Step::Use);
        assert_eq!(cache.next_step(Need::Newer, at(701), COOLDOWN), Step::Use);
        assert_eq!(cache.next_step(Need::Fresh, at(730), COOLDOWN), Step::Fetch);
        cache.succeeded(some_keys(), None, at(731));
        assert!(cache.is_current());
    }

    #[test]
    fn nobody_waits_for_an_attempt_that_died() {
        let mut cache = KeyCache::default();
        assert_eq!(cache.next_step(Need::Fresh, at(0), COOLDOWN), Step::Fetch);
        assert!(cache.is_fetching(at(5)));
        assert!(!cache.is_fetching(at(6)));
        assert_eq!(cache.next_step(Need::Fresh, at(6), COOLDOWN), Step::Use);
        assert!(!cache.is_current());
        assert_eq!(cache.next_step(Need::Fresh, at(30), COOLDOWN), Step::Fetch);
    }

    #[test]
    fn keys_live_as_long_as_the_issuer_says_within_bounds() {
        for (header, seconds) in [
            (None, 600),
            (Some("public, max-age=900, must-revalidate"), 900),
            (Some("Max-Age=\"120\""), 120),
            (Some("max-age=0"), 60),
            (Some("max-age=31536000"), 86_400),
            (Some("s-maxage=900"), 600),
            (Some("no-store"), 600),
            (Some("max-age=-1"), 600),
            (Some("max-age=99999999999999999999"), 600),
            (Some("max-age"), 600),
        ] {
            assert_eq!(lifetime_ms(header), seconds * 1000, "{header:?}");
        }
    }
}
