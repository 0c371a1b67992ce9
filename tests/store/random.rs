//! The store over SQLite does what the reference does: random operations on both, all answers compared, a sleep now and
//! then. `SEED=7 cargo test --test store same_answers` repeats one run.

use durable_rooms::store::{
    Cursor, Entry, EntryKind, MemStore, Member, Rule, Seq, Store, StoreError,
};

use crate::native::{Native, NativeStore};
use crate::support::*;

/// SplitMix64
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % sides
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len() as u64) as usize]
    }

    fn user(&mut self) -> &'static str {
        self.one_of(&["alice", "bob", "carol", "mallory"])
    }

    fn text(&mut self) -> String {
        let words = ["the", "quick", "brown", "fox", "jumps", "Jumper", "over", "2nd"];
        (0..=self.roll(4)).map(|_| self.one_of(&words)).collect::<Vec<_>>().join(", ")
    }

    fn emoji(&mut self) -> &'static str {
        self.one_of(&["👍", "🎉", "❤️"])
    }
}

struct Both {
    mem: MemStore,
    sql: NativeStore,
    native: Native,
    dice: Dice,
    search: bool,
    now: u64,
    last: u64,
}

impl Both {
    fn new(seed: u64) -> Self {
        let native = Native::new();
        let mut dice = Dice(seed);
        let search = dice.roll(2) == 0;
        let mut both = Self {
            mem: MemStore::new(),
            sql: native.open(),
            native,
            dice,
            search,
            now: 1_000,
            last: 0,
        };
        both.wake();
        both
    }

    fn wake(&mut self) {
        self.sql = self.native.open();
        if self.search {
            self.change(|store| store.enable_search());
        }
    }

    fn change(&mut self, change: impl Fn(&mut dyn Store) -> Result<(), StoreError>) {
        change(&mut self.mem).unwrap();
        change(&mut self.sql).unwrap();
    }

    #[track_caller]
    fn ask<T: PartialEq + std::fmt::Debug>(
        &self,
        question: impl Fn(&dyn Store) -> Result<T, StoreError>,
    ) {
        assert_eq!(question(&self.sql).unwrap(), question(&self.mem).unwrap());
    }

    fn entries(&mut self) -> Vec<Entry> {
        let count = if self.dice.roll(10) == 0 { self.dice.roll(60) } else { self.dice.roll(4) };
        let mut entries: Vec<Entry> = Vec::new();
        for _ in 0..count {
            self.last += 1;
            self.now += self.dice.roll(50);
            let (number, author) = (self.last, self.dice.user());
            let about = (self.dice.roll(3) == 0).then(|| 1 + self.dice.roll(number));
            let kind = self.dice.one_of(&[
                EntryKind::Message,
                EntryKind::Message,
                EntryKind::Event,
                EntryKind::Edit,
                EntryKind::Change,
            ]);
            let mut entry = if kind == EntryKind::Message {
                message(number, author, &self.dice.text())
            } else {
                let author = (kind != EntryKind::Event).then_some(author);
                other(number, kind, author, about)
            };
            entry.about = about.map(seq);
            entry.at = at(self.now);
            entry.id = id(&format!("i{}", self.dice.roll(300)));
            let used = |other: &&Entry| {
                other.kind == EntryKind::Message
                    && (&other.author, &other.id) == (&entry.author, &entry.id)
            };
            let author = entry.author.clone().unwrap_or_else(|| user("nobody"));
            let accepted = self.mem.accepted(&author, &entry.id).unwrap();
            if kind == EntryKind::Message
                && (accepted.is_some() || entries.iter().any(|one| used(&one)))
            {
                entry.id = id(&format!("m{number}-{}", self.now));
            }
            if self.dice.roll(4) == 0 {
                entry.mentions = (0..=self.dice.roll(3)).map(|_| user(self.dice.user())).collect();
            }
            entries.push(entry);
        }
        entries
    }

    fn place(&mut self) -> Seq {
        let last = self.last;
        seq(self.dice.roll(last + 3))
    }

    fn cursor(&mut self) -> Cursor {
        match self.dice.roll(3) {
            0 => Cursor::Latest,
            1 => Cursor::Before(self.place()),
            _ => Cursor::After(self.place()),
        }
    }

