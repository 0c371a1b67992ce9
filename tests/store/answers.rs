use durable_rooms::store::{Store, StoreError};

use crate::native::Native;
use crate::support::*;

#[test]
fn an_answer_is_found_by_its_key_and_replaced_by_a_later_one() {
    each(|store| {
        store.keep_answer("k1", &answered(1_000, "[1]")).unwrap();
        store.keep_answer("k2", &answered(2_000, "[2]")).unwrap();
        assert_eq!(store.answered("k1").unwrap(), Some(answered(1_000, "[1]")));
        assert_eq!(store.answered("K1").unwrap(), None);
        assert_eq!(store.answered("").unwrap(), None);
        store.keep_answer("k1", &answered(3_000, "[3]")).unwrap();
        assert_eq!(store.answered("k1").unwrap(), Some(answered(3_000, "[3]")));
    });
}

#[test]
fn what_was_answered_before_a_moment_is_forgotten() {
    each(|store| {
        for (key, when) in [("a", 1_000), ("b", 2_000), ("c", 3_000)] {
            store.keep_answer(key, &answered(when, "[]")).unwrap();
        }
        store.forget_answers(at(2_000)).unwrap();
        let left = ["a", "b", "c"].map(|key| store.answered(key).unwrap().is_some());
        assert_eq!(left, [false, true, true]);
    });
}

#[test]
fn answers_outlive_entries_and_go_with_the_room() {
    each(|store| {
        store.append(&messages(3)).unwrap();
        store.keep_answer("k", &answered(1_000, "[]")).unwrap();
        store.drop_through(seq(3)).unwrap();
        assert!(store.answered("k").unwrap().is_some());
        store.wipe().unwrap();
        assert_eq!(store.answered("k").unwrap(), None);
    });
}

#[test]
fn an_answer_is_kept_together_with_entries_or_not_at_all() {
    each(|store| {
        let outcome = store.atomically(&mut |store| {
            store.append(&messages(1))?;
            store.keep_answer("k", &answered(1_000, "[]"))?;
            Err(StoreError("changed my mind".into()))
        });
        assert!(outcome.is_err());
        assert_eq!(store.answered("k").unwrap(), None);
        assert_eq!(store.position().unwrap().last, seq(0));
    });
}

#[test]
fn a_room_that_wakes_again_knows_what_it_answered() {
    let native = Native::new();
    native.open().keep_answer("k", &answered(1_760_000_000_000, "[]")).unwrap();
    assert_eq!(native.open().answered("k").unwrap(), Some(answered(1_760_000_000_000, "[]")));
    let stored = "SELECT count(*) FROM answers WHERE typeof(at) = 'integer'";
    assert_eq!(native.number(stored), 1);
}
