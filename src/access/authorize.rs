//! Parties that ask the application who may come in: the question, the answer, and how long that holds. No I/O.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::key_cache::max_age_s;
use super::{Capabilities, Grant, Role};
use crate::ids::{ConnectionId, PartyName, RoomName, UserId, Username};
use crate::json;
use crate::sorted::Map;
use crate::time::Timestamp;

/// What the application is asked.
#[derive(Debug, Clone, Serialize)]
pub struct Question<'a> {
    /// The party.
    pub party: &'a PartyName,
    /// The room.
    pub room: &'a RoomName,
    /// What the client sent as token: the application knows what it means.
    pub token: &'a str,
    /// The connection that wants in.
    pub connection: &'a ConnectionId,
}

/// What it says to somebody who may come in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    user_id: UserId,
    #[serde(default)]
    username: Option<Username>,
    #[serde(default)]
    role: Option<Role>,
    #[serde(default)]
    capabilities: Option<Vec<String>>,
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// Reads an answer.
///
/// # Errors
/// The end of a sentence that begins with the host.
pub fn read_answer(body: &[u8]) -> Result<Grant, String> {
    let answer: Answer = json::read(body)
        .map_err(|fault| format!("answered with something that is no grant: {fault}"))?;
    let role = answer.role.unwrap_or(Role::User);
    if answer.user_id.is_guest() && role != Role::Guest {
        return Err("gave a user the id of a guest".into());
    }
    Ok(Grant {
        username: answer.username.unwrap_or_else(|| Username::from(&answer.user_id)),
        user_id: answer.user_id,
        role,
        capabilities: match &answer.capabilities {
            Some(names) => Capabilities::named(names.iter().map(String::as_str)),
            None => Capabilities::default_of(role),
        },
        expires_at: answer.expires_at,
        issued_at: None,
        limits: None,
    })
}

/// Answers that still hold, by what was asked. Tokens are kept as digests only.
#[derive(Debug, Default)]
pub struct Answers {
    kept: Map<[u8; 32], (Grant, Timestamp)>,
}

/// More than this are thrown away at once: the application is asked again, that is all.
const MOST: usize = 4096;
/// An application that wants longer is asked again all the same, in seconds.
const LONGEST_S: u64 = 60 * 60;

impl Answers {
    /// What was answered before, if it still holds.
    pub fn find(&self, question: &Question<'_>, now: Timestamp) -> Option<Grant> {
        let (grant, until) = self.kept.get(&key(question))?;
        (now < *until).then(|| grant.clone())
    }

    /// Keeps an answer for as long as its `Cache-Control` says; not at all, if it does not.
    pub fn keep(
        &mut self,
        question: &Question<'_>,
        grant: &Grant,
        cache_control: Option<&str>,
        now: Timestamp,
    ) {
        let Some(seconds) = max_age_s(cache_control).filter(|seconds| *seconds > 0) else { return };
        if self.kept.len() >= MOST {
            self.kept.retain(|_, (_, until)| now < *until);
        }
        if self.kept.len() >= MOST {
            self.kept.clear();
        }
        let until = now.plus_millis(seconds.min(LONGEST_S).saturating_mul(1000));
        self.kept.insert(key(question), (grant.clone(), until));
    }
}

/// The connection is left out: it is the client's to choose, and says nothing about who it is.
fn key(question: &Question<'_>) -> [u8; 32] {
    let parts = [question.party.as_str(), question.room.as_str(), question.token];
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::super::Capability;
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_760_000_000_000 + seconds * 1000)
    }

    #[test]
    fn an_answer_is_a_grant() {
        let body = br#"{"userId":"ann","username":"Ann","role":"admin","capabilities":["join","fly"],"expiresAt":5}"#;
        let grant = read_answer(body).unwrap();
        assert_eq!((grant.user_id.as_str(), grant.username.as_str()), ("ann", "Ann"));
        assert_eq!(grant.capabilities, Capabilities::of(&[Capability::Join]));
        assert_eq!(grant.expires_at, Some(Timestamp::from_millis(5)));
    }

    #[test]
    fn what_it_leaves_out_has_a_default() {
        let grant = read_answer(br#"{"userId":"ann"}"#).unwrap();
        assert_eq!((grant.username.as_str(), grant.role), ("ann", Role::User));
        assert_eq!(grant.capabilities, Capabilities::default_of(Role::User));
    }

    #[test]
    fn what_is_no_grant_is_refused() {
        for body in [
            "",
            "{}",
            "[]",
            "null",
            r#"{"userId":""}"#,
            r#"{"userId":"guest:1"}"#,
            r#"{"userId":"a","role":"king"}"#,
        ] {
            assert!(read_answer(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn an_answer_holds_for_its_max_age_and_for_its_own_question() {
        let party = PartyName::parse("p").unwrap();
        let room = RoomName::parse("r").unwrap();
        let other = RoomName::parse("s").unwrap();
        let connection = ConnectionId::parse("c").unwrap();
        let ask = |room, token| Question { party: &party, room, token, connection: &connection };
        let grant = read_answer(br#"{"userId":"ann"}"#).unwrap();
        let mut answers = Answers::default();
        answers.keep(&ask(&room, "t"), &grant, Some("private, max-age=60"), at(0));
        assert_eq!(answers.find(&ask(&room, "t"), at(59)), Some(grant.clone()));
        assert_eq!(answers.find(&ask(&room, "t"), at(60)), None);
        assert_eq!(answers.find(&ask(&other, "t"), at(1)), None);
        assert_eq!(answers.find(&ask(&room, "u"), at(1)), None);
        answers.keep(&ask(&room, "v"), &grant, None, at(0));
        answers.keep(&ask(&room, "v"), &grant, Some("no-store"), at(0));
        assert_eq!(answers.find(&ask(&room, "v"), at(0)), None);
    }
}
