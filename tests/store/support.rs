//! Entries, users, and the two stores that every rule is tried on.

use durable_rooms::ids::{MessageId, UserId, Username};
use durable_rooms::store::{
    Answered, Entry, EntryKind, MemStore, Member, Page, Reaction, Seq, Store,
};
use durable_rooms::time::Timestamp;
use serde_json::json;

use crate::native::Native;

/// Tries a rule on the reference, and on the one over SQLite.
pub fn each(rule: impl Fn(&mut dyn Store)) {
    rule(&mut MemStore::new());
    rule(&mut Native::new().open());
}

pub fn seq(number: u64) -> Seq {
    Seq::new(number).unwrap()
}

pub fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

pub fn id(text: &str) -> MessageId {
    MessageId::parse(text).unwrap()
}

/// A message's frame, with as much of it as a store looks at.
pub fn frame(number: u64, text: &str) -> String {
    json!({ "type": "new-message", "message": text, "seq": number }).to_string()
}

/// A message with the id `m<seq>`, accepted at 1000 times its `seq`.
pub fn message(number: u64, author: &str, text: &str) -> Entry {
    Entry {
        seq: seq(number),
        at: at(number * 1_000),
        kind: EntryKind::Message,
        author: Some(user(author)),
        id: id(&format!("m{number}")),
        about: None,
        frame: frame(number, text),
        text: Some(text.to_owned()),
        mentions: Vec::new(),
    }
}

/// Something else than a message.
pub fn other(number: u64, kind: EntryKind, author: Option<&str>, about: Option<u64>) -> Entry {
    Entry {
        kind,
        author: author.map(user),
        about: about.map(seq),
        text: None,
        ..message(number, "nobody", "")
    }
}

/// That many messages of Alice.
pub fn messages(count: u64) -> Vec<Entry> {
    (1..=count).map(|number| message(number, "alice", &format!("text {number}"))).collect()
}

pub fn reaction(name: &str, emoji: &str) -> Reaction {
    Reaction {
        user: user(name),
        username: Username::parse(name.to_uppercase()).unwrap(),
        emoji: emoji.to_owned(),
    }
}

pub fn member(name: &str, read: u64, seen: u64) -> Member {
    Member {
        user: user(name),
        username: Username::parse(name.to_uppercase()).unwrap(),
        delivered: seq(read + 1),
        read: seq(read),
        read_privately: seq(read + 1),
        seen: at(seen),
    }
}

pub fn answered(when: u64, answer: &str) -> Answered {
    Answered { at: at(when), digest: "d1".to_owned(), answer: answer.to_owned() }
}

/// What a page has, by `seq`, and whether there is more.
pub fn seqs(page: &Page) -> (Vec<u64>, bool) {
    (page.frames.iter().map(|(seq, _)| seq.get()).collect(), page.has_more)
}
