//! Reading the history, in every kind of room: which message a client means, where a page lies, and how an answer is written.

use serde::{Deserialize, Serialize};

use super::wire::{Head, Refusal, encode};
use super::{Audience, Slot, Spending, Turn};
use crate::access::Capability;
use crate::codes::ErrorCode;
use crate::config::PartyKind;
use crate::ids::{MessageId, UserId};
use crate::json;
use crate::store::{Cursor, EntryKind, Page, Row, Seq, StoreError};
use crate::time::Timestamp;

/// How a client names a message that exists.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MessageName {
    /// By its id; the first one of that id.
    #[serde(default)]
    message_id: Option<MessageId>,
    /// By its place in the history.
    #[serde(default)]
    seq: Option<Seq>,
}

/// Which page of the history is asked for: one cursor at most.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct PageRequest {
    /// What precedes this `seq`.
    before: Option<Seq>,
    /// What follows this `seq`.
    after: Option<Seq>,
    /// What precedes this message.
    before_id: Option<MessageId>,
    /// What follows this message.
    after_id: Option<MessageId>,
    /// What was accepted before this moment, in milliseconds since the Unix epoch.
    before_time: Option<Timestamp>,
    /// What was accepted after this moment.
    after_time: Option<Timestamp>,
    /// How many entries: 50 if left out. 0 is answered with 1, more than 300 with 300.
    #[serde(deserialize_with = "json::whole_u32")]
    limit: Option<u32>,
}

/// What a page says beside its `messages`, which are text already.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageEnd {
    /// Whether there are more in the direction asked.
    has_more: bool,
}

/// An own reaction to a message of a page.
#[derive(Debug, Serialize)]
struct Reacted {
    seq: Seq,
    emoji: String,
}

impl MessageName {
    /// The id, if that is what the client gave.
    pub(crate) fn message_id(&self) -> Option<&MessageId> {
        self.message_id.as_ref()
    }
}

impl PageRequest {
    /// How many entries are wanted.
    pub(crate) fn limit(&self) -> Option<u32> {
        self.limit
    }
}

