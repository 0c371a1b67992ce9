//! The codes that clients and backends can rely on: error codes and close codes, each listed once.
//!
//! This table makes the Rust constants, those of the client (`packages/client/src/codes.ts`) and the tables of
//! docs/protocol.md, section 5. `UPDATE_GENERATED=1 cargo test --test generated` writes the latter two; without
//! the variable that test compares. `tests/workerd/codes.test.ts` provokes every one.

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal, $status:literal, $retryable:literal;)*) => {
        /// Why something was refused. The text form is stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ErrorCode { $($(#[doc = $doc])+ $variant,)* }

        impl ErrorCode {
            /// Every code, in the order of the docs.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable text, as it stands in frames and problem documents.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The HTTP status of a response with this code.
            pub const fn http_status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// Whether the same request may succeed later.
            pub const fn retryable(self) -> bool {
                match self { $(Self::$variant => $retryable,)* }
            }

            /// What it means, for people.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)* }
            }
        }
    };
}

error_codes! {
    /// Not valid JSON.
    InvalidJson = "invalid-json", 400, false;
    /// Bytes that are not UTF-8.
    InvalidUtf8 = "invalid-utf8", 400, false;
    /// JSON, but a field is missing or of the wrong type.
    InvalidFrame = "invalid-frame", 400, false;
    /// A `type` that this room does not know.
    UnknownType = "unknown-type", 400, false;
    /// A binary frame in a JSON room.
    BinaryNotSupported = "binary-not-supported", 415, false;
    /// The frame, or its `meta`, is longer than the limit.
    MessageTooLarge = "message-too-large", 413, false;
    /// The grant does not cover this.
    NotAllowed = "not-allowed", 403, false;
    /// Too much in too short a time; `retryAfterMs` says how long to wait.
    RateLimited = "rate-limited", 429, true;
    /// Muted, or too soon in slow mode; `retryAfterMs` says how long to wait, unless it is for good.
    Muted = "muted", 403, true;
    /// Banned from this room.
    Banned = "banned", 403, false;
    /// A token renews the user that it was made for, and no other.
    WrongUser = "wrong-user", 403, false;
    /// No message has this id.
    UnknownMessage = "unknown-message", 404, false;
    /// The party's options do not have this.
    NotEnabled = "not-enabled", 403, false;
    /// There can be no more of these: pinned messages, different emoji on a message.
    LimitReached = "limit-reached", 409, false;
    /// The message could not be written; nothing was delivered.
    StorageFailed = "storage-failed", 503, true;
    /// The directory could not be asked, or a part of it. Half an answer is none.
    DirectoryUnavailable = "directory-unavailable", 503, true;
    /// The published event lacks a field or has one of the wrong type.
    InvalidEvent = "invalid-event", 400, false;
    /// `Idempotency-Key` is empty, too long, or has characters that it must not have.
    InvalidIdempotencyKey = "invalid-idempotency-key", 400, false;
    /// This `Idempotency-Key` was sent before, with another body.
    IdempotencyMismatch = "idempotency-mismatch", 422, false;
    /// The room's name is empty, too long, or has control characters.
    InvalidRoom = "invalid-room", 400, false;
    /// An id or a name is too long or has control characters.
    InvalidIdentity = "invalid-identity", 400, false;
    /// `PARTIES` has no such party.
    UnknownParty = "unknown-party", 404, false;
    /// No such route.
    NotFound = "not-found", 404, false;
    /// The route exists, but not for this method.
    MethodNotAllowed = "method-not-allowed", 405, false;
    /// This address wants a WebSocket.
    UpgradeRequired = "upgrade-required", 426, false;
    /// No token or key, or one that is not valid.
    Unauthorized = "unauthorized", 401, false;
    /// The body is longer than the limit.
    BodyTooLarge = "body-too-large", 413, false;
    /// The body is not `application/json`.
    UnsupportedMediaType = "unsupported-media-type", 415, false;
    /// The deployment's configuration is wrong.
    Misconfigured = "misconfigured", 500, false;
    /// Our fault.
    Internal = "internal", 500, true;
}

/// Whether a closed socket should come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Nothing speaks for or against it.
    AsYouLike,
    /// Not the same way: it would be closed again.
    Never,
    /// With a new token.
    NewToken,
    /// After a while, longer each time.
    Later,
    /// At once.
    AtOnce,
}

impl Retry {
    /// The name, in the client's constants and the docs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AsYouLike => "as-you-like",
            Self::Never => "never",
            Self::NewToken => "new-token",
            Self::Later => "later",
            Self::AtOnce => "at-once",
        }
    }
}

