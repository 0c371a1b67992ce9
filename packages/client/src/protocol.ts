/**
 * The frames that a room sends. `docs/protocol.md` is the authority; this file only gives its words to the compiler.
 * Times are milliseconds since 1970. What clients send is in `client-frames.ts`.
 */

/** Where in a room's log somebody stands: everything up to `seq` is known, in the incarnation `epoch`. */
export interface Position {
  epoch: string;
  seq: number;
}

export interface Person {
  userId: string;
  username: string;
}

/** How present a device is. */
export type PresenceStatus = "active" | "idle" | "away";

/** Somebody who is here. `status` is left out when active, `devices` when there is one. */
export interface PresentUser extends Person {
  meta?: unknown;
  status?: PresenceStatus;
  devices?: number;
}

export interface RoomLimits {
  frameBytes: number;
  historyPage: number;
  historyPageMax: number;
  typingMs: number;
}

export interface ReactionCount {
  emoji: string;
  count: number;
}

/** The first frame of a connection that was let in. */
export interface WelcomeFrame {
  type: "welcome";
  connectionId: string;
  userId: string;
  role: "guest" | "user" | "admin";
  epoch: string;
  /** The room's last seq, 0 before the first entry. */
  seq: number;
  /** Whether everything since the position that was asked for follows. */
  recovered: boolean;
  limits: RoomLimits;
  serverTime: number;
}

/** A message in its current form: live, resumed, or in a page. */
export interface MessageFrame extends Person {
  type: "new-message";
  messageId: string;
  message: string;
  timestamp: number;
  seq: number;
  replyTo?: string;
  meta?: unknown;
  editedAt?: number;
  deleted?: true;
  reactions?: ReactionCount[];
}

/** Something that happened to a message: an entry of its own in the log. */
interface AboutMessage {
  messageId: string;
  /** The seq of the message, while `seq` is that of this entry. */
  messageSeq: number;
  userId: string;
  timestamp: number;
  seq: number;
}

/** `message` and `meta` are what the message holds from now on; `userId` is who edited. */
export interface EditedFrame extends AboutMessage {
  type: "message-edited";
  message: string;
  meta?: unknown;
}

export interface DeletedFrame extends AboutMessage {
  type: "message-deleted";
}

/** `reactions` is the message's whole summary afterwards. */
export interface ReactionFrame extends AboutMessage {
  type: "reaction";
  username: string;
  emoji: string;
  removed?: true;
  replaced?: string;
  reactions: ReactionCount[];
}

export interface PinnedFrame extends AboutMessage {
  type: "message-pinned" | "message-unpinned";
}

/** Everything this user has written is gone. */
export interface ErasedFrame {
  type: "user-erased";
  userId: string;
  timestamp: number;
  seq: number;
}

/** What the backend published. `id` and `seq` are there if it is kept. */
export interface PublishedEvent {
  type: string;
  payload: unknown;
  timestamp: number;
  id?: string;
  seq?: number;
}

/** The entries of the log that concern messages. */
export type MessageEntry =
  | MessageFrame
  | EditedFrame
  | DeletedFrame
  | ReactionFrame
  | PinnedFrame
  | ErasedFrame;

/** The room has what was sent, on disk. */
export interface AckFrame {
  type: "ack";
  messageId: string;
  seq: number;
  timestamp: number;
  /** It had it before. */
  duplicate?: true;
  ref?: string;
}

export interface ErrorFrame {
  type: "error";
  code: string;
  message: string;
  retryable: boolean;
  retryAfterMs?: number;
  ref?: string;
}

export type ReceiptStatus = "delivered" | "read";

export interface StatusUpdateFrame {
  type: "message-status-update";
  userId: string;
  messageId?: string;
  upTo: number;
  status: ReceiptStatus;
}

export interface StatusUpdatesFrame {
  type: "message-status-updates";
  updates: { userId: string; upTo: number; status: ReceiptStatus }[];
}

