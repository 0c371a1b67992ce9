//! Errors over HTTP: problem documents of RFC 9457.

use serde::Serialize;

use crate::codes::ErrorCode;

/// A refused request: what to answer with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The stable code; it decides the status.
    pub code: ErrorCode,
    /// What is wrong with this very request, and what to do. One sentence or two, for a person.
    pub detail: String,
}

impl Problem {
    /// The media type of [`Problem::body`].
    pub const CONTENT_TYPE: &str = "application/problem+json";

    /// A problem with this code.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }

    /// The JSON document. `type` is left out, which means `about:blank`: the title is the status's own phrase.
    pub fn body(&self) -> String {
        let status = self.code.http_status();
        let document = Document {
            title: status_phrase(status),
            status,
            code: self.code.as_str(),
            detail: &self.detail,
        };
        // A struct of strings and numbers always serializes.
        serde_json::to_string(&document).unwrap_or_default()
    }
}

/// The phrase of RFC 9110 for the statuses of [`ErrorCode::http_status`].
const fn status_phrase(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

/// A problem document of RFC 9457.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "Problem"))]
pub(crate) struct Document<'a> {
    /// The status's own phrase. There is no `type`, which means `about:blank`.
    title: &'static str,
    /// The status of the response.
    status: u16,
    /// What went wrong, for programs. Stable.
    code: &'static str,
    /// What is wrong with this very request, and what to do: for people.
    detail: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_title_status_code_and_detail() {
        let problem = Problem::new(ErrorCode::Unauthorized, "Say \"please\".");
        assert_eq!(
            problem.body(),
            r#"{"title":"Unauthorized","status":401,"code":"unauthorized","detail":"Say \"please\"."}"#
        );
    }

    #[test]
    fn every_code_has_a_phrase_of_its_own_status() {
        for code in ErrorCode::ALL {
            let is_500 = code.http_status() == 500;
            assert_eq!(status_phrase(code.http_status()) == "Internal Server Error", is_500);
        }
    }
}
