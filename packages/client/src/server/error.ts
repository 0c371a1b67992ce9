import { ERROR_CODES, type ErrorCode } from "../codes.ts";
import type { RoomResult } from "./answer.ts";

/** An RFC 9457 problem document. */
export interface Problem {
  title: string;
  status: number;
  /** Stable; a newer server may have codes that this version does not list. */
  code: ErrorCode | "idempotency-mismatch" | (string & {});
  /** What is wrong with this very request, for a person. */
  detail?: string;
  /** Whether the same may succeed later. */
  retryable?: boolean;
  retryAfterMs?: number;
}

/** What goes wrong without a word of the server. */
export type LocalPublishErrorCode =
  /** No answer came in time. */
  | "timeout"
  /** There was no connection, or it broke before the answer was complete. */
  | "unreachable"
  /** Something answered that is not this server: a proxy, another site. */
  | "bad-answer"
  /** The event is no JSON, or the address or the idempotency key cannot be sent. Nothing was sent. */
  | "not-sendable"
  /** The token callback failed. Nothing was sent. */
  | "token-failed"
  /** Too much is under way in the background already. Nothing was sent. */
  | "backlog-full"
  /** Of several rooms, some have refused; `rooms` says which and why. */
  | "some-rooms-failed";

/** Why an event was not published. It never holds the key, the token or the payload. */
export class PublishError extends Error {
  override readonly name = "PublishError";
  readonly code: Problem["code"] | LocalPublishErrorCode;
  /** The HTTP status, if the server has answered. */
  readonly status: number | undefined;
  /** Whether the same call, with the same idempotency key, may succeed later. */
  readonly retryable: boolean;
  /** Milliseconds to wait before that, if the server said so. */
  readonly retryAfterMs: number | undefined;
  /** The server's own words, if it was this server that refused. */
  readonly problem: Problem | undefined;
  /** What became of each room, in the order asked, if there were several. */
  readonly rooms: readonly RoomResult[] | undefined;

  constructor(
    code: PublishError["code"],
    message: string,
    details: {
      status?: number | undefined;
      retryable?: boolean;
      retryAfterMs?: number | undefined;
      problem?: Problem;
      rooms?: readonly RoomResult[];
      cause?: unknown;
    } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.retryable = details.retryable ?? false;
    this.retryAfterMs = details.retryAfterMs;
    this.problem = details.problem;
    this.rooms = details.rooms;
  }

  /** @param retryAfterMs What the header `Retry-After` says. */
  static from(problem: Problem, retryAfterMs?: number): PublishError {
    const { code, status, title, detail } = problem;
    return new PublishError(code, detail ?? title, {
      status,
      retryable: mayRetry(problem),
      retryAfterMs: problem.retryAfterMs ?? retryAfterMs,
      problem,
    });
  }
}

/** What the document says, or else what is known of its code, or else of its status. */
function mayRetry({ retryable, code, status }: Problem): boolean {
  if (typeof retryable === "boolean") return retryable;
  if (Object.hasOwn(ERROR_CODES, code)) return ERROR_CODES[code as ErrorCode].retryable;
  return isPassing(status);
}

/** Statuses of servers and proxies that are busy, restarting, or out of reach for the moment. */
export function isPassing(status: number): boolean {
  return status >= 500 ? status !== 501 && status !== 505 : [408, 425, 429].includes(status);
}
