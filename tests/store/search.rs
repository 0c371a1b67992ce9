use durable_rooms::store::{EntryKind, Store};

use crate::native::Native;
use crate::support::*;

fn found(store: &dyn Store, query: &str) -> Vec<u64> {
    seqs(&store.search(query, None, 10).unwrap()).0
}

#[test]
fn all_words_have_to_be_there_and_the_last_may_be_a_beginning() {
    each(|store| {
        store.enable_search().unwrap();
        store
            .append(&[
                message(1, "alice", "The quick brown fox"),
                message(2, "bob", "a quick answer, really"),
                message(3, "bob", "brown bread"),
            ])
            .unwrap();
        assert_eq!(found(store, "quick"), [1, 2]);
        assert_eq!(found(store, "QUICK ans"), [2]);
        assert_eq!(found(store, "fox quick"), [1]);
        assert_eq!(found(store, "qui fox"), [0; 0]);
        assert_eq!(found(store, "brown-quick!"), [1]);
        assert_eq!(found(store, "br"), [1, 3]);
        assert_eq!(found(store, ""), [0; 0]);
        assert_eq!(found(store, " -- \" "), [0; 0]);
    });
}

#[test]
fn results_are_pages_from_the_latest_backwards() {
    each(|store| {
        store.enable_search().unwrap();
        store.append(&messages(5)).unwrap();
        let page = |before: Option<u64>| seqs(&store.search("text", before.map(seq), 2).unwrap());
        assert_eq!(page(None), (vec![4, 5], true));
        assert_eq!(page(Some(4)), (vec![2, 3], true));
        assert_eq!(page(Some(2)), (vec![1], false));
    });
}

#[test]
fn messages_from_before_search_was_enabled_are_found() {
    each(|store| {
        store
            .append(&[
                message(1, "alice", "early"),
                other(2, EntryKind::Event, None, None),
                message(3, "alice", ""),
            ])
            .unwrap();
        assert_eq!(found(store, "early"), [0; 0], "not enabled");
        store.enable_search().unwrap();
        store.enable_search().unwrap();
        store.append(&[message(4, "alice", "early too")]).unwrap();
        assert_eq!(found(store, "early"), [1, 4]);
    });
}

#[test]
fn an_edited_message_is_found_by_its_new_text_and_a_deleted_one_is_not() {
    each(|store| {
        store.enable_search().unwrap();
        store.append(&[message(1, "alice", "before"), message(2, "alice", "before")]).unwrap();
        store.replace(seq(1), &frame(1, "afterwards"), Some("afterwards")).unwrap();
        store.replace(seq(2), &frame(2, ""), None).unwrap();
        assert_eq!(found(store, "before"), [0; 0]);
        assert_eq!(found(store, "afterwards"), [1]);
        assert_eq!(store.search("after", None, 1).unwrap().frames[0].1, frame(1, "afterwards"));
        store.drop_through(seq(1)).unwrap();
        assert_eq!(found(store, "afterwards"), [0; 0]);
    });
}

#[test]
fn accents_do_not_matter() {
    let mut store = Native::new().open();
    store.enable_search().unwrap();
    store.append(&[message(1, "a", "Crème Brûlée"), message(2, "a", "Привет, мир")]).unwrap();
    assert_eq!(found(&store, "creme brulee"), [1]);
    assert_eq!(found(&store, "привет ми"), [2]);
}

#[test]
fn no_query_is_a_syntax_error() {
    let mut store = Native::new().open();
    store.enable_search().unwrap();
    store.append(&messages(3)).unwrap();
    let long = "word ".repeat(5_000);
    let queries = [
        "\"",
        "\"\"\"",
        "'",
        "*",
        "a*",
        "^a",
        "-a",
        "a AND",
        "OR b",
        "NOT",
        "NEAR(a b)",
        "(",
        ")",
        "text:1",
        "{a b}:c",
        "a + b",
        "\0",
        "a\0b",
        "—",
        "« »",
        "— *",
        "Ⓐ",
        "\u{301}",
        "a\u{301}",
        "हिन्दी",
        "😀",
        "😀 text",
        "\u{feff}",
        "\u{200b}",
        &long,
    ];
    for query in queries {
        store.search(query, None, 10).unwrap_or_else(|fault| panic!("{query:?}: {fault}"));
    }
    assert_eq!(found(&store, "😀 text"), [1, 2, 3], "what is no word does not count");
}

#[test]
fn search_outlives_a_sleep_and_is_made_anew_if_it_was_not_wanted_meanwhile() {
    let native = Native::new();
    let mut store = native.open();
    store.enable_search().unwrap();
    store.append(&[message(1, "alice", "first")]).unwrap();

    let mut store = native.open();
    store.enable_search().unwrap();
    store.append(&[message(2, "alice", "second")]).unwrap();
    assert_eq!((found(&store, "first"), found(&store, "second")), (vec![1], vec![2]));

    let mut store = native.open();
    store.append(&[message(3, "alice", "third")]).unwrap();
    store.replace(seq(1), &frame(1, "changed"), Some("changed")).unwrap();
    assert_eq!(native.number("SELECT count(*) FROM sqlite_master WHERE name LIKE 'search%'"), 0);

    let mut store = native.open();
    store.enable_search().unwrap();
    for (query, expected) in
        [("first", vec![]), ("changed", vec![1]), ("second", vec![2]), ("third", vec![3])]
    {
        assert_eq!(found(&store, query), expected, "{query}");
    }
}

#[test]
fn a_long_history_becomes_searchable_in_several_wakes() {
    let native = Native::new();
    native.open().append(&messages(45_000)).unwrap();
    for (expected, edited) in [([false, false, true], 2), ([false, true, true], 3), ([true; 3], 4)]
    {
        let mut store = native.open();
        store.enable_search().unwrap();
        let there = [4_000, 6_000, 44_000].map(|n| found(&store, &format!("{n} text")) == [n]);
        assert_eq!(there, expected);
        // Not added twice, whenever its turn comes.
        let text = format!("edited{edited}");
        store.replace(seq(edited), &frame(edited, &text), Some(&text)).unwrap();
    }
    let mut store = native.open();
    store.enable_search().unwrap();
    for edited in [2, 3, 4] {
        assert_eq!(found(&store, &format!("edited{edited}")), [edited]);
        assert!(!found(&store, &format!("{edited} text")).contains(&edited));
    }
}
