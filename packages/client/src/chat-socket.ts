/** The short way into a chat room: a socket and callbacks, for pages that keep their messages themselves. */

import { RoomError } from "./error.ts";
import type {
  MessageFrame,
  PresentUser,
  UserJoinedFrame,
  UserLeftFrame,
  UserStopTypingFrame,
  UserTypingFrame,
} from "./protocol.ts";
import { Room } from "./room.ts";
import type { RoomOptions } from "./room-options.ts";

export interface ChatCallbacks {
  /** Also for what was missed while the line was broken; each message once. */
  onMessage?(message: MessageFrame): void;
  onUserJoined?(user: UserJoinedFrame): void;
  onUserLeft?(user: UserLeftFrame): void;
  onTyping?(user: UserTypingFrame): void;
  onStopTyping?(user: UserStopTypingFrame): void;
  /** All who are here, in the place of the list before. */
  onOnlineUsers?(users: PresentUser[]): void;
  /** At each connection. */
  onConnect?(): void;
  /** It comes back by itself, unless `socket.state` is `closed`. */
  onDisconnect?(): void;
  onError?(error: RoomError): void;
}

/** Pages of this kind look at no promise: what becomes of their messages is told to their callbacks. */
const listeners = new WeakMap<Room, ChatCallbacks>();

/**
 * Enters a room. `options` say where it is if not on this page's host in the party `chatroom`, and may give a token.
 * What it gives is the room itself; `leave()` ends it.
 */
export function createChatSocket(
  roomId: string,
  user: { id: string; username: string },
  callbacks: ChatCallbacks = {},
  options: Partial<RoomOptions> = {},
): Room {
  const room = new Room({
    host: options.host ?? pageHost(),
    userId: user.id,
    username: user.username,
    // Whoever keeps the list of messages asks for what it needs. And presence in single frames is what callbacks take.
    historyPage: 0,
    receipts: false,
    autoDelivered: false,
    batch: false,
    ...options,
    room: roomId,
  });
  listeners.set(room, callbacks);
  room.on("new-message", (frame) => callbacks.onMessage?.(frame));
  room.on("user-joined", (frame) => callbacks.onUserJoined?.(frame));
  room.on("user-left", (frame) => callbacks.onUserLeft?.(frame));
  room.on("user-typing", (frame) => callbacks.onTyping?.(frame));
  room.on("user-stop-typing", (frame) => callbacks.onStopTyping?.(frame));
  room.on("online-users", ({ users }) => callbacks.onOnlineUsers?.(users));
  room.on("error", (error) => callbacks.onError?.(error));
  let isConnected = false;
  room.on("state", ({ status }) => {
    if (status === "open") callbacks.onConnect?.();
    else if (isConnected) callbacks.onDisconnect?.();
    isConnected = status === "open";
  });
  return room.join();
}

/** Sends a message; resolves when the room has it, rejects if the room refuses it. `onError` hears of that as well. */
export function sendMessage(room: Room, { id, text }: { id: string; text: string }) {
  const acked = room.send(text, { messageId: id });
  acked.catch((error: RoomError) => listeners.get(room)?.onError?.(error));
  return acked;
}

/** At every keystroke, if you like. */
export function sendTyping(room: Room): void {
  room.typing();
}

export function sendStopTyping(room: Room): void {
  room.stopTyping();
}

/** Everything up to this message has been read. */
export function sendReadReceipt(room: Room, messageId: string): void {
  const seq = room.seqOf(messageId);
  if (seq !== undefined) room.markRead(seq);
  else room.sendFrame({ type: "read-receipt", messageId });
}

function pageHost(): string {
  const { location } = globalThis as { location?: { host?: string } };
  if (location?.host) return location.host;
  throw new RoomError("invalid-room", "Which host? There is no page here to take it from.");
}
