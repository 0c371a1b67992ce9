//! The life of a token in a room: warning, renewal, end.

use crate::support::*;
use durable_rooms::access::{Capabilities, Capability, Grant};
use durable_rooms::codes::{CloseCode, ErrorCode};
use durable_rooms::problem::Problem;
use durable_rooms::room::{Connection, Input};
use durable_rooms::time::Timestamp;
use serde_json::json;

const END: u64 = START + 600_000;

fn ending(mut connection: Connection, at: u64) -> Connection {
    connection.grant.expires_at = Some(Timestamp::from_millis(at));
    connection
}

fn room() -> TestRoom {
    let mut room = TestRoom::chat();
    room.connect(ALICE, ending(alice(), END));
    room.connect(BOB, bob());
    room
}

fn renew(room: &mut TestRoom, grant: Grant) -> Vec<durable_rooms::room::Effect> {
    room.handle(Input::Renewed { slot: ALICE, outcome: Ok(grant) })
}

fn warned() -> Connection {
    let mut connection = ending(alice(), END);
    connection.warned = true;
    connection
}

#[test]
fn a_token_is_warned_about_30_s_before_its_end_and_then_closed() {
    let mut room = room();
    assert_sent(
        room.advance_to_deadline(),
        &[
            one(ALICE, json!({"type": "token-expiring", "expiresAt": END})),
            one(ALICE, json!({"remember": warned()})),
        ],
    );
    assert_eq!(room.now, END - 30_000);
    assert_sent(
        room.advance_to_deadline(),
        &[
            all(json!({
                "type": "user-left", "userId": "alice", "username": "Alice",
                "totalUsers": 1, "timestamp": END,
            })),
            closed(ALICE, CloseCode::TokenEnded),
        ],
    );
    assert_eq!(room.now, END);
    assert!(room.room.next_deadline().is_none());
}

#[test]
fn the_warning_is_not_repeated_after_sleep() {
    let mut room = room();
    room.advance_to_deadline();
    room.sleep(&[(ALICE, warned()), (BOB, bob())]);
    assert_eq!(room.room.next_deadline(), Some(Timestamp::from_millis(END)));
}

#[test]
fn auth_asks_for_the_token_to_be_checked() {
    let mut room = room();
    assert_sent(
        room.send(ALICE, json!({"type": "auth", "token": "a.b.c"})),
        &[one(ALICE, json!({"authenticate": "a.b.c"}))],
    );
    assert_refused(room.send(ALICE, json!({"type": "auth"})), ALICE, "invalid-frame");
}

#[test]
fn a_renewed_token_puts_the_end_off_without_reconnecting() {
    let mut room = room();
    room.advance_to_deadline();
    let renewed = ending(alice(), END + 600_000);
    assert_sent(
        renew(&mut room, renewed.grant.clone()),
        &[
            one(ALICE, json!({"type": "authenticated", "expiresAt": END + 600_000})),
            one(ALICE, json!({"remember": renewed})),
        ],
    );
    assert_eq!(room.room.next_deadline(), Some(Timestamp::from_millis(END + 570_000)));
}

#[test]
fn a_renewal_may_narrow_and_widen_what_is_allowed() {
    let mut room = room();
    let mut grant = alice().grant;
    grant.capabilities = Capabilities::of(&[Capability::Join]);
    renew(&mut room, grant);
    let message = json!({"type": "message", "message": "x"});
    assert_refused(room.send(ALICE, message.clone()), ALICE, "not-allowed");
    renew(&mut room, alice().grant);
    assert_eq!(room.send(ALICE, message).len(), 2);
}

#[test]
fn a_renewal_cannot_change_the_user_nor_leave_the_room() {
    let mut room = room();
    let refused = renew(&mut room, bob().grant);
    assert_refused(refused, ALICE, "wrong-user");
    let mut grant = alice().grant;
    grant.capabilities = Capabilities::of(&[Capability::History]);
    let refused = renew(&mut room, grant);
    assert_refused(refused, ALICE, "not-allowed");
    assert_eq!(room.send(ALICE, json!({"type": "message", "message": "x"})).len(), 2);
}

#[test]
fn a_bad_token_renews_nothing_and_the_old_one_goes_on() {
    let mut room = room();
    let problem = Problem::new(ErrorCode::Unauthorized, "The token has expired: get a new one.");
    let refused = room.handle(Input::Renewed { slot: ALICE, outcome: Err(problem) });
    assert_refused(refused, ALICE, "unauthorized");
    assert_eq!(room.room.next_deadline(), Some(Timestamp::from_millis(END - 30_000)));
}

#[test]
fn a_renewal_for_who_has_left_does_nothing() {
    let mut room = room();
    room.close(ALICE);
    assert_sent(renew(&mut room, alice().grant), &[]);
}

#[test]
fn a_token_that_has_ended_already_is_closed_at_the_next_deadline() {
    let mut room = TestRoom::chat();
    room.connect(ALICE, ending(alice(), START + 10_000));
    room.now = START + 20_000;
    let effects = room.handle(Input::DeadlineReached);
    assert_sent(effects, &[closed(ALICE, CloseCode::TokenEnded)]);
}