macro_rules! close_codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $number:literal, $reason:literal, $retry:ident;)*) => {
        /// Why a socket was closed. Among ours the range says whether to come back: 4000 to 4099 never, 4100 to 4199 later,
        /// 4200 to 4299 at once.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum CloseCode { $($(#[doc = $doc])+ $variant,)* }

        impl CloseCode {
            /// Every code, in ascending order.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The number in the close frame.
            pub const fn number(self) -> u16 {
                match self { $(Self::$variant => $number,)* }
            }

            /// The reason in the close frame, unless an error code says more. Under the 123 bytes that a close frame holds.
            pub const fn reason(self) -> &'static str {
                match self { $(Self::$variant => $reason,)* }
            }

            /// Whether to come back.
            pub const fn retry(self) -> Retry {
                match self { $(Self::$variant => Retry::$retry,)* }
            }

            /// What it means, for people.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)* }
            }
        }
    };
}

close_codes! {
    /// Bye.
    Normal = 1000, "bye", AsYouLike;
    /// Refused: no or bad token, not allowed, or a page of another origin.
    Refused = 1008, "refused", Never;
    /// A frame past the hard limit.
    TooBig = 1009, "message-too-large", Never;
    /// Our fault.
    Internal = 1011, "internal", Later;
    /// The address is wrong: room name or identity.
    BadAddress = 4000, "bad-address", Never;
    /// A moderator closed the connection.
    Kicked = 4001, "kicked", Never;
    /// Banned from this room.
    Banned = 4003, "banned", Never;
    /// A newer socket has the same connection id.
    Superseded = 4004, "superseded", Never;
    /// Does not read what it is sent.
    TooSlow = 4100, "too-slow", Later;
    /// Went on sending after being told to wait.
    RateLimited = 4129, "rate-limited", Later;
    /// The room was emptied: nothing that is known of it holds any more.
    Resync = 4201, "resync", AtOnce;
    /// No heartbeat came for too long.
    Silent = 4202, "silent", AtOnce;
    /// The token has expired or was revoked.
    TokenEnded = 4401, "token-ended", NewToken;
}

impl ErrorCode {
    /// How a socket that may not enter for this reason is closed.
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::InvalidRoom | Self::InvalidIdentity | Self::UnknownParty | Self::NotFound => {
                CloseCode::BadAddress
            }
            Self::Banned => CloseCode::Banned,
            Self::RateLimited => CloseCode::RateLimited,
            Self::MessageTooLarge | Self::BodyTooLarge => CloseCode::TooBig,
            Self::StorageFailed
            | Self::DirectoryUnavailable
            | Self::Misconfigured
            | Self::Internal => CloseCode::Internal,
            Self::InvalidJson
            | Self::InvalidUtf8
            | Self::InvalidFrame
            | Self::UnknownType
            | Self::BinaryNotSupported
            | Self::NotAllowed
            | Self::Muted
            | Self::WrongUser
            | Self::UnknownMessage
            | Self::NotEnabled
            | Self::LimitReached
            | Self::InvalidEvent
            | Self::InvalidIdempotencyKey
            | Self::IdempotencyMismatch
            | Self::MethodNotAllowed
            | Self::UpgradeRequired
            | Self::Unauthorized
            | Self::UnsupportedMediaType => CloseCode::Refused,
        }
    }
}

/// The code to answer a peer's close frame with. 1005, 1006 and 1015 only describe how a socket ended and
/// must not be sent; answering with them throws.
pub const fn close_reply(received: u16) -> u16 {
    match received {
        1000..=1003 | 1007..=1014 | 3000..=4999 => received,
        _ => CloseCode::Normal.number(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_of_a_close_code_says_the_same_as_its_retry() {
        for code in CloseCode::ALL {
            assert!(code.reason().len() <= 123);
            let retry = match code.number() {
                4000..=4099 => Retry::Never,
                4100..=4199 => Retry::Later,
                4200..=4299 => Retry::AtOnce,
                _ => continue,
            };
            assert_eq!(code.retry(), retry, "{code:?}");
        }
    }

    #[test]
    fn codes_that_cannot_be_sent_are_answered_with_1000() {
        for unsendable in [0, 999, 1004, 1005, 1006, 1015, 2999, 5000] {
            assert_eq!(close_reply(unsendable), 1000);
        }
        for sendable in [1000, 1001, 1011, 3000, 4321, 4999] {
            assert_eq!(close_reply(sendable), sendable);
        }
    }
}