    fn step(&mut self) {
        let limit = self.dice.roll(9) as u32;
        let (who, place) = (user(self.dice.user()), self.place());
        match self.dice.roll(48) {
            0..16 => {
                let entries = self.entries();
                self.change(|store| store.append(&entries));
            }
            16..19 => {
                let (text, gone) = (self.dice.text(), self.dice.roll(2) == 0);
                let message = self.mem.row(place).unwrap();
                if message.is_some_and(|row| row.kind == EntryKind::Message) {
                    let text = if gone { "" } else { &text };
                    let found_by = (!gone).then_some(text);
                    self.change(|store| store.replace(place, &frame(0, text), found_by));
                }
            }
            19..25 => {
                let reaction = reaction(who.as_str(), self.dice.emoji());
                self.change(|store| store.add_reaction(place, &reaction));
            }
            25..28 => {
                let emoji = (self.dice.roll(2) == 0).then(|| self.dice.emoji());
                self.change(|store| store.remove_reaction(place, &who, emoji));
            }
            28 => self.change(|store| store.clear_reactions(place)),
            29..32 => self.change(|store| store.pin(place)),
            32 => self.change(|store| store.unpin(place)),
            33..37 => {
                let members: Vec<Member> = (0..self.dice.roll(30))
                    .map(|n| member(&format!("u{n}"), self.dice.roll(99), self.dice.roll(9)))
                    .chain([member(who.as_str(), 1, self.now)])
                    .collect();
                self.change(|store| store.put_members(&members));
            }
            37 => self.change(|store| store.remove_member(&who)),
            38 if self.dice.roll(4) == 0 && place.get() <= self.last => {
                self.change(|store| store.drop_through(place));
            }
            39 if self.dice.roll(20) == 0 => {
                self.change(|store| store.wipe());
                self.last = 0;
            }
            40 => {
                let rule = Rule::Mute { user: who.clone(), until: Some(at(self.now)) };
                self.change(|store| store.put_rule(&rule));
            }
            41 => self.change(|store| store.remove_rule("mute", who.as_str())),
            42 => self.change(|store| store.audit(&format!("{limit}"))),
            43..45 => self.wake(),
            45 => {
                let entries = self.entries();
                let undone = |store: &mut dyn Store| {
                    let outcome = store.atomically(&mut |store| {
                        store.append(&entries)?;
                        store.pin(place)?;
                        Err(StoreError("undone".into()))
                    });
                    assert!(outcome.is_err());
                    Ok(())
                };
                self.change(undone);
                self.last -= entries.len() as u64;
            }
            46 => {
                let answered = answered(self.now, &format!("{limit}"));
                self.change(|store| store.keep_answer(who.as_str(), &answered));
            }
            47 => {
                let moment = at(self.dice.roll(self.now + 10));
                self.change(|store| store.forget_answers(moment));
            }
            _ => {}
        }
        self.compare(&who, place, limit);
    }

    fn compare(&mut self, who: &durable_rooms::ids::UserId, place: Seq, limit: u32) {
        let (cursor, name) = (self.cursor(), id(&format!("i{}", self.dice.roll(300))));
        let moment = at(self.dice.roll(self.now + 10));
        let query = self.dice.text();
        let query = query.get(..query.len() - self.dice.roll(2) as usize).unwrap();
        let before = (self.dice.roll(2) == 0).then_some(place);
        self.ask(|store| store.position().map(|position| (position.last, position.floor)));
        self.ask(|store| store.accepted(who, &name));
        self.ask(|store| store.find(&name, Some(who)));
        self.ask(|store| store.find(&name, None));
        self.ask(|store| store.row(place));
        self.ask(|store| store.edits(place));
        self.ask(|store| store.authored(who, place, limit));
        self.ask(|store| store.page(cursor, limit));
        self.ask(|store| store.thread(place, cursor, limit));
        self.ask(|store| store.log(place, limit));
        self.ask(|store| store.last_before(moment));
        self.ask(|store| store.oldest());
        self.ask(|store| store.search(query, before, limit));
        self.ask(|store| store.reactions(place));
        self.ask(|store| store.reacted(who, place, seq(place.get() + u64::from(limit))));
        self.ask(|store| store.reacted_by(who));
        self.ask(|store| store.pins());
        self.ask(|store| store.member(who));
        self.ask(|store| store.members(limit));
        self.ask(|store| store.unread(who, place, 1_000));
        self.ask(|store| store.audit_trail(limit));
        self.ask(|store| store.answered(who.as_str()));
        self.ask(|store| {
            let mut rules = store.rules()?;
            rules.sort_by_key(|rule| rule.target().to_owned());
            Ok(rules)
        });
    }
}

/// Says which run it was, if that ends early.
struct Run(u64);

impl Drop for Run {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("SEED={}", self.0);
        }
    }
}

#[test]
fn same_operations_have_the_same_answers() {
    let chosen = std::env::var("SEED").ok().and_then(|seed| seed.parse::<u64>().ok());
    for seed in chosen.map_or(0..20, |seed| seed..seed + 1) {
        let _run = Run(seed);
        let mut both = Both::new(seed);
        for _ in 0..300 {
            both.step();
        }
    }
}
