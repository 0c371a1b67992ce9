/** The client of durable-rooms. `Room` is where to begin. */

export type { RoomAddress } from "./address.ts";
export {
  type ChatCallbacks,
  createChatSocket,
  sendMessage,
  sendReadReceipt,
  sendStopTyping,
  sendTyping,
} from "./chat-socket.ts";
export type * from "./client-frames.ts";
export { CLOSE_CODES, type ErrorCode, type Retry, retryAfterClose } from "./codes.ts";
export type { ConnectionState } from "./connection.ts";
export { type LocalErrorCode, RoomError } from "./error.ts";
export type { MessagesView } from "./messages.ts";
export type { Ack, OutboxStorage } from "./outbox.ts";
export type { People } from "./presence.ts";
export type * from "./protocol.ts";
export type { Reader, Readers } from "./readers.ts";
export {
  type MessageRef,
  Room,
  type SearchOptions,
  type SendOptions,
  type ThreadOptions,
} from "./room.ts";
export type { RoomEvents } from "./room-events.ts";
export type { RoomOptions, Token } from "./room-options.ts";
export { type KeyValueStorage, keepOutboxIn } from "./storage.ts";
export type { ReadableStore } from "./store.ts";
export type { MessageStatus, TimelineMessage } from "./timeline-model.ts";
export type { SocketLike, World } from "./world.ts";
