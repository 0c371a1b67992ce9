//! Many who come and go at once: a few frames for everybody, and a right list in the end.

use std::collections::BTreeMap;

use crate::support::*;
use durable_rooms::room::{Audience, Effect, Input, Slot};
use serde_json::{Value, json};

/// A member who keeps the list that the frames tell of.
#[derive(Default)]
struct Member {
    frames: usize,
    users: BTreeMap<String, Value>,
}

impl Member {
    fn hear(&mut self, frame: &Value) {
        let id = |user: &Value| user["userId"].as_str().unwrap().to_owned();
        let users = |field: &str| frame[field].as_array().unwrap().clone();
        match frame["type"].as_str().unwrap() {
            "online-users" => {
                self.users = users("users").into_iter().map(|user| (id(&user), user)).collect();
            }
            "user-joined" | "user-updated" => {
                let mut user = frame.clone();
                for field in ["type", "totalUsers", "timestamp"] {
                    user.as_object_mut().unwrap().remove(field);
                }
                self.users.insert(id(frame), user);
            }
            "user-left" => drop(self.users.remove(&id(frame))),
            "presence-diff" => {
                for user in users("joined").into_iter().chain(users("updated")) {
                    self.users.insert(id(&user), user);
                }
                for user in users("left") {
                    self.users.remove(&id(&user));
                }
                assert_eq!(frame["totalUsers"], self.users.len());
            }
            _ => return,
        }
        self.frames += 1;
    }
}

/// A room with somebody who takes batches and somebody who does not, for a while.
struct Crowd {
    room: TestRoom,
    members: BTreeMap<Slot, Member>,
}

impl Crowd {
    fn new() -> Self {
        let mut crowd = Self { room: TestRoom::chat(), members: BTreeMap::new() };
        crowd.members = [ALICE, BOB].map(|slot| (slot, Member::default())).into();
        let effects = crowd.room.connect(ALICE, alice());
        crowd.perform(effects);
        let effects = crowd.room.connect(BOB, batching(bob()));
        crowd.perform(effects);
        crowd.pass(10_000);
        for member in crowd.members.values_mut() {
            member.frames = 0;
        }
        crowd
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let Effect::Send { to, frames } = effect else { continue };
            let hears = |slot: &Slot| match &to {
                Audience::All => true,
                Audience::One(one) => one == slot,
                Audience::Except(slots) => !slots.contains(slot),
                Audience::Only(slots) => slots.contains(slot),
            };
            for (_, member) in self.members.iter_mut().filter(|(slot, _)| hears(slot)) {
                for frame in &frames {
                    member.hear(&serde_json::from_str(frame).unwrap());
                }
            }
        }
    }

    fn pass(&mut self, millis: u64) {
        let until = self.room.now + millis;
        while let Some(at) = self.room.room.next_deadline().map(|at| at.as_millis())
            && at <= until
        {
            self.room.now = self.room.now.max(at);
            let effects = self.room.handle(Input::DeadlineReached);
            self.perform(effects);
        }
        self.room.now = until;
    }

    fn join(&mut self, n: u32) {
        let slot = Slot(10 + n);
        let user = format!("u{n:04}");
        let connection = connection(&user, &user, "Name");
        let effects = self.room.handle(Input::Connect { slot, connection, since: None });
        self.perform(effects);
    }

    /// Everybody knows who is here, after at most so many frames.
    fn assert_agreed(&mut self, users: usize, frames: usize) {
        let truth = self.room.ask("presence", &[]).unwrap();
        let truth = truth["users"].as_array().unwrap();
        assert_eq!(truth.len(), users);
        for (slot, member) in &self.members {
            assert_eq!(&member.users.values().cloned().collect::<Vec<_>>(), truth, "{slot:?}");
            assert!(member.frames <= frames, "{slot:?} got {} frames", member.frames);
        }
    }
}

#[test]
fn a_few_who_come_are_told_one_by_one_at_once() {
    let mut crowd = Crowd::new();
    for n in 0..4 {
        crowd.join(n);
        assert_eq!(crowd.members[&ALICE].frames, n as usize + 1);
    }
    crowd.assert_agreed(6, 4);
}

#[test]
fn a_thousand_who_come_within_three_seconds_cost_everybody_a_few_frames() {
    let mut crowd = Crowd::new();
    for n in 0..1000 {
        crowd.join(n);
        crowd.pass(3);
    }
    crowd.pass(10_000);
    crowd.assert_agreed(1002, 50);
}

#[test]
fn a_thousand_who_go_within_three_seconds_cost_everybody_a_few_frames() {
    let mut crowd = Crowd::new();
    for n in 0..1000 {
        crowd.join(n);
    }
    crowd.pass(10_000);
    for n in 0..1000 {
        let effects = crowd.room.close(Slot(10 + n));
        crowd.perform(effects);
        crowd.pass(3);
    }
    crowd.pass(10_000);
    crowd.assert_agreed(2, 100);
}

#[test]
fn coming_and_going_within_a_wave_is_not_told() {
    let mut crowd = Crowd::new();
    let effects = crowd.room.connect(Slot(9), admin(connection("r", "root", "Root")));
    crowd.perform(effects);
    for n in 0..6 {
        crowd.join(n);
    }
    let before = crowd.members[&ALICE].frames;
    for n in 3..6 {
        let kick = json!({"type": "kick", "userId": format!("u{n:04}")});
        let effects = crowd.room.send(Slot(9), kick);
        crowd.perform(effects);
    }
    crowd.pass(2000);
    assert_eq!(crowd.members[&ALICE].frames, before);
    crowd.assert_agreed(6, 4);
}

#[test]
fn who_leaves_and_comes_back_within_a_wave_never_left() {
    let mut crowd = Crowd::new();
    let effects = crowd.room.connect(Slot(9), admin(connection("r", "root", "Root")));
    crowd.perform(effects);
    crowd.join(0);
    crowd.pass(1000);
    for n in 1..6 {
        crowd.join(n);
    }
    let kick = json!({"type": "kick", "userId": "u0000"});
    let effects = crowd.room.send(Slot(9), kick);
    crowd.perform(effects);
    crowd.join(0);
    crowd.pass(2000);
    crowd.assert_agreed(9, 8);
}

#[test]
fn a_wave_comes_as_a_difference_to_who_takes_batches_and_as_a_list_to_the_others() {
    let mut crowd = Crowd::new();
    let mut last = Vec::new();
    for n in 0..9 {
        crowd.join(n);
    }
    crowd.room.now = crowd.room.room.next_deadline().unwrap().as_millis();
    last.extend(told(crowd.room.handle(Input::DeadlineReached)));
    let [(to_batching, diff), (to_plain, list)] = last.as_slice() else { panic!("{last:?}") };
    assert_eq!(to_batching, &Audience::Only(vec![BOB]));
    assert!(!matches!(to_plain, Audience::Only(slots) if slots.contains(&BOB)));
    assert_eq!(diff["type"], "presence-diff");
    assert_eq!(diff["joined"].as_array().unwrap().len(), 5);
    assert_eq!((&diff["left"], &diff["updated"]), (&json!([]), &json!([])));
    assert_eq!((&diff["totalUsers"], &diff["timestamp"]), (&json!(11), &json!(crowd.room.now)));
    assert_eq!(list["type"], "online-users");
    assert_eq!(list["users"].as_array().unwrap().len(), 11);
}
