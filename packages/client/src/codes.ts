// Made from src/codes.rs: UPDATE_GENERATED=1 cargo test --test generated

/** Why something was refused. */
export const ERROR_CODES = {
  /** Not valid JSON. */
  "invalid-json": { status: 400, retryable: false },
  /** Bytes that are not UTF-8. */
  "invalid-utf8": { status: 400, retryable: false },
  /** JSON, but a field is missing or of the wrong type. */
  "invalid-frame": { status: 400, retryable: false },
  /** A `type` that this room does not know. */
  "unknown-type": { status: 400, retryable: false },
  /** A binary frame in a JSON room. */
  "binary-not-supported": { status: 415, retryable: false },
  /** The frame, or its `meta`, is longer than the limit. */
  "message-too-large": { status: 413, retryable: false },
  /** The grant does not cover this. */
  "not-allowed": { status: 403, retryable: false },
  /** Too much in too short a time; `retryAfterMs` says how long to wait. */
  "rate-limited": { status: 429, retryable: true },
  /** Muted, or too soon in slow mode; `retryAfterMs` says how long to wait, unless it is for good. */
  muted: { status: 403, retryable: true },
  /** Banned from this room. */
  banned: { status: 403, retryable: false },
  /** A token renews the user that it was made for, and no other. */
  "wrong-user": { status: 403, retryable: false },
  /** No message has this id. */
  "unknown-message": { status: 404, retryable: false },
  /** The party's options do not have this. */
  "not-enabled": { status: 403, retryable: false },
  /** There can be no more of these: pinned messages, different emoji on a message. */
  "limit-reached": { status: 409, retryable: false },
  /** The message could not be written; nothing was delivered. */
  "storage-failed": { status: 503, retryable: true },
  /** The directory could not be asked, or a part of it. Half an answer is none. */
  "directory-unavailable": { status: 503, retryable: true },
  /** The published event lacks a field or has one of the wrong type. */
  "invalid-event": { status: 400, retryable: false },
  /** `Idempotency-Key` is empty, too long, or has characters that it must not have. */
  "invalid-idempotency-key": { status: 400, retryable: false },
  /** This `Idempotency-Key` was sent before, with another body. */
  "idempotency-mismatch": { status: 422, retryable: false },
  /** The room's name is empty, too long, or has control characters. */
  "invalid-room": { status: 400, retryable: false },
  /** An id or a name is too long or has control characters. */
  "invalid-identity": { status: 400, retryable: false },
  /** `PARTIES` has no such party. */
  "unknown-party": { status: 404, retryable: false },
  /** No such route. */
  "not-found": { status: 404, retryable: false },
  /** The route exists, but not for this method. */
  "method-not-allowed": { status: 405, retryable: false },
  /** This address wants a WebSocket. */
  "upgrade-required": { status: 426, retryable: false },
  /** No token or key, or one that is not valid. */
  unauthorized: { status: 401, retryable: false },
  /** The body is longer than the limit. */
  "body-too-large": { status: 413, retryable: false },
  /** The body is not `application/json`. */
  "unsupported-media-type": { status: 415, retryable: false },
  /** The deployment's configuration is wrong. */
  misconfigured: { status: 500, retryable: false },
  /** Our fault. */
  internal: { status: 500, retryable: true },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Why a socket was closed, and whether to come back. */
export const CLOSE_CODES = {
  /** Bye. */
  1000: { reason: "bye", retry: "as-you-like" },
  /** Refused: no or bad token, not allowed, or a page of another origin. */
  1008: { reason: "refused", retry: "never" },
  /** A frame past the hard limit. */
  1009: { reason: "message-too-large", retry: "never" },
  /** Our fault. */
  1011: { reason: "internal", retry: "later" },
  /** The address is wrong: room name or identity. */
  4000: { reason: "bad-address", retry: "never" },
  /** A moderator closed the connection. */
  4001: { reason: "kicked", retry: "never" },
  /** Banned from this room. */
  4003: { reason: "banned", retry: "never" },
  /** A newer socket has the same connection id. */
  4004: { reason: "superseded", retry: "never" },
  /** Does not read what it is sent. */
  4100: { reason: "too-slow", retry: "later" },
  /** Went on sending after being told to wait. */
  4129: { reason: "rate-limited", retry: "later" },
  /** The room was emptied: nothing that is known of it holds any more. */
  4201: { reason: "resync", retry: "at-once" },
  /** No heartbeat came for too long. */
  4202: { reason: "silent", retry: "at-once" },
  /** The token has expired or was revoked. */
  4401: { reason: "token-ended", retry: "new-token" },
} as const;

export type Retry = (typeof CLOSE_CODES)[keyof typeof CLOSE_CODES]["retry"];

/** Whether to come back after a close. Codes that are not ours: after a while. */
export function retryAfterClose(code: number): Retry {
  if (code >= 4000 && code <= 4099) return "never";
  return CLOSE_CODES[code as keyof typeof CLOSE_CODES]?.retry ?? "later";
}
