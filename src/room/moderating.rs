//! Doing what moderators ask for.

use super::moderation::{Action, Outcome, Request};
use super::wire::{self, Refusal};
use super::{Audience, Note, Slot, Turn};
use crate::codes::{CloseCode, ErrorCode};
use crate::store::Rule;

/// What a moderator may say about an action, in bytes. It is kept for ever.
const REASON_BYTES: usize = 1024;

impl Turn<'_> {
    /// Does what a moderator asks for.
    pub(super) fn moderate(
        &mut self,
        actor: &str,
        action: Action,
        request: &Request,
    ) -> Result<Outcome, Refusal> {
        let lacks = |field: &str| {
            let message = format!("{:?} needs {field:?}.", action.as_str());
            Refusal::new(ErrorCode::InvalidFrame, message)
        };
        if request.reason.as_ref().is_some_and(|reason| reason.len() > REASON_BYTES) {
            let message = format!("\"reason\" may have {REASON_BYTES} bytes at most.");
            return Err(Refusal::new(ErrorCode::InvalidFrame, message));
        }
        let user = || request.user_id.clone().ok_or_else(|| lacks("userId"));
        let mut targets: Vec<Slot> = Vec::new();
        let mut close = CloseCode::Kicked;
        let rule = match action {
            Action::Kick => {
                match (&request.user_id, &request.connection_id) {
                    (_, Some(id)) => targets.extend(self.roster.slot_of(id)),
                    (Some(user), None) => targets.extend(self.roster.slots(user)),
                    (None, None) => return Err(lacks("userId")),
                }
                None
            }
            Action::Ban => {
                let user = user()?;
                targets.extend(self.roster.slots(&user));
                close = CloseCode::Banned;
                Some(Rule::Ban { user, until: request.until })
            }
            Action::Mute => Some(Rule::Mute { user: user()?, until: request.until }),
            Action::Revoke => {
                let user = user()?;
                let issued_before = request.issued_before.unwrap_or(self.now);
                close = CloseCode::TokenEnded;
                let too_old = |slot: &Slot| {
                    let issued = self.roster.get(*slot).and_then(|one| one.grant.issued_at);
                    issued.is_none_or(|issued| issued < issued_before)
                };
                targets.extend(self.roster.slots(&user).filter(too_old));
                Some(Rule::Revoke { user, issued_before })
            }
            Action::SlowMode => {
                let seconds = request.seconds.ok_or_else(|| lacks("seconds"))?;
                Some(Rule::SlowMode { millis: u64::from(seconds).saturating_mul(1000) })
            }
            Action::Unban => {
                let user = user()?;
                self.store.remove_rule("ban", user.as_str())?;
                self.moderation.unban(&user);
                None
            }
            Action::Unmute => {
                let user = user()?;
                self.store.remove_rule("mute", user.as_str())?;
                self.moderation.unmute(&user);
                None
            }
        };
        let outcome = Outcome::new(action, request, targets.len());
        self.store.audit(&wire::audit(actor, self.now, &outcome))?;
        if let Some(rule) = rule {
            self.store.put_rule(&rule)?;
            self.moderation.apply(&rule);
        }
        self.notes.push(Note::Moderated {
            action,
            actor: actor.to_owned(),
            user: request.user_id.clone(),
        });
        self.announce(action, request, &outcome);
        for slot in targets {
            self.close(slot, close);
        }
        Ok(outcome)
    }

    /// Tells those whom it concerns and who stay: the muted, or everybody about slow mode.
    fn announce(&mut self, action: Action, request: &Request, outcome: &Outcome) {
        let to = match action {
            Action::SlowMode => Audience::All,
            Action::Mute | Action::Unmute => {
                self.roster.audience(request.user_id.as_ref().map(std::slice::from_ref), None, None)
            }
            Action::Kick | Action::Ban | Action::Unban | Action::Revoke => return,
        };
        self.send(to, wire::moderation(outcome));
    }
}
