import type { ClientFrame } from "./client-frames.ts";
import type { ReceiptStatus } from "./protocol.ts";
import type { World } from "./world.ts";

/** At most one receipt in this time: what is said later covers what would have been said before. */
const PAUSE_MS = 500;

export interface ReceiptSenderOptions {
  world: World;
  /** Whether reads are told to the user's own other devices alone. */
  isPrivate: boolean;
  send(frame: ClientFrame): boolean;
}

/**
 * Tells the room how far we have got. Two pointers that only move forward, so only the newest matters, and it is
 * said again after each reconnect because the last one may have been lost with the line.
 */
export class ReceiptSender {
  readonly #options: ReceiptSenderOptions;
  #reached = { delivered: 0, read: 0 };
  #told = { delivered: 0, read: 0 };
  #timer: unknown;
  #isOff = false;

  constructor(options: ReceiptSenderOptions) {
    this.#options = options;
  }

  /** Says whether this is further than before. */
  mark(status: ReceiptStatus, seq: number): boolean {
    if (seq <= this.#reached[status]) return false;
    this.#reached[status] = seq;
    this.#flush();
    return true;
  }

  /** The room knows this already, from an earlier visit or from another device. */
  known(status: ReceiptStatus, seq: number): void {
    this.#reached[status] = Math.max(this.#reached[status], seq);
    this.#told[status] = Math.max(this.#told[status], seq);
  }

  opened(): void {
    this.#told = { delivered: 0, read: 0 };
    this.#flush();
  }

  disconnected(): void {
    this.#options.world.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  /** Another log: its seqs begin anew. */
  reset(): void {
    this.#reached = { delivered: 0, read: 0 };
    this.#told = { delivered: 0, read: 0 };
  }

  /** The room has no receipts. */
  turnOff(): void {
    this.#isOff = true;
  }

  #flush(): void {
    if (this.#timer !== undefined || this.#isOff || !this.#tell()) return;
    this.#timer = this.#options.world.setTimer(() => {
      this.#timer = undefined;
      this.#flush();
    }, PAUSE_MS);
  }

  #tell(): boolean {
    const { delivered, read } = this.#reached;
    const { send, isPrivate } = this.#options;
    if (read > this.#told.read) {
      const mark = isPrivate ? ({ private: true } as const) : {};
      if (!send({ type: "read-receipt", seq: read, ...mark })) return false;
      // Who has read it has got it.
      this.#told = { read, delivered: Math.max(read, this.#told.delivered) };
      return true;
    }
    if (delivered <= this.#told.delivered) return false;
    if (!send({ type: "delivered", seq: delivered })) return false;
    this.#told.delivered = delivered;
    return true;
  }
}
