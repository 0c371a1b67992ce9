/** The frames that a client sends, as `docs/protocol.md` has them. */

import type { PresenceStatus } from "./protocol.ts";

/** Names a message: by its seq (exact), or by the id that its author gave it. */
export type MessageName = { seq: number } | { messageId: string };

/** A message on its way out. */
export interface OutgoingMessage {
  /** Unique among the messages of its author: makes a repeated send harmless. */
  messageId: string;
  message: string;
  /** The id of the message that this one answers. */
  replyTo?: string;
  /** Any JSON, 1 KiB at most. `mentions: [userId, …]` counts as mentions. */
  meta?: unknown;
}

/** Where a page begins or ends; at most one. */
export interface HistoryCursor {
  before?: number;
  after?: number;
  beforeId?: string;
  afterId?: string;
  beforeTime?: number;
  afterTime?: number;
}

/** What a client may ask and wait for: an ack or an answer comes back under its `ref`. */
export type RequestFrame =
  | ({ type: "edit"; message: string; meta?: unknown } & MessageName)
  | ({ type: "delete" | "pin" | "unpin" | "reactions" } & MessageName)
  | ({ type: "react"; emoji: string; remove?: true } & MessageName)
  | ({ type: "history"; limit?: number } & HistoryCursor)
  | ({ type: "thread"; before?: number; after?: number; limit?: number } & MessageName)
  | { type: "search"; query: string; before?: number; limit?: number }
  | { type: "pins" | "receipts" };

/** Frames by which moderators act; each needs its capability. */
export type ModeratorFrame =
  | { type: "kick"; userId?: string; connectionId?: string; reason?: string }
  | { type: "ban" | "mute"; userId: string; until?: number; reason?: string }
  | { type: "unban" | "unmute"; userId: string; reason?: string }
  | { type: "slow-mode"; seconds: number; reason?: string }
  | { type: "revoke"; userId: string; issuedBefore?: number; reason?: string };

/** Everything a client may say. */
export type ClientFrame = (
  | ({ type: "message" } & OutgoingMessage)
  | RequestFrame
  | ModeratorFrame
  | { type: "typing" | "stop-typing" }
  | ({ type: "delivered" } & MessageName)
  | ({ type: "read-receipt"; private?: true } & MessageName)
  | { type: "presence"; meta?: unknown; status?: PresenceStatus }
  | { type: "event"; name: string; payload: unknown }
  | { type: "auth"; token: string }
  | { type: "ping"; timestamp?: number }
) & { ref?: string };
