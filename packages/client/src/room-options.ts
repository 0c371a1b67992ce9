import type { RoomAddress } from "./address.ts";
import type { OutboxStorage } from "./outbox.ts";
import type { Position } from "./protocol.ts";
import type { World } from "./world.ts";

/** A JWT, or where to get one: asked for each attempt to connect and each renewal. */
export type Token = string | (() => string | Promise<string>);

/** Only `host` and `room` have to be given. */
export interface RoomOptions extends RoomAddress {
  token?: Token;
  /** Who you say you are, where the deployment lets people in without a token. */
  userId?: string;
  username?: string;
  /** A guest: the user id becomes `guest:<sessionId>`. */
  sessionId?: string;
  /** Start from this position: what came after it is delivered, what came before is not loaded. */
  since?: Position;
  /** Several frames in one WebSocket message; on unless `false`. */
  batch?: boolean;
  /** Messages to load by itself at the beginning and by `loadEarlier()`: 50 if left out; with 0 none at the beginning. */
  historyPage?: number;
  /** Ask how far everybody is after each connect; on unless `false`. */
  receipts?: boolean;
  /** Tell the authors that their messages have arrived; on unless `false`. */
  autoDelivered?: boolean;
  /** Tell nobody but the own other devices what has been read. */
  privateReads?: boolean;
  /** The most messages that wait to be sent, 1000 if left out. */
  outboxLimit?: number;
  /** The most messages that are on their way at once, 8 if left out. */
  inFlight?: number;
  /** Keeps unsent messages over a reload of the page. */
  storage?: OutboxStorage;
  /** For tests, and for Node 20: `{ WebSocket }` from `ws`. */
  world?: Partial<World>;
}
