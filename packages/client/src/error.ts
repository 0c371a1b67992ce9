import type { ErrorCode } from "./codes.ts";
import type { ErrorFrame } from "./protocol.ts";

/** What goes wrong on this side of the line. */
export type LocalErrorCode =
  /** More is waiting than the outbox may hold. */
  | "outbox-full"
  /** The room was left, or it closed the connection for good. */
  | "closed"
  /** No answer came although the line is alive. */
  | "timeout"
  /** Entries were missing on an unbroken line; the client comes back for them. */
  | "hole"
  /** The token callback failed. */
  | "token-failed"
  /** There is no socket to be had. */
  | "connection-failed"
  /** What was kept of the outbox could not be read or written. */
  | "outbox-storage";

/** A refusal of the room, or a failure on this side. */
export class RoomError extends Error {
  override readonly name = "RoomError";
  /** Stable; a newer room may have codes that this version does not list. */
  readonly code: ErrorCode | LocalErrorCode | (string & {});
  /** Whether the same may succeed later. */
  readonly retryable: boolean;
  /** Milliseconds to wait, if the room said so. */
  readonly retryAfterMs: number | undefined;
  /** The `messageId` or `ref` of the frame that the room refused. */
  readonly ref: string | undefined;

  constructor(
    code: RoomError["code"],
    message: string,
    details: { retryable?: boolean; retryAfterMs?: number; ref?: string; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retryable = details.retryable ?? false;
    this.retryAfterMs = details.retryAfterMs;
    this.ref = details.ref;
  }

  static from(frame: ErrorFrame): RoomError {
    return new RoomError(frame.code, frame.message, frame);
  }
}
