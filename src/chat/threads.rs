//! Finding messages beside their order: the replies to one, and those with certain words.

use serde::Serialize;

use super::frames::Search;
use super::{may_read, not_enabled, reply};
use crate::config::ChatOptions;
use crate::ids::{MessageId, UserId};
use crate::room::wire::{Head, Refusal};
use crate::room::{Answer, MessageName, PageRequest, Slot, Turn};
use crate::store::{Cursor, Seq};

/// What the answer to `thread` says beside the page.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ThreadHead<'a> {
    /// The message that is answered.
    message_id: &'a MessageId,
    /// Where it lies in the history.
    message_seq: Seq,
}

/// What the answer to `search` says beside the page.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub(crate) struct SearchHead<'a> {
    /// What was asked for.
    query: &'a str,
}

/// Answers `thread`.
pub(super) fn thread(turn: &mut Turn<'_>, slot: Slot, head: &Head<'_>) -> Result<(), Refusal> {
    let user = may_read(turn, slot)?;
    let (parent, page) = (head.body()?, head.body()?);
    let answer = thread_page(turn, Answer::to(head), &parent, &page, Some(&user))?;
    reply(turn, slot, answer);
    Ok(())
}

pub(super) fn thread_page(
    turn: &mut Turn<'_>,
    mut answer: Answer,
    parent: &MessageName,
    page: &PageRequest,
    user: Option<&UserId>,
) -> Result<Answer, Refusal> {
    let parent = turn.named(parent, None)?;
    let cursor = turn.cursor(page)?;
    let page = turn.store.thread(parent.seq, cursor, turn.page_size(page.limit()))?;
    answer.fields(&ThreadHead { message_id: &parent.id, message_seq: parent.seq });
    Ok(turn.page_answer(answer, &page, user)?)
}

/// Answers `search`.
pub(super) fn search(
    turn: &mut Turn<'_>,
    options: &ChatOptions,
    slot: Slot,
    head: &Head<'_>,
) -> Result<(), Refusal> {
    let user = may_read(turn, slot)?;
    let Search { query } = head.body()?;
    let answer = search_page(turn, options, Answer::to(head), &query, &head.body()?, Some(&user))?;
    reply(turn, slot, answer);
    Ok(())
}

pub(super) fn search_page(
    turn: &mut Turn<'_>,
    options: &ChatOptions,
    mut answer: Answer,
    query: &str,
    page: &PageRequest,
    user: Option<&UserId>,
) -> Result<Answer, Refusal> {
    if !options.search {
        return Err(not_enabled("search"));
    }
    turn.flush();
    let before = match turn.cursor(page)? {
        Cursor::Before(seq) => Some(seq),
        Cursor::Latest | Cursor::After(_) => None,
    };
    let page = turn.store.search(query, before, turn.page_size(page.limit()))?;
    answer.fields(&SearchHead { query });
    Ok(turn.page_answer(answer, &page, user)?)
}
