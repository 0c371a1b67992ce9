use durable_rooms::store::{Entry, EntryKind, Store};

use crate::native::Native;
use crate::support::*;

fn mentioning(number: u64, author: &str, users: &[&str]) -> Entry {
    let mentions = users.iter().map(|name| user(name)).collect();
    Entry { mentions, ..message(number, author, "hey") }
}

#[test]
fn members_are_listed_by_when_they_were_seen() {
    each(|store| {
        store.put_members(&[]).unwrap();
        store.put_members(&[member("alice", 1, 5), member("bob", 2, 9)]).unwrap();
        store.put_members(&[member("carol", 3, 5), member("alice", 4, 5)]).unwrap();
        assert_eq!(store.member(&user("alice")).unwrap(), Some(member("alice", 4, 5)));
        assert_eq!(store.member(&user("zoe")).unwrap(), None);
        let expected = [member("bob", 2, 9), member("alice", 4, 5), member("carol", 3, 5)];
        assert_eq!(store.members(9).unwrap(), expected);
        assert_eq!(store.members(1).unwrap(), expected[..1]);
        store.remove_member(&user("bob")).unwrap();
        assert_eq!(store.members(9).unwrap(), expected[1..]);
    });
}

#[test]
fn any_number_of_members_is_kept_at_once() {
    for count in [15, 16, 17, 100] {
        each(|store| {
            let all: Vec<_> = (0..count).map(|n| member(&format!("u{n}"), n, 1_000 - n)).collect();
            store.put_members(&all).unwrap();
            assert_eq!(store.members(u32::MAX).unwrap(), all);
        });
    }
}

#[test]
fn unread_are_the_messages_of_others() {
    each(|store| {
        store
            .append(&[
                message(1, "bob", "a"),
                message(2, "alice", "b"),
                other(3, EntryKind::Event, None, None),
                other(4, EntryKind::Change, Some("bob"), Some(1)),
                message(5, "bob", "c"),
            ])
            .unwrap();
        let unread = |after| store.unread(&user("alice"), seq(after), 10).unwrap();
        assert_eq!(unread(0), (2, 0));
        assert_eq!(unread(1), (1, 0));
        assert_eq!(unread(5), (0, 0));
    });
}

#[test]
fn mentions_are_counted_once_a_message() {
    each(|store| {
        store
            .append(&[
                mentioning(1, "bob", &["alice", "alice", "carol"]),
                mentioning(2, "bob", &["carol"]),
                mentioning(3, "bob", &["alice"]),
            ])
            .unwrap();
        assert_eq!(store.unread(&user("alice"), seq(0), 10).unwrap(), (3, 2));
        assert_eq!(store.unread(&user("alice"), seq(1), 10).unwrap(), (2, 1));
        store.remove_member(&user("alice")).unwrap();
        assert_eq!(store.unread(&user("alice"), seq(0), 10).unwrap(), (3, 0));
        assert_eq!(store.unread(&user("carol"), seq(0), 10).unwrap(), (3, 2));
    });
}

#[test]
fn no_more_is_counted_than_asked_for() {
    each(|store| {
        let all: Vec<_> = (1..=20).map(|number| mentioning(number, "bob", &["alice"])).collect();
        store.append(&all).unwrap();
        assert_eq!(store.unread(&user("alice"), seq(0), 7).unwrap(), (7, 7));
        assert_eq!(store.unread(&user("alice"), seq(15), 7).unwrap(), (5, 5));
    });
}

#[test]
fn a_long_row_of_own_messages_is_not_counted_through() {
    let mut store = Native::new().open();
    let mut all = messages(100);
    all.push(message(101, "bob", "a"));
    store.append(&all).unwrap();
    assert_eq!(store.unread(&user("alice"), seq(0), 60).unwrap(), (1, 0));
    assert_eq!(store.unread(&user("alice"), seq(0), 50).unwrap(), (0, 0), "not seen");
}
