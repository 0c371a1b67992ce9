//! Sending messages, and showing that one is about to.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::Chat;
use super::frames::{Kept, Mentions, Message, NEW_MESSAGE, ServerFrame};
use crate::access::Capability;
use crate::codes::ErrorCode;
use crate::ids::{MessageId, UserId};
use crate::json;
use crate::room::wire::{Head, Refusal, encode};
use crate::room::{Audience, Draft, SenderReceipt, Slot, Spending, Turn};
use crate::sorted::Set;
use crate::store::EntryKind;

/// How many users a message may mention.
const MENTIONS: usize = 50;

impl Chat {
    pub(super) fn message(
        &mut self,
        turn: &mut Turn<'_>,
        slot: Slot,
        head: &Head<'_>,
    ) -> Result<(), Refusal> {
        let grant = &turn.allowed(slot, Capability::Publish)?.grant;
        let (user, username) = (grant.user_id.clone(), grant.username.clone());
        turn.spend(slot, Spending::Message)?;
        let message: Message<'_> = head.body()?;
        check_meta(turn, message.meta)?;
        let id = message.message_id.map_or_else(|| next_id(turn), Ok)?;
        let now = turn.now;
        let reference = head.own_reference();
        if let Some((seq, at, pending)) = turn.history.accepted(turn.store, &user, &id)? {
            let ack = ServerFrame::Ack {
                message_id: &id,
                seq,
                timestamp: at,
                reference,
                duplicate: true,
            };
            let ack = encode(&ack);
            self.stop_typing(turn, &user);
            turn.count_duplicate(pending.is_none());
            match pending {
                Some(index) => {
                    let reference = head.reference();
                    turn.history.repeat(index, SenderReceipt { slot, ack, reference });
                }
                None => turn.send(Audience::One(slot), ack),
            }
            return Ok(());
        }
        // What was accepted before is acked whatever holds now.
        turn.may_send(slot)?;
        let about = match &message.reply_to {
            Some(parent) => turn.history.find(turn.store, parent, None)?,
            None => None,
        };
        let draft = Draft {
            author: Some(user.clone()),
            about,
            text: self.options.search.then(|| message.message.clone().into_owned()),
            mentions: mentions(message.meta, &user)?,
            ..Draft::new(now, EntryKind::Message, id.clone())
        };
        let typist = user.clone();
        turn.append(
            draft,
            |seq| {
                encode(&Kept {
                    r#type: NEW_MESSAGE.into(),
                    message_id: id.clone(),
                    message: message.message,
                    user_id: user,
                    username: Cow::Borrowed(username.as_str()),
                    timestamp: now,
                    seq,
                    reply_to: message.reply_to,
                    meta: message.meta,
                    edited_at: None,
                    reactions: Vec::new(),
                    deleted: false,
                })
            },
            |seq| {
                let ack = ServerFrame::Ack {
                    message_id: &id,
                    seq,
                    timestamp: now,
                    reference,
                    duplicate: false,
                };
                Some(SenderReceipt { slot, ack: encode(&ack), reference: head.reference() })
            },
        )?;
        self.stop_typing(turn, &typist);
        Ok(())
    }

    pub(super) fn start_typing(&mut self, turn: &mut Turn<'_>, slot: Slot) -> Result<(), Refusal> {
        let grant = turn.allowed(slot, Capability::Typing)?.grant.clone();
        turn.spend(slot, Spending::Ephemeral)?;
        if self.typing.renew(&grant.user_id, slot, turn.now, turn.limits.typing_ms) {
            let frame = encode(&ServerFrame::UserTyping {
                user_id: &grant.user_id,
                username: &grant.username,
            });
            turn.send_fleeting(turn.roster.others(&grant.user_id), frame);
        }
        Ok(())
    }

    pub(super) fn stop_typing(&mut self, turn: &mut Turn<'_>, user: &UserId) {
        if self.typing.stop(user) {
            announce_stop(turn, user);
        }
    }
}

pub(super) fn announce_stop(turn: &mut Turn<'_>, user: &UserId) {
    let frame = encode(&ServerFrame::UserStopTyping { user_id: user });
    turn.send(turn.roster.others(user), frame);
}

pub(super) fn check_meta(turn: &Turn<'_>, meta: Option<&RawValue>) -> Result<(), Refusal> {
    let bytes = meta.map_or(0, |meta| meta.get().len());
    if bytes > turn.limits.meta_bytes {
        let text = format!("\"meta\" may have {} bytes at most.", turn.limits.meta_bytes);
        return Err(Refusal::new(ErrorCode::MessageTooLarge, text));
    }
    Ok(())
}

/// The users whom a message of `author` mentions. A `meta` of another shape mentions nobody.
fn mentions(meta: Option<&RawValue>, author: &UserId) -> Result<Vec<UserId>, Refusal> {
    let mentions = meta.and_then(|meta| json::read::<Mentions>(meta.get()).ok());
    let mut mentions = mentions.unwrap_or_default().mentions;
    if mentions.len() > MENTIONS {
        let message = format!("A message may mention {MENTIONS} users at most.");
        return Err(Refusal::new(ErrorCode::LimitReached, message));
    }
    mentions.retain(|user| user != author);
    Ok(mentions.into_iter().collect::<Set<_>>().into())
}

/// The id of a message whose sender chose none. The epoch keeps it apart from those that clients choose.
fn next_id(turn: &Turn<'_>) -> Result<MessageId, Refusal> {
    let seq = turn.history.next_seq()?;
    MessageId::parse(format!("{}-{}", turn.history.position().epoch.as_str(), seq.get()))
        .map_err(|fault| Refusal::new(ErrorCode::Internal, fault.to_string()))
}
