use durable_rooms::ids::Username;
use durable_rooms::store::{DeadLetter, OutboxStore, Parcel, StoreError};

use crate::native::Native;
use crate::support::*;

fn parcel(lane: &str, number: u64) -> Parcel {
    Parcel {
        lane: lane.to_owned(),
        number,
        after: seq(number),
        at: at(4_000),
        kind: "member.joined".to_owned(),
        id: None,
        body: format!("{{\"n\":{number}}}"),
    }
}

fn letter(id: &str, lane: &str) -> DeadLetter {
    DeadLetter {
        id: id.to_owned(),
        lane: lane.to_owned(),
        kind: "member.left".to_owned(),
        at: at(5_000),
        attempts: 17,
        error: "answered 500".to_owned(),
    }
}

fn ids(letters: &[DeadLetter]) -> Vec<&str> {
    letters.iter().map(|letter| letter.id.as_str()).collect()
}

#[test]
fn a_lane_has_the_state_that_it_was_given_last() {
    each(|store| {
        store.put_lane("webhook", "{}").unwrap();
        store.put_lane("main/admin", "1").unwrap();
        store.put_lane("webhook", "2").unwrap();
        let lane = |lane: &str, state: &str| (lane.to_owned(), state.to_owned());
        assert_eq!(store.lanes().unwrap(), [lane("main/admin", "1"), lane("webhook", "2")]);
        store.remove_lane("webhook").unwrap();
        store.remove_lane("webhook").unwrap();
        assert_eq!(store.lanes().unwrap(), [lane("main/admin", "1")]);
    });
}

#[test]
fn the_first_parcel_of_a_lane_is_the_one_with_the_lowest_number() {
    each(|store| {
        let number = 1_760_000_000_000_000;
        store.put_parcels(&[parcel("b", 9), parcel("a", number + 1), parcel("a", number)]).unwrap();
        assert_eq!(store.first_parcel("a").unwrap(), Some(parcel("a", number)));
        let all = [("a".to_owned(), 2, number + 1), ("b".to_owned(), 1, 9)];
        assert_eq!(store.parcels().unwrap(), all);
        store.remove_parcel("a", number).unwrap();
        store.remove_parcel("a", 9).unwrap();
        assert_eq!(store.first_parcel("a").unwrap(), Some(parcel("a", number + 1)));
        store.clear_lane("a").unwrap();
        assert_eq!(store.first_parcel("a").unwrap(), None);
        assert_eq!(store.first_parcel("b").unwrap(), Some(parcel("b", 9)));
    });
}

#[test]
fn dead_letters_come_latest_first_and_the_oldest_go() {
    each(|store| {
        for id in ["a", "b", "c"] {
            store.put_dead_letter(&letter(id, "webhook"), "{}").unwrap();
        }
        assert_eq!(ids(&store.dead_letters(2).unwrap()), ["c", "b"]);
        assert_eq!(store.dead_letters(1).unwrap(), [letter("c", "webhook")]);
        store.trim_dead_letters(2).unwrap();
        assert_eq!(ids(&store.dead_letters(9).unwrap()), ["c", "b"]);
        assert_eq!(store.dead_letter_count().unwrap(), 2);
        store.trim_dead_letters(2).unwrap();
        assert_eq!(store.dead_letter_count().unwrap(), 2);
    });
}

#[test]
fn dead_letters_become_parcels_again_with_the_ids_that_they_had() {
    each(|store| {
        for id in ["a", "b", "c"] {
            store.put_dead_letter(&letter(id, "webhook"), &format!("{{\"{id}\":1}}")).unwrap();
        }
        let some = ["c".to_owned(), "nothing".to_owned(), "a".to_owned()];
        assert_eq!(store.revive_dead_letters(Some(&some), 70, seq(3)).unwrap(), 2);
        let revived = |id: &str, number: u64| Parcel {
            after: seq(3),
            at: at(5_000),
            kind: "member.left".to_owned(),
            id: Some(id.to_owned()),
            body: format!("{{\"{id}\":1}}"),
            ..parcel("webhook", number)
        };
        assert_eq!(store.first_parcel("webhook").unwrap(), Some(revived("a", 70)));
        assert_eq!(ids(&store.dead_letters(9).unwrap()), ["b"]);
        assert_eq!(store.revive_dead_letters(None, 80, seq(3)).unwrap(), 1);
        assert_eq!(store.parcels().unwrap(), [("webhook".to_owned(), 3, 80)]);
        assert_eq!(store.revive_dead_letters(None, 90, seq(3)).unwrap(), 0);
    });
}

#[test]
fn dead_letters_are_removed_by_what_is_in_them() {
    each(|store| {
        for (id, body) in [("a", r#"{"userId":"ann"}"#), ("b", r#"{"userId":"annabel"}"#)] {
            store.put_dead_letter(&letter(id, "webhook"), body).unwrap();
        }
        store.remove_dead_letters_with("\"ann\"").unwrap();
        assert_eq!(ids(&store.dead_letters(9).unwrap()), ["b"]);
    });
}

#[test]
fn it_is_known_who_is_believed_to_be_here() {
    each(|store| {
        let name = |text: &str| Username::parse(text).unwrap();
        store.put_attendee(&user("bob"), &name("Bob")).unwrap();
        store.put_attendee(&user("ann"), &name("Ann")).unwrap();
        store.put_attendee(&user("bob"), &name("Bobby")).unwrap();
        let all = [(user("ann"), name("Ann")), (user("bob"), name("Bobby"))];
        assert_eq!(store.attendees().unwrap(), all);
        store.remove_attendee(&user("ann")).unwrap();
        store.remove_attendee(&user("ann")).unwrap();
        assert_eq!(store.attendees().unwrap(), all[1..]);
    });
}

#[test]
fn everything_of_it_goes_with_the_room() {
    each(|store| {
        store.put_lane("webhook", "{}").unwrap();
        store.put_parcels(&[parcel("webhook", 1)]).unwrap();
        store.put_dead_letter(&letter("a", "webhook"), "{}").unwrap();
        store.put_attendee(&user("ann"), &Username::parse("Ann").unwrap()).unwrap();
        store.wipe().unwrap();
        assert_eq!(store.lanes().unwrap(), []);
        assert_eq!(store.parcels().unwrap(), []);
        assert_eq!(store.dead_letter_count().unwrap(), 0);
        assert_eq!(store.attendees().unwrap(), []);
    });
}

#[test]
fn parcels_are_there_together_with_what_they_are_about_or_not_at_all() {
    each(|store| {
        let outcome = store.atomically(&mut |store| {
            store.append(&messages(1))?;
            store.put_parcels(&[parcel("webhook", 1), parcel("webhook", 2)])?;
            Err(StoreError("changed my mind".into()))
        });
        assert!(outcome.is_err());
        assert_eq!(store.parcels().unwrap(), []);
        assert_eq!(store.position().unwrap().last, seq(0));
    });
}

#[test]
fn numbers_are_integers_however_they_are_bound() {
    let native = Native::new();
    let mut store = native.open();
    store.put_parcels(&[parcel("webhook", 1_760_000_000_000_000)]).unwrap();
    store.put_dead_letter(&letter("a", "webhook"), "{}").unwrap();
    store.revive_dead_letters(None, 1_760_000_000_000_001, seq(3)).unwrap();
    let stored = "SELECT count(*) FROM parcels WHERE typeof(number) = 'integer' \
                  AND typeof(at) = 'integer' AND typeof(follows) = 'integer'";
    assert_eq!(native.number(stored), 2);
}
