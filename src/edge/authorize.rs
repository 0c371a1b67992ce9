//! Asks the application who may come in, for parties that say so.

use std::cell::RefCell;

use super::{log, now, outbound};
use crate::access::Grant;
use crate::access::authorize::{Answers, Question, read_answer};
use crate::access::backend_url::BackendUrl;
use crate::codes::ErrorCode;
use crate::problem::Problem;

/// Bytes of an answer.
const MAX_BYTES: usize = 16 * 1024;

thread_local! {
    static ANSWERS: RefCell<Answers> = RefCell::default();
}

/// What the application grants.
///
/// # Errors
/// `unauthorized` or `not-allowed`, as it says; `internal`, so that clients come back, if it cannot be asked.
pub(super) async fn ask(url: &BackendUrl, question: &Question<'_>) -> Result<Grant, Problem> {
    if let Some(grant) = ANSWERS.with_borrow(|answers| answers.find(question, now())) {
        return Ok(grant);
    }
    // A struct of strings always serializes.
    let document = serde_json::to_string(question).unwrap_or_default();
    let reason = match outbound::post_json(url, &document, MAX_BYTES).await {
        Ok(answer) => match answer.status {
            200 => match read_answer(&answer.body) {
                Ok(grant) => {
                    let lifetime = answer.cache_control.as_deref();
                    ANSWERS.with_borrow_mut(|kept| kept.keep(question, &grant, lifetime, now()));
                    return Ok(grant);
                }
                Err(reason) => reason,
            },
            401 => {
                let detail = "The application does not accept this token.";
                return Err(Problem::new(ErrorCode::Unauthorized, detail));
            }
            403 => {
                let detail = "The application does not let you into this room.";
                return Err(Problem::new(ErrorCode::NotAllowed, detail));
            }
            status => format!("answered {status} instead of 200, 401 or 403"),
        },
        Err(reason) => reason,
    };
    log::error("authorize", None, &format!("{} {reason}", url.host()));
    Err(Problem::new(ErrorCode::Internal, "The application could not be asked. Come back later."))
}
