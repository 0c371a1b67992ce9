//! What is made from the table of codes is up to date: `UPDATE_GENERATED=1 cargo test --test generated` writes it.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::fmt::Write as _;
use std::fs;

use durable_rooms::api::document::{markdown, openapi};
use durable_rooms::codes::{CloseCode, ErrorCode};

/// Compares a file with what it should be, or writes it.
fn check(path: &str, expected: &str) {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        fs::write(&path, expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{path} is out of date: UPDATE_GENERATED=1 cargo test --test generated"
    );
}

#[test]
fn the_tables_of_the_docs_are_those_of_the_code() {
    let mut tables = String::from("| code | HTTP | retryable | meaning |\n|---|---|---|---|\n");
    for code in ErrorCode::ALL {
        let retryable = if code.retryable() { "yes" } else { "no" };
        let (name, status, meaning) = (code.as_str(), code.http_status(), code.meaning());
        writeln!(tables, "| `{name}` | {status} | {retryable} | {meaning} |").unwrap();
    }
    tables.push_str("\n| close code | reason | come back? | meaning |\n|---|---|---|---|\n");
    for code in CloseCode::ALL {
        let (number, reason, retry) = (code.number(), code.reason(), code.retry().as_str());
        writeln!(tables, "| {number} | `{reason}` | {retry} | {} |", code.meaning()).unwrap();
    }
    let docs =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/protocol.md")).unwrap();
    let (before, rest) = docs.split_once("<!-- codes: generated -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    check(
        "docs/protocol.md",
        &format!("{before}<!-- codes: generated -->\n{tables}<!-- end -->{after}"),
    );
}

#[test]
fn the_constants_of_the_client_are_those_of_the_code() {
    let mut text = String::from(
        "// Made from src/codes.rs: UPDATE_GENERATED=1 cargo test --test generated\n\n\
         /** Why something was refused. */\n\
         export const ERROR_CODES = {\n",
    );
    for code in ErrorCode::ALL {
        let (name, status, retryable) = (code.as_str(), code.http_status(), code.retryable());
        writeln!(text, "  /** {} */", code.meaning()).unwrap();
        // As the formatter has it: quotes only where they are needed.
        let quote = if name.contains('-') { "\"" } else { "" };
        let key = format!("{quote}{name}{quote}");
        writeln!(text, "  {key}: {{ status: {status}, retryable: {retryable} }},").unwrap();
    }
    text.push_str(
        "} as const;\n\nexport type ErrorCode = keyof typeof ERROR_CODES;\n\n\
         /** Why a socket was closed, and whether to come back. */\n\
         export const CLOSE_CODES = {\n",
    );
    for code in CloseCode::ALL {
        let (number, reason, retry) = (code.number(), code.reason(), code.retry().as_str());
        writeln!(text, "  /** {} */", code.meaning()).unwrap();
        writeln!(text, "  {number}: {{ reason: \"{reason}\", retry: \"{retry}\" }},").unwrap();
    }
    text.push_str(
        "} as const;\n\nexport type Retry = (typeof CLOSE_CODES)[keyof typeof CLOSE_CODES][\"retry\"];\n\n\
         /** Whether to come back after a close. Codes that are not ours: after a while. */\n\
         export function retryAfterClose(code: number): Retry {\n  \
         if (code >= 4000 && code <= 4099) return \"never\";\n  \
         return CLOSE_CODES[code as keyof typeof CLOSE_CODES]?.retry ?? \"later\";\n}\n",
    );
    check("packages/client/src/codes.ts", &text);
}

#[test]
fn the_description_of_the_api_is_that_of_the_code() {
    let document = openapi();
    check("web/openapi.json", &format!("{}\n", serde_json::to_string_pretty(&document).unwrap()));
    check("docs/http-api.md", &markdown(&document));
}
