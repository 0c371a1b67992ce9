/** The frames of a chat room, one union per direction. docs/protocol.md section 3 is the authority. */

export interface Person {
  userId: string;
  username: string;
}

export interface Limits {
  frameBytes: number;
  historyPage: number;
  historyPageMax: number;
  typingMs: number;
}

export interface WelcomeFrame {
  type: "welcome";
  connectionId: string;
  userId: string;
  role: "guest" | "user" | "admin";
  epoch: string;
  seq: number;
  recovered: boolean;
  limits: Limits;
  serverTime: number;
}

export interface OnlineUsersFrame {
  type: "online-users";
  users: Person[];
}

export interface UserJoinedFrame extends Person {
  type: "user-joined";
  totalUsers: number;
  timestamp: number;
}

export interface UserLeftFrame extends Person {
  type: "user-left";
  totalUsers: number;
  timestamp: number;
}

export interface NewMessageFrame extends Person {
  type: "new-message";
  messageId: string;
  message: string;
  timestamp: number;
  seq: number;
  replyTo?: string;
  meta?: unknown;
}

export interface AckFrame {
  type: "ack";
  messageId: string;
  seq: number;
  timestamp: number;
  duplicate?: true;
}

export interface UserTypingFrame extends Person {
  type: "user-typing";
}

export interface UserStopTypingFrame {
  type: "user-stop-typing";
  userId: string;
}

export interface MessageStatusUpdateFrame {
  type: "message-status-update";
  userId: string;
  messageId: string;
  upTo: number;
  status: "read";
}

export interface HistoryFrame {
  type: "history";
  messages: NewMessageFrame[];
  hasMore: boolean;
}

export interface ErrorFrame {
  type: "error";
  code: string;
  message: string;
  retryable: boolean;
  ref?: string;
}

export type ServerFrame =
  | WelcomeFrame
  | OnlineUsersFrame
  | UserJoinedFrame
  | UserLeftFrame
  | NewMessageFrame
  | AckFrame
  | UserTypingFrame
  | UserStopTypingFrame
  | MessageStatusUpdateFrame
  | HistoryFrame
  | ErrorFrame;

export interface MessageFrame {
  type: "message";
  messageId: string;
  message: string;
}

export interface HistoryRequestFrame {
  type: "history";
  before?: number;
  after?: number;
  limit?: number;
}

export type ClientFrame =
  | MessageFrame
  | HistoryRequestFrame
  | { type: "typing" }
  | { type: "stop-typing" }
  | { type: "read-receipt"; messageId: string };

const SERVER_TYPES: ReadonlySet<string> = new Set<ServerFrame["type"]>([
  "welcome",
  "online-users",
  "user-joined",
  "user-left",
  "new-message",
  "ack",
  "user-typing",
  "user-stop-typing",
  "message-status-update",
  "history",
  "error",
]);

/**
 * Gives nothing for what is not JSON (the `pong` of the heartbeat) and for types that this page
 * does not know, so that an old page survives a new server. The fields are the server's word:
 * page and server are deployed together.
 */
export function parseServerFrame(data: unknown): ServerFrame | undefined {
  if (typeof data !== "string") return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(data);
  } catch {
    return undefined;
  }
  return isServerFrame(parsed) ? parsed : undefined;
}

function isServerFrame(value: unknown): value is ServerFrame {
  return (
    typeof value === "object" &&
    value !== null &&
    "type" in value &&
    typeof value.type === "string" &&
    SERVER_TYPES.has(value.type)
  );
}
