import type { PublishError } from "./error.ts";
import type { Fetch } from "./platform.ts";

/** How a call behaves. Given to `createPublisher` or `with` for all calls, or to a single one. */
export interface PublishOptions {
  /** The party of rooms that are given by name alone; `main` if left out. */
  party?: string;
  /** For one attempt, until its answer is complete; 5000 if left out. */
  timeoutMs?: number;
  /** How often to try again what may succeed later; 3 if left out. */
  retries?: number;
  /** The longest wait before the first repetition; it doubles each time. 250 if left out. */
  backoffMs?: number;
  /** Return at once, as `pending`, and publish meanwhile. */
  background?: boolean;
  /** The same on Workers, which end with the response unless told: `(work) => context.waitUntil(work)`. */
  waitUntil?: ((work: Promise<unknown>) => void) | undefined;
  /** Reject with the `PublishError` instead of returning it. What is in the background never rejects. */
  throws?: boolean;
  /** Hears of every call that has failed for good. Left out, it is written to the console unless `throws` is set. */
  onError?: ((error: PublishError, call: FailedCall) => void) | undefined;
}

/** What single calls can say besides. */
export interface CallOptions extends PublishOptions {
  /**
   * 1 to 128 printable ASCII characters that name what has happened, such as the id of a row: a call that was
   * repeated, even by another process, is delivered once within 24 hours. A random one if left out.
   */
  idempotencyKey?: string;
}

/** Where to publish, and as whom. */
export interface PublisherOptions extends PublishOptions {
  /** The server, such as `https://rooms.example.com`. */
  url: string;
  /** The secret `BROADCAST_KEY` of the deployment. */
  key?: string | undefined;
  /** In its place a JWT whose claim `rooms` grants `broadcast`, or what gives one for each attempt. */
  token?: string | (() => string | Promise<string>) | undefined;
  /** Sign requests with the key, which then never travels. */
  sign?: boolean;
  /** In the place of the platform's own, such as that of a service binding. */
  fetch?: Fetch;
  /** The most calls in the background at a time, 1000 if left out; one more fails with `backlog-full`. */
  maxBackground?: number;
}

/** What is known of a call that has failed. */
export interface FailedCall {
  /** The rooms, as `party/room`. */
  rooms: readonly string[];
  /** The types of the events. */
  types: readonly string[];
  idempotencyKey: string;
  attempts: number;
}

/** A room, by name or with its party. */
export type RoomName = string | { party?: string; room: string };