export interface OnlineUsersFrame {
  type: "online-users";
  users: PresentUser[];
}

export interface UserJoinedFrame extends Person {
  type: "user-joined";
  meta?: unknown;
  totalUsers: number;
  timestamp: number;
}

export interface UserLeftFrame extends Person {
  type: "user-left";
  totalUsers: number;
  timestamp: number;
}

export interface UserUpdatedFrame extends PresentUser {
  type: "user-updated";
  timestamp: number;
}

export interface PresenceDiffFrame {
  type: "presence-diff";
  joined: PresentUser[];
  left: Person[];
  updated: PresentUser[];
  totalUsers: number;
  timestamp: number;
}

export interface UserTypingFrame extends Person {
  type: "user-typing";
}

export interface UserStopTypingFrame {
  type: "user-stop-typing";
  userId: string;
}

/** What a client said to all who are here; never kept. */
export interface EphemeralFrame extends Person {
  type: "event";
  name: string;
  payload: unknown;
  timestamp: number;
}

/** A page of messages and kept events by ascending seq; `reacted` are one's own reactions to them. */
export interface HistoryFrame {
  type: "history";
  messages: (MessageFrame | PublishedEvent)[];
  hasMore: boolean;
  reacted?: { seq: number; emoji: string }[];
  ref?: string;
}

export interface ThreadFrame {
  type: "thread";
  messageId: string;
  messageSeq: number;
  messages: MessageFrame[];
  hasMore: boolean;
  reacted?: { seq: number; emoji: string }[];
  ref?: string;
}

export interface SearchFrame {
  type: "search";
  query: string;
  messages: MessageFrame[];
  hasMore: boolean;
  ref?: string;
}

export interface PinsFrame {
  type: "pins";
  messages: MessageFrame[];
  ref?: string;
}

export interface ReactionsFrame {
  type: "reactions";
  messageId: string;
  messageSeq: number;
  users: { emoji: string; userId: string; username: string }[];
  ref?: string;
}

/** How far somebody is. `lastSeen` only for those who are not here. */
export interface ReceiptUser extends Person {
  delivered: number;
  read: number;
  lastSeen?: number;
}

export interface ReceiptsFrame {
  type: "receipts";
  read: number;
  delivered: number;
  /** Messages of others after the own read pointer, 1000 at most. */
  unread: number;
  mentions: number;
  users: ReceiptUser[];
  hasMore: boolean;
  ref?: string;
}

export interface TokenExpiringFrame {
  type: "token-expiring";
  expiresAt: number;
}

export interface AuthenticatedFrame {
  type: "authenticated";
  expiresAt?: number;
}

/** To whoever moderated (`moderated`) and to those whom it concerns (`moderation`). */
export interface ModerationFrame {
  type: "moderated" | "moderation";
  action: string;
  userId?: string;
  reason?: string;
  until?: number;
  seconds?: number;
  closed: number;
}

export interface PongFrame {
  type: "pong";
  timestamp?: number;
}

/** Everything a room may say. */
export type ServerFrame =
  | WelcomeFrame
  | MessageEntry
  | AckFrame
  | ErrorFrame
  | StatusUpdateFrame
  | StatusUpdatesFrame
  | OnlineUsersFrame
  | UserJoinedFrame
  | UserLeftFrame
  | UserUpdatedFrame
  | PresenceDiffFrame
  | UserTypingFrame
  | UserStopTypingFrame
  | EphemeralFrame
  | Answer
  | TokenExpiringFrame
  | AuthenticatedFrame
  | ModerationFrame
  | PongFrame;

/** The answers to requests, which carry the request's `ref`. */
export type Answer =
  | HistoryFrame
  | ThreadFrame
  | SearchFrame
  | PinsFrame
  | ReactionsFrame
  | ReceiptsFrame;

/** A frame of a type that this version does not know, or an event of the backend. */
export interface OtherFrame {
  type: string;
  [field: string]: unknown;
}
