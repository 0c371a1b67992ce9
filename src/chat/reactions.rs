//! Emoji on messages. The summary is part of the kept message; who reacted is kept beside it and told on demand.

use serde::Serialize;

use super::frames::{React, ServerFrame, Tally};
use super::{edits, may_read, not_enabled, reply};
use crate::access::Capability;
use crate::codes::ErrorCode;
use crate::config::{ChatOptions, Reactions};
use crate::ids::{UserId, Username};
use crate::room::wire::{Head, Refusal, encode};
use crate::room::{Answer, Slot, Spending, Turn};
use crate::sorted::Map;
use crate::store::{EntryKind, Reaction, Row};

/// How long an emoji may be, in bytes: a family with skin tones has 41.
const EMOJI_BYTES: usize = 64;
/// How many different emoji may stand at a message.
const DIFFERENT: usize = 50;

/// Takes `react`.
pub(super) fn react(
    turn: &mut Turn<'_>,
    options: &ChatOptions,
    slot: Slot,
    head: &Head<'_>,
) -> Result<(), Refusal> {
    let grant = turn.allowed(slot, Capability::React)?.grant.clone();
    turn.spend(slot, Spending::Message)?;
    turn.may_speak(slot)?;
    check_enabled(options)?;
    let React { emoji, remove } = head.body()?;
    if emoji.is_empty() || emoji.len() > EMOJI_BYTES || emoji.chars().any(char::is_control) {
        let message = format!("\"emoji\" must have 1 to {EMOJI_BYTES} bytes.");
        return Err(Refusal::new(ErrorCode::InvalidFrame, message));
    }
    let row = turn.named(&head.body()?, None)?;
    let mut kept = edits::kept(&row)?;
    if kept.deleted {
        return Err(edits::deleted(&row));
    }
    let mut all = turn.store.reactions(row.seq)?;
    let own = |one: &Reaction| one.user == grant.user_id;
    if all.iter().any(|one| own(one) && one.emoji == emoji) != remove {
        return edits::ack(turn, slot, head, &row.id, row.seq, true);
    }
    let mut replaced = None;
    if remove {
        all.retain(|one| !own(one) || one.emoji != emoji);
    } else {
        if options.reactions == Reactions::One {
            replaced = all.iter().find(|one| own(one)).map(|one| one.emoji.clone());
            all.retain(|one| !own(one));
        }
        let (user, username) = (grant.user_id.clone(), grant.username.clone());
        all.push(Reaction { user, username, emoji: emoji.clone().into_owned() });
    }
    let summary = summary(&all);
    if summary.len() > DIFFERENT {
        let message = format!("A message may have {DIFFERENT} different emoji at most.");
        return Err(Refusal::new(ErrorCode::LimitReached, message));
    }
    kept.reactions.clone_from(&summary);
    let current = encode(&kept);
    // The text has not changed, so neither has what it is found by.
    let text = options.search.then_some(kept.message.as_ref());
    let now = turn.now;
    let frame = |seq| {
        encode(&ServerFrame::Reaction {
            message_id: &row.id,
            message_seq: row.seq,
            emoji: &emoji,
            removed: remove,
            replaced: replaced.as_deref(),
            user_id: &grant.user_id,
            username: &grant.username,
            reactions: &summary,
            timestamp: now,
            seq,
        })
    };
    let draft = edits::change(now, EntryKind::Change, &grant.user_id, &row);
    let seq = turn.append_with(draft, frame, |store| {
        if remove || replaced.is_some() {
            let gone = if remove { Some(emoji.as_ref()) } else { None };
            store.remove_reaction(row.seq, &grant.user_id, gone)?;
        }
        if let Some(last) = all.last().filter(|_| !remove) {
            store.add_reaction(row.seq, last)?;
        }
        store.replace(row.seq, &current, text)
    })?;
    edits::ack(turn, slot, head, &row.id, seq, false)
}

/// Answers `reactions`: who has reacted with what.
pub(super) fn answer(
    turn: &mut Turn<'_>,
    options: &ChatOptions,
    slot: Slot,
    head: &Head<'_>,
) -> Result<(), Refusal> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Who<'a> {
        emoji: &'a str,
        user_id: &'a UserId,
        username: &'a Username,
    }
    may_read(turn, slot)?;
    check_enabled(options)?;
    let row = turn.named(&head.body()?, None)?;
    let all = turn.store.reactions(row.seq)?;
    let users = all.iter().take(turn.limits.history_page_max as usize);
    let users =
        users.map(|one| Who { emoji: &one.emoji, user_id: &one.user, username: &one.username });
    let mut answer = Answer::to(head);
    answer.field("messageId", &row.id);
    answer.field("messageSeq", &row.seq);
    answer.field("users", &users.collect::<Vec<_>>());
    reply(turn, slot, answer);
    Ok(())
}

fn check_enabled(options: &ChatOptions) -> Result<(), Refusal> {
    if options.reactions == Reactions::Off { Err(not_enabled("reactions")) } else { Ok(()) }
}

/// How often each emoji stands there, in the order in which they came.
pub(super) fn summary(all: &[Reaction]) -> Vec<Tally> {
    let mut places = Map::new();
    let mut tallies: Vec<Tally> = Vec::new();
    for reaction in all {
        let place = *places.entry(reaction.emoji.as_str()).or_insert_with(|| {
            tallies.push(Tally { emoji: reaction.emoji.clone(), count: 0 });
            tallies.len().saturating_sub(1)
        });
        if let Some(tally) = tallies.get_mut(place) {
            tally.count = tally.count.saturating_add(1);
        }
    }
    tallies
}

/// Takes a user's reactions off a message, if it is still there.
pub(crate) fn without(
    store: &mut dyn crate::store::Store,
    row: &Row,
    user: &UserId,
    search: bool,
) -> Result<(), crate::store::StoreError> {
    store.remove_reaction(row.seq, user, None)?;
    let Ok(mut kept) = edits::kept(row) else { return Ok(()) };
    kept.reactions = summary(&store.reactions(row.seq)?);
    let text = search.then_some(kept.message.as_ref());
    store.replace(row.seq, &encode(&kept), text)
}
