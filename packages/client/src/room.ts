import type {
  ClientFrame,
  HistoryCursor,
  MessageName,
  OutgoingMessage,
  RequestFrame,
} from "./client-frames.ts";
import type { ConnectionState } from "./connection.ts";
import { RoomError } from "./error.ts";
import type { MessagesView } from "./messages.ts";
import type { Ack } from "./outbox.ts";
import type { People } from "./presence.ts";
import type {
  AckFrame,
  HistoryFrame,
  MessageFrame,
  Person,
  PinsFrame,
  Position,
  PresenceStatus,
  ReactionsFrame,
  ReceiptsFrame,
  SearchFrame,
  ThreadFrame,
} from "./protocol.ts";
import type { Readers } from "./readers.ts";
import type { RoomEvents } from "./room-events.ts";
import type { RoomOptions } from "./room-options.ts";
import { Session } from "./session.ts";
import type { ReadableStore } from "./store.ts";
import { newId } from "./world.ts";

/** A message: its seq, the id that its author gave it, or anything that has one of them (seq first). */
export type MessageRef = number | string | { seq?: number; messageId: string };

export interface SendOptions {
  /** The id of the message that this one answers. */
  replyTo?: string;
  /** Any JSON, 1 KiB at most. `mentions: [userId, …]` counts as mentions. */
  meta?: unknown;
  /** Unique among one's own messages; chosen at random if left out. */
  messageId?: string;
}

export interface ThreadOptions {
  before?: number;
  after?: number;
  limit?: number;
}

export interface SearchOptions {
  before?: number;
  limit?: number;
}

/**
 * A room, as one of those in it sees it. It connects with `join()`, comes back by itself when the line breaks, asks
 * for what it has missed, and keeps what is sent meanwhile.
 *
 * The stores (`connection`, `messages`, `people`, `typists`, `readers`) hold what there is to show, as immutable
 * snapshots; `on` tells of single events. Promises reject with a `RoomError`: with what the room refuses, or with
 * `closed` when the connection is given up. Commands and questions may be made at any time: they wait for a
 * connection, and those that a broken line has left unanswered are asked again.
 */
export class Room {
  readonly #session: Session;

  /** Does not connect yet. */
  constructor(options: RoomOptions) {
    this.#session = new Session(options);
  }

  /** Whether it is connected, and if not, when it will try again or why it does not. */
  get connection(): ReadableStore<ConnectionState> {
    return this.#session.connection.store;
  }

  /** The messages, each once and in the room's order, own unsent ones at the end. */
  get messages(): ReadableStore<MessagesView> {
    return this.#session.messages.store;
  }

  /** Who is here. While the line is broken: who was. */
  get people(): ReadableStore<People> {
    return this.#session.people;
  }

  /** Who else types now. */
  get typists(): ReadableStore<readonly Person[]> {
    return this.#session.typists;
  }

  /** How far everybody has read, and what is unread here. */
  get readers(): ReadableStore<Readers> {
    return this.#session.reading.store;
  }

  get state(): ConnectionState {
    return this.#session.connection.state;
  }

  /** One's own user id; unknown before the first `welcome`. */
  get userId(): string | undefined {
    return this.#session.welcome?.userId;
  }

  /** What the token allows to be; unknown before the first `welcome`. */
  get role(): "guest" | "user" | "admin" | undefined {
    return this.#session.welcome?.role;
  }

  /** The last entry of the log that has been delivered here: what another room object may start from as `since`. */
  get position(): Position | undefined {
    return this.#session.resume.position;
  }

  /** Whether the latest connection went on where the one before had ended. */
  get recovered(): boolean {
    return this.#session.welcome?.recovered ?? false;
  }

  /** Connects, unless it does already. After `closed` it tries anew. */
  join(): this {
    this.#session.join();
    return this;
  }

  /** Disconnects for good. What is unsent rejects with `closed`, but stays in the `storage` for the next time. */
  leave(): void {
    this.#session.leave();
  }

  /** Tries again now, or asks whether the line still lives: for platforms that do not tell by themselves. */
  wake(): void {
    this.#session.connection.wake();
  }

  /** Gives how to stop listening. */
  on<Type extends keyof RoomEvents>(
    type: Type,
    listener: (event: RoomEvents[Type]) => void,
  ): () => void {
    return this.#session.events.on(type, listener);
  }