impl Turn<'_> {
    /// Answers `history`.
    pub(super) fn answer_history(&mut self, slot: Slot, head: &Head<'_>) -> Result<(), Refusal> {
        let user = self.allowed(slot, Capability::History)?.grant.user_id.clone();
        self.spend(slot, Spending::History)?;
        let page = self.history_page(&head.body()?)?;
        let answer = self.page_answer(Answer::to(head), &page, Some(&user))?;
        self.send(Audience::One(slot), answer.end());
        Ok(())
    }

    pub(super) fn history_page(&mut self, request: &PageRequest) -> Result<Page, Refusal> {
        self.flush();
        let cursor = self.cursor(request)?;
        Ok(self.store.page(cursor, self.page_size(request.limit))?)
    }

    /// Adds a page to an answer: `messages`, `hasMore`, and what `user` has reacted with.
    pub(crate) fn page_answer(
        &self,
        mut answer: Answer,
        page: &Page,
        user: Option<&UserId>,
    ) -> Result<Answer, StoreError> {
        answer.frames("messages", &page.frames);
        answer.fields(&PageEnd { has_more: page.has_more });
        let ends = page.frames.first().zip(page.frames.last());
        let has_reactions = matches!(self.settings.party.kind, PartyKind::Chat(_));
        if let (Some((first, last)), Some(user), true) = (ends, user, has_reactions) {
            let mut reacted = self.store.reacted(user, first.0, last.0)?;
            // The pages of threads and searches have gaps.
            reacted.retain(|(seq, _)| page.frames.binary_search_by_key(seq, |one| one.0).is_ok());
            if !reacted.is_empty() {
                let reacted = reacted.into_iter().map(|(seq, emoji)| Reacted { seq, emoji });
                answer.field("reacted", &reacted.collect::<Vec<_>>());
            }
        }
        Ok(answer)
    }

    pub(crate) fn page_size(&self, limit: Option<u32>) -> u32 {
        limit.unwrap_or(self.limits.history_page).clamp(1, self.limits.history_page_max)
    }

    pub(crate) fn cursor(&self, request: &PageRequest) -> Result<Cursor, Refusal> {
        let PageRequest { before, after, before_id, after_id, before_time, after_time, .. } =
            request;
        let place = |id: &MessageId| self.place(id);
        // The first entry at the moment or after it.
        let first_at = |moment: Timestamp| -> Result<Seq, Refusal> {
            let before = self.store.last_before(moment)?;
            Ok(before.next().unwrap_or(Seq::MAX))
        };
        let mut cursors = Vec::new();
        cursors.extend(before.map(Cursor::Before));
        cursors.extend(after.map(Cursor::After));
        cursors.extend(before_id.as_ref().map(place).transpose()?.map(Cursor::Before));
        cursors.extend(after_id.as_ref().map(place).transpose()?.map(Cursor::After));
        cursors.extend(before_time.map(first_at).transpose()?.map(Cursor::Before));
        if let Some(moment) = after_time {
            let last = self.store.last_before(moment.plus_millis(1))?;
            cursors.push(Cursor::After(last));
        }
        match cursors.as_slice() {
            [] => Ok(Cursor::Latest),
            [cursor] => Ok(*cursor),
            _ => {
                let message = "Give one of \"before\" and \"after\" and their kin, not several.";
                Err(Refusal::new(ErrorCode::InvalidFrame, message))
            }
        }
    }

    fn place(&self, id: &MessageId) -> Result<Seq, Refusal> {
        self.store.find(id, None)?.ok_or_else(|| unknown(id))
    }

    /// The message that a client means; one of `author`'s rather than another's, if given.
    pub(crate) fn named(
        &mut self,
        name: &MessageName,
        author: Option<&UserId>,
    ) -> Result<Row, Refusal> {
        self.flush();
        let seq = self.seq_of(name, author)?;
        let row = self.store.row(seq)?.filter(|row| row.kind == EntryKind::Message);
        row.ok_or_else(|| match &name.message_id {
            Some(id) => unknown(id),
            None => unknown_seq(seq),
        })
    }

    /// Where the message lies that a client means. It is written.
    pub(crate) fn seq_of(
        &mut self,
        name: &MessageName,
        author: Option<&UserId>,
    ) -> Result<Seq, Refusal> {
        let seq = self.find(name, author)?;
        if self.history.is_pending(seq) && self.flush().is_some() {
            return self.find(name, author);
        }
        Ok(seq)
    }

    fn find(&self, name: &MessageName, author: Option<&UserId>) -> Result<Seq, Refusal> {
        match (name.seq, &name.message_id) {
            (Some(seq), _) if seq <= self.history.position().last => Ok(seq),
            (Some(seq), _) => Err(unknown_seq(seq)),
            (None, Some(id)) => {
                self.history.find(self.store, id, author)?.ok_or_else(|| unknown(id))
            }
            (None, None) => {
                let message = "Name the message: give its \"seq\" or its \"messageId\".";
                Err(Refusal::new(ErrorCode::InvalidFrame, message))
            }
        }
    }
}

fn unknown(id: &MessageId) -> Refusal {
    let message = format!("There is no message with the id {:?}.", id.as_str());
    Refusal::new(ErrorCode::UnknownMessage, message)
}

fn unknown_seq(seq: Seq) -> Refusal {
    let message = format!("There is no message with the seq {}.", seq.get());
    Refusal::new(ErrorCode::UnknownMessage, message)
}

/// The JSON object that answers a request, written field by field: what is JSON already is not parsed again.
pub(crate) struct Answer(String);

impl Answer {
    /// The answer to a frame: of its type, with its `ref`.
    pub(crate) fn to(head: &Head<'_>) -> Self {
        let mut answer = Self::new();
        answer.field("type", &head.kind);
        if let Some(reference) = head.own_reference() {
            answer.field("ref", &reference);
        }
        answer
    }

    /// The answer to a call over HTTP.
    pub(crate) fn new() -> Self {
        Self("{".into())
    }

    pub(crate) fn field(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        self.raw(name, &encode(value));
    }

    pub(crate) fn frames(&mut self, name: &str, frames: &[(Seq, String)]) {
        let frames: Vec<_> = frames.iter().map(|(_, frame)| frame.as_str()).collect();
        self.raw(name, &format!("[{}]", frames.join(",")));
    }

    /// Adds the fields of a struct.
    pub(crate) fn fields(&mut self, fields: &impl Serialize) {
        let json = encode(fields);
        let fields = json.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        self.add(fields.unwrap_or_default());
    }

    fn raw(&mut self, name: &str, json: &str) {
        self.add(&format!("{}:{json}", encode(name)));
    }

    fn add(&mut self, fields: &str) {
        if self.0.len() > 1 && !fields.is_empty() {
            self.0.push(',');
        }
        self.0.push_str(fields);
    }

    pub(crate) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}
