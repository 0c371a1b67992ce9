/** What a list of messages is made of, and what can happen to it. */

import type { OutgoingMessage } from "./client-frames.ts";
import type { RoomError } from "./error.ts";
import type { MessageEntry, MessageFrame, PublishedEvent, ReactionCount } from "./protocol.ts";

/** Own messages: on the way, refused, in the room (one tick), with somebody (two), read by somebody (blue). */
export type MessageStatus = "sending" | "failed" | "sent" | "delivered" | "read";

export interface TimelineMessage extends OutgoingMessage {
  /** The same from the moment of sending on: for lists that need one. */
  key: string;
  /** Its place; missing until the room has it. */
  seq?: number;
  userId: string;
  username: string;
  /** The room's clock, or this device's until the room has it. Milliseconds since 1970. */
  timestamp: number;
  editedAt?: number;
  deleted?: true;
  reactions: readonly ReactionCount[];
  /** The emojis of one's own reactions. */
  reacted: readonly string[];
  isOwn: boolean;
  /** Of own messages only. */
  status?: MessageStatus;
  /** Why it failed. */
  error?: RoomError;
  /** The seq of the last entry that this reflects. */
  version: number;
}

export interface Timeline {
  /** Ascending by seq; what the room does not have yet comes last, in the order of sending. */
  messages: readonly TimelineMessage[];
  /** Everything from this seq on is here. */
  from: number;
  /** Whether there is more before. */
  hasEarlier: boolean;
  /** One's own user id, empty until the room has said it. */
  me: string;
  /** How far any other has got: for the ticks. */
  delivered: number;
  read: number;
}

export type TimelineAction =
  /** What is known is worth nothing: everything that the room has after `seq` will come. */
  | { type: "reset"; me: string; seq: number }
  | { type: "entry"; frame: MessageEntry }
  /** A page that ends before `from`; `asOf` is a seq that it reflects at least. */
  | {
      type: "page";
      messages: readonly (MessageFrame | PublishedEvent)[];
      hasMore: boolean;
      reacted?: readonly { seq: number; emoji: string }[];
      asOf: number;
    }
  /** Begins, or begins again, to be sent. */
  | { type: "sending"; message: OutgoingMessage; username: string; timestamp: number }
  | { type: "ack"; messageId: string; seq: number; timestamp: number }
  | { type: "failed"; messageId: string; error: RoomError }
  | { type: "discard"; messageId: string }
  | { type: "progress"; delivered: number; read: number };
