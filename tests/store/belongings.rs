use durable_rooms::store::Rule;

use crate::support::*;

#[test]
fn reactions_are_listed_oldest_first() {
    each(|store| {
        store.append(&messages(2)).unwrap();
        for (name, emoji) in [("zoe", "👍"), ("alice", "👍"), ("bob", "🎉"), ("alice", "🎉")]
        {
            store.add_reaction(seq(1), &reaction(name, emoji)).unwrap();
        }
        store.add_reaction(seq(1), &reaction("zoe", "👍")).unwrap();
        let expected = [
            reaction("zoe", "👍"),
            reaction("alice", "👍"),
            reaction("bob", "🎉"),
            reaction("alice", "🎉"),
        ];
        assert_eq!(store.reactions(seq(1)).unwrap(), expected);
        assert_eq!(store.reactions(seq(2)).unwrap(), []);
    });
}

#[test]
fn one_reaction_is_removed_or_all_of_a_user_or_all() {
    each(|store| {
        let add = |store: &mut dyn durable_rooms::store::Store| {
            for (name, emoji) in [("alice", "a"), ("alice", "b"), ("bob", "a")] {
                store.add_reaction(seq(1), &reaction(name, emoji)).unwrap();
            }
        };
        add(store);
        store.remove_reaction(seq(1), &user("alice"), Some("a")).unwrap();
        store.remove_reaction(seq(1), &user("alice"), Some("x")).unwrap();
        assert_eq!(
            store.reactions(seq(1)).unwrap(),
            [reaction("alice", "b"), reaction("bob", "a")]
        );
        add(store);
        assert_eq!(store.reactions(seq(1)).unwrap()[2], reaction("alice", "a"), "now the newest");
        store.remove_reaction(seq(1), &user("alice"), None).unwrap();
        assert_eq!(store.reactions(seq(1)).unwrap(), [reaction("bob", "a")]);
        store.clear_reactions(seq(1)).unwrap();
        assert_eq!(store.reactions(seq(1)).unwrap(), []);
    });
}

#[test]
fn a_user_sees_the_own_reactions_on_a_page() {
    each(|store| {
        for (message, name, emoji) in [
            (1, "alice", "a"),
            (2, "bob", "a"),
            (3, "alice", "z"),
            (3, "alice", "b"),
            (4, "alice", "c"),
        ] {
            store.add_reaction(seq(message), &reaction(name, emoji)).unwrap();
        }
        let own = store.reacted(&user("alice"), seq(1), seq(3)).unwrap();
        assert_eq!(own, [(seq(1), "a".into()), (seq(3), "z".into()), (seq(3), "b".into())]);
        assert_eq!(store.reacted_by(&user("alice")).unwrap(), [seq(1), seq(3), seq(4)]);
        assert_eq!(store.reacted_by(&user("zoe")).unwrap(), []);
    });
}

#[test]
fn pins_keep_the_order_in_which_they_were_set() {
    each(|store| {
        store.append(&messages(4)).unwrap();
        for message in [3, 1, 4] {
            store.pin(seq(message)).unwrap();
        }
        store.pin(seq(3)).unwrap();
        store.unpin(seq(1)).unwrap();
        store.unpin(seq(2)).unwrap();
        store.replace(seq(4), r#"{"edited":1}"#, None).unwrap();
        let expected = [(seq(4), r#"{"edited":1}"#.to_owned()), (seq(3), frame(3, "text 3"))];
        assert_eq!(store.pins().unwrap(), expected);
    });
}

#[test]
fn a_rule_replaces_the_one_of_its_kind_and_target() {
    each(|store| {
        let ban = |until: Option<u64>| Rule::Ban { user: user("mallory"), until: until.map(at) };
        let mute = Rule::Mute { user: user("mallory"), until: None };
        store.put_rule(&ban(None)).unwrap();
        store.put_rule(&mute).unwrap();
        store.put_rule(&Rule::SlowMode { millis: 5_000 }).unwrap();
        store.put_rule(&ban(Some(7))).unwrap();
        store.remove_rule("slow-mode", "").unwrap();
        store.remove_rule("ban", "nobody").unwrap();
        let mut rules = store.rules().unwrap();
        rules.sort_by_key(Rule::kind);
        assert_eq!(rules, [ban(Some(7)), mute]);
    });
}

#[test]
fn the_audit_trail_begins_with_the_latest() {
    each(|store| {
        for entry in ["1", "2", "3"] {
            store.audit(entry).unwrap();
        }
        assert_eq!(store.audit_trail(2).unwrap(), ["3", "2"]);
        assert_eq!(store.audit_trail(9).unwrap(), ["3", "2", "1"]);
    });
}
