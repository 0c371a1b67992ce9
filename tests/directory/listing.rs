//! Pages of rooms over shards.

use durable_rooms::directory::RoomsRequest;
use serde_json::json;

use crate::support::*;

fn refused(parameters: &[(&str, &str)]) -> &'static str {
    RoomsRequest::parse(parameters.iter().copied()).unwrap_err().code.as_str()
}

#[test]
fn a_room_is_listed_with_all_that_is_known_of_it() {
    let mut shards = Shards::new(4);
    shards.tell("chat/a/b", "a", active(1, 3, 5, START));
    shards.now += MINUTE;
    shards.tell("chat/a/b", "a", active(2, 2, 1, START + MINUTE));
    let mut activity = vec![0; 28];
    activity.extend([5, 1]);
    let room = json!({
        "party": "chat", "room": "a/b", "connections": 2, "users": 2, "since": START,
        "lastActivity": START + MINUTE, "activity": activity,
        "webhooks": {"waiting": 0, "dead": 0},
    });
    assert_eq!(shards.rooms(&[]), json!({"rooms": [room]}));
}

#[test]
fn pages_by_name_have_every_room_once_whatever_the_shards() {
    for count in [1, 4, 64] {
        let shards = Shards::new(count);
        let mut expected: Vec<_> = (0..25)
            .flat_map(|n| [format!("chat/r{n}"), format!("chat2/é{n}"), format!("a-b/x{n}")])
            .collect();
        expected.iter().for_each(|room| assert!(shards.tell(room, "a", report(1, 1, 0))));
        expected.sort();
        for limit in ["1", "7", "75", "300"] {
            let mut seen = Vec::new();
            let mut after = String::new();
            loop {
                let page = [("limit", limit), ("after", &after)];
                let names = shards.names(&page);
                assert!(names.len() <= limit.parse().unwrap());
                seen.extend(names);
                let next = shards.rooms(&page)["next"].as_str().map(str::to_owned);
                let Some(next) = next else { break };
                assert_eq!(Some(&next), seen.last());
                after = next;
            }
            assert_eq!(seen, expected, "{count} shards, pages of {limit}");
        }
    }
}

#[test]
fn a_party_is_listed_without_those_of_similar_names() {
    let shards = Shards::new(2);
    for room in ["chat/a", "chat/z", "chat-x/a", "chat0/a", "cha/a", "chat/"] {
        shards.tell(room, "a", report(1, 1, 0));
    }
    assert_eq!(shards.names(&[("party", "chat")]), ["chat/a", "chat/z"]);
    assert_eq!(shards.names(&[("party", "chat"), ("after", "chat/a")]), ["chat/z"]);
    assert_eq!(shards.names(&[("party", "chat"), ("after", "a")]), ["chat/a", "chat/z"]);
}

#[test]
fn rooms_are_sorted_by_connections_or_by_what_happened_in_half_an_hour() {
    let mut shards = Shards::new(4);
    for (room, connections, received) in
        [("chat/a", 1, 50), ("chat/b", 9, 1), ("chat/c", 5, 100), ("chat/d", 9, 0)]
    {
        shards.tell(room, "a", report(1, connections, received));
    }
    assert_eq!(shards.names(&[("sort", "connections")]), ["chat/b", "chat/d", "chat/c", "chat/a"]);
    let top = [("sort", "activity"), ("limit", "2")];
    assert_eq!(shards.names(&top), ["chat/c", "chat/a"]);
    assert_eq!(shards.rooms(&top).get("next"), None, "only names go on");
    shards.now += 29 * MINUTE;
    shards.tell("chat/b", "a", report(2, 9, 2));
    shards.now += MINUTE;
    assert_eq!(shards.names(&[("sort", "activity")])[0], "chat/b", "the others were long ago");
}

#[test]
fn a_room_that_changed_shards_is_listed_once_as_it_is_now() {
    let mut shards = Shards::new(1);
    shards.tell("chat/r", "a", report(1, 1, 0));
    shards.now += 1000;
    let mut spread = Shards::new(4);
    spread.now = shards.now;
    spread.tell("chat/r", "a", report(2, 7, 0));
    spread.shards.extend(std::mem::take(&mut shards.shards));
    let answer = spread.rooms(&[]);
    assert_eq!(answer["rooms"].as_array().unwrap().len(), 1);
    assert_eq!(answer["rooms"][0]["connections"], 7);
}

#[test]
fn parameters_that_make_no_sense_are_refused() {
    for parameters in [
        &[("limit", "0")][..],
        &[("limit", "-1")],
        &[("limit", "many")],
        &[("sort", "size")],
        &[("sort", "")],
        &[("party", "")],
        &[("limit", "")],
        &[("party", "a\nb")],
        &[("sort", "connections"), ("after", "chat/r")],
    ] {
        assert_eq!(refused(parameters), "invalid-frame", "{parameters:?}");
    }
    let request = RoomsRequest::parse([("limit", "1000"), ("what", "ever")].into_iter()).unwrap();
    assert_eq!(request.limit, 300);
}
