use durable_rooms::store::{Cursor, EntryKind, Row, Seq};

use crate::native::Native;
use crate::support::*;

#[test]
fn a_new_history_is_empty() {
    each(|store| {
        let position = store.position().unwrap();
        assert_eq!((position.last, position.floor), (seq(0), seq(0)));
        assert_eq!(seqs(&store.page(Cursor::Latest, 10).unwrap()), (vec![], false));
        assert_eq!(store.row(seq(1)).unwrap(), None);
        assert_eq!(store.oldest().unwrap(), None);
        assert_eq!(store.last_before(at(5)).unwrap(), seq(0));
    });
}

#[test]
fn an_append_of_nothing_does_nothing() {
    each(|store| {
        store.append(&[]).unwrap();
        assert_eq!(store.position().unwrap().last, seq(0));
    });
}

#[test]
fn an_entry_is_kept_with_all_it_has() {
    each(|store| {
        let mut entry = message(1, "alice", "it's \"quoted\", 😀");
        entry.about = Some(seq(1));
        store.append(std::slice::from_ref(&entry)).unwrap();
        let row = Row {
            seq: entry.seq,
            at: entry.at,
            kind: EntryKind::Message,
            author: entry.author,
            id: entry.id,
            about: entry.about,
            frame: entry.frame,
        };
        assert_eq!(store.row(seq(1)).unwrap(), Some(row));
        assert_eq!(store.row(seq(2)).unwrap(), None);
    });
}

#[test]
fn a_batch_of_any_size_is_kept_in_order() {
    for size in [1, 2, 13, 14, 15, 28, 99, 300] {
        each(|store| {
            store.append(&messages(size)).unwrap();
            assert_eq!(store.position().unwrap().last, seq(size));
            let page = store.log(seq(0), 1_000).unwrap();
            let expected: Vec<_> =
                messages(size).into_iter().map(|entry| (entry.seq, entry.frame)).collect();
            assert_eq!(page.frames, expected);
        });
    }
}

#[test]
fn pages_go_in_the_direction_of_their_cursor() {
    each(|store| {
        store.append(&messages(5)).unwrap();
        let page = |cursor, limit| seqs(&store.page(cursor, limit).unwrap());
        assert_eq!(page(Cursor::Latest, 2), (vec![4, 5], true));
        assert_eq!(page(Cursor::Latest, 5), (vec![1, 2, 3, 4, 5], false));
        assert_eq!(page(Cursor::Before(seq(4)), 2), (vec![2, 3], true));
        assert_eq!(page(Cursor::Before(seq(3)), 2), (vec![1, 2], false));
        assert_eq!(page(Cursor::After(seq(1)), 2), (vec![2, 3], true));
        assert_eq!(page(Cursor::After(seq(3)), 2), (vec![4, 5], false));
        assert_eq!(page(Cursor::After(seq(9)), 2), (vec![], false));
        assert_eq!(page(Cursor::Before(seq(9)), 0), (vec![], true));
        assert_eq!(page(Cursor::After(Seq::MAX), u32::MAX), (vec![], false));
    });
}

#[test]
fn only_messages_and_events_are_in_pages_but_all_is_in_the_log() {
    each(|store| {
        store
            .append(&[
                message(1, "alice", "hello"),
                other(2, EntryKind::Change, Some("bob"), Some(1)),
                other(3, EntryKind::Event, None, None),
                other(4, EntryKind::Edit, Some("alice"), Some(1)),
            ])
            .unwrap();
        assert_eq!(seqs(&store.page(Cursor::Latest, 10).unwrap()), (vec![1, 3], false));
        assert_eq!(seqs(&store.page(Cursor::Before(seq(4)), 1).unwrap()), (vec![3], true));
        assert_eq!(seqs(&store.page(Cursor::After(seq(0)), 1).unwrap()), (vec![1], true));
        assert_eq!(seqs(&store.log(seq(0), 10).unwrap()), (vec![1, 2, 3, 4], false));
        assert_eq!(seqs(&store.log(seq(1), 2).unwrap()), (vec![2, 3], true));
    });
}

