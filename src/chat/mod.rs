//! The chat kind: people write to each other. docs/protocol.md, section 3.
//!
//! State: who is typing. Messages are in the store, presence is in the roster.

mod frames;
mod typing;

use frames::{Message, ReadReceipt, ServerFrame, User};
use typing::Typing;

use crate::access::Capability;
use crate::codes::ErrorCode;
use crate::ids::{MessageId, UserId};
use crate::room::wire::{Head, Refusal, encode};
use crate::room::{Audience, Departure, Kind, Slot, Spending, Turn};
use crate::time::Timestamp;

#[derive(Default)]
pub(crate) struct Chat {
    typing: Typing,
}

impl Kind for Chat {
    fn connected(&mut self, turn: &mut Turn<'_>, slot: Slot, first: bool) {
        let Some(connection) = turn.roster.get(slot) else { return };
        let grant = &connection.grant;
        let position = turn.history.position();
        let welcome = encode(&ServerFrame::Welcome {
            connection_id: &connection.id,
            user_id: &grant.user_id,
            role: grant.role,
            epoch: &position.epoch,
            seq: position.last,
            recovered: false,
            limits: turn.limits.into(),
            server_time: turn.now,
        });
        let users = turn.roster.users().map(|(user_id, username)| User { user_id, username });
        let online = encode(&ServerFrame::OnlineUsers { users: users.collect() });
        let joined = first.then(|| {
            let frame = encode(&ServerFrame::UserJoined {
                user_id: &grant.user_id,
                username: &grant.username,
                total_users: turn.roster.user_count(),
                timestamp: turn.now,
            });
            (turn.roster.others(&grant.user_id), frame)
        });
        turn.effects.send(Audience::One(slot), welcome);
        turn.effects.send(Audience::One(slot), online);
        if let Some((others, frame)) = joined {
            turn.effects.send(others, frame);
        }
    }

    fn disconnected(&mut self, turn: &mut Turn<'_>, gone: &Departure) {
        let grant = &gone.connection.grant;
        if self.typing.connection_left(gone.slot) {
            announce_stop(turn, &grant.user_id);
        }
        if gone.last {
            let frame = encode(&ServerFrame::UserLeft {
                user_id: &grant.user_id,
                username: &grant.username,
                total_users: turn.roster.user_count(),
                timestamp: turn.now,
            });
            turn.effects.send(Audience::All, frame);
        }
    }

    fn frame(&mut self, turn: &mut Turn<'_>, slot: Slot, head: &Head<'_>) -> Result<(), Refusal> {
        match head.kind.as_ref() {
            "message" => self.message(turn, slot, head.body()?),
            "typing" => self.start_typing(turn, slot),
            "stop-typing" => {
                let user = &turn.allowed(slot, Capability::Typing)?.grant.user_id.clone();
                self.stop_typing(turn, user);
                Ok(())
            }
            "read-receipt" => read_receipt(turn, slot, &head.body()?),
            other => {
                let message = format!("A chat room does not know the type {other:?}.");
                Err(Refusal::new(ErrorCode::UnknownType, message))
            }
        }
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        self.typing.next_deadline()
    }

    fn deadline_reached(&mut self, turn: &mut Turn<'_>) {
        for user in self.typing.expire(turn.now) {
            announce_stop(turn, &user);
        }
    }

    fn persists_by_default(&self) -> bool {
        false
    }
}

impl Chat {
    fn message(
        &mut self,
        turn: &mut Turn<'_>,
        slot: Slot,
        message: Message<'_>,
    ) -> Result<(), Refusal> {
        let grant = turn.allowed(slot, Capability::Publish)?.grant.clone();
        turn.spend(slot, Spending::Message)?;
        turn.may_speak(slot)?;
        let meta_bytes = message.meta.map_or(0, |meta| meta.get().len());
        if meta_bytes > turn.limits.meta_bytes {
            let text = format!("\"meta\" may have {} bytes at most.", turn.limits.meta_bytes);
            return Err(Refusal::new(ErrorCode::MessageTooLarge, text));
        }
        let id = message.message_id.map_or_else(|| next_id(turn), Ok)?;
        let now = turn.now;
        let kept = turn.history.append(turn.store, now, Some(&grant.user_id), &id, |seq| {
            encode(&ServerFrame::NewMessage {
                message_id: &id,
                message: &message.message,
                user_id: &grant.user_id,
                username: &grant.username,
                timestamp: now,
                seq,
                reply_to: message.reply_to.as_ref(),
                meta: message.meta,
            })
        })?;
        let ack = encode(&ServerFrame::Ack {
            message_id: &id,
            seq: kept.seq,
            timestamp: kept.at,
            duplicate: kept.duplicate,
        });
        self.stop_typing(turn, &grant.user_id);
        turn.effects.send(Audience::One(slot), ack);
        if !kept.duplicate {
            turn.effects.send(Audience::All, kept.frame);
        }
        Ok(())
    }

    fn start_typing(&mut self, turn: &mut Turn<'_>, slot: Slot) -> Result<(), Refusal> {
        let grant = turn.allowed(slot, Capability::Typing)?.grant.clone();
        turn.spend(slot, Spending::Ephemeral)?;
        if self.typing.renew(&grant.user_id, slot, turn.now, turn.limits.typing_ms) {
            let frame = encode(&ServerFrame::UserTyping {
                user_id: &grant.user_id,
                username: &grant.username,
            });
            turn.effects.send(turn.roster.others(&grant.user_id), frame);
        }
        Ok(())
    }

    fn stop_typing(&mut self, turn: &mut Turn<'_>, user: &UserId) {
        if self.typing.stop(user) {
            announce_stop(turn, user);
        }
    }
}

fn announce_stop(turn: &mut Turn<'_>, user: &UserId) {
    let frame = encode(&ServerFrame::UserStopTyping { user_id: user });
    turn.effects.send(turn.roster.others(user), frame);
}

/// The id of a message whose sender chose none. The epoch keeps it apart from those that clients choose.
fn next_id(turn: &Turn<'_>) -> Result<MessageId, Refusal> {
    let position = turn.history.position();
    let seq = position.last.get().saturating_add(1);
    MessageId::parse(format!("{}-{seq}", position.epoch.as_str()))
        .map_err(|fault| Refusal::new(ErrorCode::Internal, fault.to_string()))
}

fn read_receipt(turn: &mut Turn<'_>, slot: Slot, receipt: &ReadReceipt) -> Result<(), Refusal> {
    turn.spend(slot, Spending::Message)?;
    let grant = &turn.allowed(slot, Capability::Receipts)?.grant;
    let Some(up_to) = turn.store.find(&receipt.message_id)? else {
        let message = format!("There is no message with the id {:?}.", receipt.message_id.as_str());
        return Err(Refusal::new(ErrorCode::UnknownMessage, message));
    };
    let frame = encode(&ServerFrame::MessageStatusUpdate {
        user_id: &grant.user_id,
        message_id: &receipt.message_id,
        up_to,
        status: "read",
    });
    // The user's other devices want to know as well.
    turn.effects.send(Audience::Except(vec![slot]), frame);
    Ok(())
}
