/**
 * Messages that the room has not acked. They go out in their order, a few at a time, and again after each reconnect
 * under their ids: the room recognises what it has already and only acks it once more.
 *
 * The order is the room's order, with one exception that no client can rule out: if the room refuses a message for
 * its rate and lets one through that was on its way already, that one is first. After a refusal they go one by one.
 */

import type { ClientFrame, OutgoingMessage } from "./client-frames.ts";
import { encode } from "./codec.ts";
import { RoomError } from "./error.ts";
import type { World } from "./world.ts";

/** What the room gave the message. */
export interface Ack {
  messageId: string;
  seq: number;
  timestamp: number;
}

/** Keeps unsent messages beyond the life of the page. */
export interface OutboxStorage {
  load(): readonly OutgoingMessage[] | Promise<readonly OutgoingMessage[]>;
  /** Called with all that is waiting, each time that it changes. */
  save(messages: readonly OutgoingMessage[]): void | Promise<void>;
}

export interface OutboxOptions {
  world: World;
  /** The most messages that wait. */
  limit: number;
  /** The most messages that are on their way at once. */
  window: number;
  storage: OutboxStorage | undefined;
  /** Bytes that the room reads of a frame. */
  frameBytes(): number;
  send(frame: ClientFrame): boolean;
  /** A message has been refused for good; its promise rejects too. */
  onRefused(messageId: string, error: RoomError): void;
  onError(error: RoomError): void;
}

interface Waiting {
  message: OutgoingMessage;
  isOnItsWay: boolean;
  acked: Promise<Ack>;
  resolve(ack: Ack): void;
  reject(error: RoomError): void;
}

/** No ack for this long on a living line: the frame was lost inside the room. Sending again does no harm. */
const ACK_MS = 30_000;

/** If the room says "wait" but not how long. */
const WAIT_MS = 1_000;

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #waiting = new Map<string, Waiting>();
  #isOpen = false;
  #goesOneByOne = false;
  #pausedUntil = 0;
  #timer: unknown;
  #isUnsaved = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** What has an id that is waiting already is taken for the same. Rejects with `outbox-full`, `message-too-large`, what the room refuses, or `closed`. */
  add(message: OutgoingMessage): Promise<Ack> {
    const same = this.#waiting.get(message.messageId);
    if (same !== undefined) return same.acked;
    const { limit, frameBytes } = this.#options;
    if (this.#waiting.size >= limit) {
      const text = `${limit} messages are waiting already.`;
      return Promise.reject(new RoomError("outbox-full", text, { retryable: true }));
    }
    // The room would not read so long a frame, so it could not say which it was.
    if (byteLength(encode({ type: "message", ...message })) > frameBytes()) {
      const text = `A message may have ${frameBytes()} bytes, all told.`;
      return Promise.reject(new RoomError("message-too-large", text));
    }
    const entry = waiting(message);
    this.#waiting.set(message.messageId, entry);
    this.#changed();
    this.#flush();
    return entry.acked;
  }

  /** What an earlier life of the page has left; gives what was not waiting already. */
  async restore(): Promise<OutgoingMessage[]> {
    const { storage, onError, limit } = this.#options;
    try {
      const kept = (await storage?.load()) ?? [];
      const fresh = kept.filter(({ messageId }) => !this.#waiting.has(messageId)).slice(0, limit);
      const newer = [...this.#waiting.values()];
      this.#waiting.clear();
      for (const entry of [...fresh.map(waiting), ...newer]) {
        this.#waiting.set(entry.message.messageId, entry);
      }
      this.#flush();
      return fresh;
    } catch (cause) {
      onError(new RoomError("outbox-storage", String(cause), { cause }));
      return [];
    }
  }

  /** Acked or echoed: in any case not to be sent again. Says whether it was waiting. */
  settle(ack: Ack): boolean {
    const entry = this.#take(ack.messageId);
    entry?.resolve(ack);
    this.#flush();
    return entry !== undefined;
  }

  /** Says whether the refusal was about a message of ours. */
  refuse(error: RoomError): boolean {
    const id = error.ref ?? "";
    const entry = this.#waiting.get(id);
    if (entry === undefined) return false;
    if (error.code === "rate-limited" || error.retryAfterMs !== undefined) {
      entry.isOnItsWay = false;
      this.#pause(error.retryAfterMs ?? WAIT_MS);
    } else {
      this.#take(id);
      this.#options.onRefused(id, error);
      entry.reject(error);
      this.#flush();
    }
    return true;
  }

  /** The room has not read a frame, and cannot say which. */
  slowDown(error: RoomError): void {
    for (const entry of this.#waiting.values()) entry.isOnItsWay = false;
    this.#pause(error.retryAfterMs ?? WAIT_MS);
  }

  opened(): void {
    this.#isOpen = true;
    for (const entry of this.#waiting.values()) entry.isOnItsWay = false;
    this.#flush();
  }

  disconnected(): void {
    this.#isOpen = false;
    this.#options.world.clearTimer(this.#timer);
  }

  /** Gives everything up; `keeps` leaves it in the storage for the next time. */
  close(error: RoomError, keeps: boolean): void {
    this.disconnected();
    if (keeps) void this.#save();
    const given = [...this.#waiting];
    this.#waiting.clear();
    for (const [id, entry] of given) {
      this.#options.onRefused(id, error);
      entry.reject(error);
    }
    if (!keeps) this.#changed();
  }

  #take(messageId: string): Waiting | undefined {
    const entry = this.#waiting.get(messageId);
    if (this.#waiting.delete(messageId)) this.#changed();
    if (this.#waiting.size === 0) this.#goesOneByOne = false;
    return entry;
  }

  #pause(ms: number): void {
    this.#goesOneByOne = true;
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#options.world.now() + ms);
    this.#flush();
  }

  #flush(): void {
    const { world, window, send } = this.#options;
    world.clearTimer(this.#timer);
    if (!this.#isOpen || this.#waiting.size === 0) return;
    const pause = this.#pausedUntil - world.now();
    if (pause > 0) {
      this.#timer = world.setTimer(() => this.#flush(), pause);
      return;
    }
    let room = this.#goesOneByOne ? 1 : window;
    for (const entry of this.#waiting.values()) {
      if (room <= 0) break;
      room -= 1;
      if (!entry.isOnItsWay) entry.isOnItsWay = send({ type: "message", ...entry.message });
    }
    this.#timer = world.setTimer(() => this.opened(), ACK_MS);
  }

  #changed(): void {
    if (this.#options.storage === undefined || this.#isUnsaved) return;
    // Once for all changes of this turn.
    this.#isUnsaved = true;
    void Promise.resolve().then(() => this.#save());
  }

  async #save(): Promise<void> {
    const { storage, onError } = this.#options;
    if (!this.#isUnsaved) return;
    this.#isUnsaved = false;
    try {
      await storage?.save([...this.#waiting.values()].map(({ message }) => message));
    } catch (cause) {
      onError(new RoomError("outbox-storage", String(cause), { cause }));
    }
  }
}

function waiting(message: OutgoingMessage): Waiting {
  const entry = { message, isOnItsWay: false } as Waiting;
  entry.acked = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
  // Who does not look at it is told by the list of messages.
  entry.acked.catch(() => {});
  return entry;
}

/** Bytes in UTF-8 of JSON, which has no lone surrogates. */
function byteLength(json: string): number {
  return encodeURIComponent(json).replace(/%../g, "-").length;
}