#[test]
fn a_thread_has_the_messages_that_answer_and_nothing_else() {
    each(|store| {
        let reply = |number| {
            let mut entry = message(number, "bob", "reply");
            entry.about = Some(seq(1));
            entry
        };
        store
            .append(&[
                message(1, "alice", "hello"),
                reply(2),
                other(3, EntryKind::Change, Some("bob"), Some(1)),
                reply(4),
                other(5, EntryKind::Edit, Some("alice"), Some(1)),
                message(6, "alice", "else"),
                reply(7),
            ])
            .unwrap();
        let thread = |cursor, limit| seqs(&store.thread(seq(1), cursor, limit).unwrap());
        assert_eq!(thread(Cursor::Latest, 10), (vec![2, 4, 7], false));
        assert_eq!(thread(Cursor::Latest, 2), (vec![4, 7], true));
        assert_eq!(thread(Cursor::Before(seq(7)), 1), (vec![4], true));
        assert_eq!(thread(Cursor::After(seq(2)), 10), (vec![4, 7], false));
        assert_eq!(seqs(&store.thread(seq(2), Cursor::Latest, 9).unwrap()), (vec![], false));
        let edits = store.edits(seq(1)).unwrap();
        assert_eq!(edits.iter().map(|row| row.seq).collect::<Vec<_>>(), [seq(5)]);
    });
}

#[test]
fn what_replaces_a_frame_is_what_is_read_from_then_on() {
    each(|store| {
        store.append(&messages(2)).unwrap();
        store.replace(seq(1), r#"{"new":1}"#, None).unwrap();
        store.replace(seq(9), r#"{"nowhere":1}"#, Some("nowhere")).unwrap();
        assert_eq!(store.row(seq(1)).unwrap().unwrap().frame, r#"{"new":1}"#);
        assert_eq!(store.page(Cursor::Latest, 9).unwrap().frames[0].1, r#"{"new":1}"#);
        assert_eq!(store.row(seq(9)).unwrap(), None);
    });
}

#[test]
fn what_an_author_wrote_is_found_in_portions() {
    each(|store| {
        store
            .append(&[
                message(1, "alice", "one"),
                message(2, "bob", "two"),
                other(3, EntryKind::Change, Some("alice"), Some(2)),
                message(4, "alice", "three"),
            ])
            .unwrap();
        let found = |after, limit| -> Vec<u64> {
            let rows = store.authored(&user("alice"), seq(after), limit).unwrap();
            rows.iter().map(|row| row.seq.get()).collect()
        };
        assert_eq!(found(0, 2), [1, 3]);
        assert_eq!(found(3, 2), [4]);
        assert_eq!(found(4, 2), [0; 0]);
    });
}

#[test]
fn a_moment_lies_after_the_entries_that_were_accepted_before_it() {
    each(|store| {
        store.append(&messages(100)).unwrap();
        for (moment, expected) in
            [(0, 0), (1_000, 0), (1_001, 1), (50_000, 49), (50_001, 50), (100_001, 100)]
        {
            assert_eq!(store.last_before(at(moment)).unwrap(), seq(expected), "{moment}");
        }
        assert_eq!(store.oldest().unwrap(), Some(at(1_000)));
        store.drop_through(seq(60)).unwrap();
        assert_eq!(store.last_before(at(50_000)).unwrap(), seq(0));
        assert_eq!(store.last_before(at(70_000)).unwrap(), seq(69));
        assert_eq!(store.oldest().unwrap(), Some(at(61_000)));
    });
}

#[test]
fn threads_and_edits_are_found_by_their_index() {
    let native = Native::new();
    native.open();
    for sql in [
        "SELECT seq, frame FROM history WHERE about = 1 AND kind = 0 AND seq < 9 ORDER BY seq DESC",
        "SELECT seq, frame FROM history WHERE about = 1 AND kind = 2 ORDER BY seq",
    ] {
        let plan: String = native
            .connection
            .query_row(&format!("EXPLAIN QUERY PLAN {sql}"), [], |row| row.get("detail"))
            .unwrap();
        assert!(plan.contains("USING INDEX history_by_about (about=? AND kind=?"), "{plan}");
    }
}