  /**
   * Sends a message, now or when there is a connection; it is in `messages` at once. Resolves when it is on the room's
   * disk. Rejects with what the room refuses, `message-too-large`, `outbox-full` or `closed`; then the message stays
   * in the list as failed, for `retry` or `discard`.
   */
  send(text: string, { messageId, replyTo, meta }: SendOptions = {}): Promise<Ack> {
    return this.#send({
      messageId: messageId ?? newId(this.#session.world.random),
      message: text,
      ...(replyTo !== undefined && { replyTo }),
      ...(meta !== undefined && { meta }),
    });
  }

  /** Sends a failed message again, under its id. Rejects as `send` does, and with `unknown-message`. */
  retry(messageId: string): Promise<Ack> {
    const message = this.#session.messages.failedMessage(messageId);
    if (message !== undefined) return this.#send(message);
    return Promise.reject(new RoomError("unknown-message", `"${messageId}" has not failed.`));
  }

  /** Takes a failed message out of the list. */
  discard(messageId: string): void {
    if (this.#session.messages.failedMessage(messageId) !== undefined) {
      this.#session.messages.discard(messageId);
    }
  }

  /** Puts the page before the first message into `messages`; nothing if there is none. `limit` messages at most. */
  loadEarlier(limit?: number): Promise<void> {
    return this.#session.messages.loadEarlier(limit);
  }

  /** Puts another text, and another or no `meta`, in the place of a message's. */
  edit(message: MessageRef, text: string, { meta }: { meta?: unknown } = {}): Promise<AckFrame> {
    const content = { message: text, ...(meta !== undefined && { meta }) };
    return this.#ask({ type: "edit", ...nameOf(message), ...content });
  }

  delete(message: MessageRef): Promise<AckFrame> {
    return this.#ask({ type: "delete", ...nameOf(message) });
  }

  react(message: MessageRef, emoji: string): Promise<AckFrame> {
    return this.#ask({ type: "react", ...nameOf(message), emoji });
  }

  unreact(message: MessageRef, emoji: string): Promise<AckFrame> {
    return this.#ask({ type: "react", ...nameOf(message), emoji, remove: true });
  }

  pin(message: MessageRef): Promise<AckFrame> {
    return this.#ask({ type: "pin", ...nameOf(message) });
  }

  unpin(message: MessageRef): Promise<AckFrame> {
    return this.#ask({ type: "unpin", ...nameOf(message) });
  }

  /** Who has reacted, and how. */
  async reactionsOf(message: MessageRef): Promise<ReactionsFrame["users"]> {
    return (await this.#ask<ReactionsFrame>({ type: "reactions", ...nameOf(message) })).users;
  }

  async pins(): Promise<MessageFrame[]> {
    return (await this.#ask<PinsFrame>({ type: "pins" })).messages;
  }

  /** A page of the log, by ascending seq; at most one cursor, the latest page without. `messages` is not changed. */
  history(cursor: HistoryCursor & { limit?: number } = {}): Promise<HistoryFrame> {
    return this.#ask({ type: "history", ...cursor });
  }

  /** The replies to a message, by ascending seq. */
  thread(message: MessageRef, options: ThreadOptions = {}): Promise<ThreadFrame> {
    return this.#ask({ type: "thread", ...nameOf(message), ...options });
  }

  /** The newest messages that match, by ascending seq. */
  search(query: string, options: SearchOptions = {}): Promise<SearchFrame> {
    return this.#ask({ type: "search", query, ...options });
  }

  /** How far everybody is, as the room has it now. `readers` has the same, and goes on with it. */
  receipts(): Promise<ReceiptsFrame> {
    return this.#ask({ type: "receipts" });
  }

  /** At every keystroke: told to the room at most once in 2 s, and only if it can be told now. */
  typing(): void {
    this.#session.typing.typing();
  }

  /** Not needed after sending. */
  stopTyping(): void {
    this.#session.typing.stopTyping();
  }

  /** Everything up to the message with this `seq` has been read. Told at most twice a second; never goes back. */
  markRead(seq: number): void {
    this.#session.reading.mark("read", seq);
  }

  /** The same for delivered; by itself unless `autoDelivered` is off. */
  markDelivered(seq: number): void {
    this.#session.reading.mark("delivered", seq);
  }

  /** What the others see of this user (`meta`, `null` removes it) and of this device. Said again after a reconnect. */
  setPresence(presence: { meta?: unknown; status?: PresenceStatus }): void {
    this.#session.setPresence(presence);
  }

  /** Says something to all who are here now; it is never kept. `false` if there is no connection. */
  event(name: string, payload: unknown): boolean {
    return this.#session.tell({ type: "event", name, payload });
  }

  /** Any frame, such as a moderator's, as it is. `false` if there is no connection. */
  sendFrame(frame: ClientFrame): boolean {
    return this.#session.tell(frame, frame.ref);
  }

  /** The seq of a message in `messages`. */
  seqOf(messageId: string): number | undefined {
    return this.#session.messages.seqOf(messageId);
  }

  #send(message: OutgoingMessage): Promise<Ack> {
    const { messages, typing } = this.#session;
    // With the message the room ends it on its own.
    typing.ended();
    if (this.state.status !== "closed") return messages.send(message);
    const refused = messages.refuse(message, closedAlready());
    // Who does not look at it is told by the list.
    refused.catch(() => {});
    return refused;
  }

  #ask<Answer>(frame: RequestFrame): Promise<Answer> {
    if (this.state.status === "closed") return Promise.reject(closedAlready());
    return this.#session.requests.ask(frame);
  }
}

function closedAlready(): RoomError {
  return new RoomError("closed", "The connection is closed.");
}

function nameOf(message: MessageRef): MessageName {
  if (typeof message === "number") return { seq: message };
  if (typeof message === "string") return { messageId: message };
  return message.seq === undefined ? { messageId: message.messageId } : { seq: message.seq };
}
