import type { MessageFrame, ReceiptStatus, ReceiptsFrame } from "./protocol.ts";
import {
  furthest,
  NOBODY_YET,
  type Readers,
  withOwnRead,
  withProgress,
  withReceipts,
  withUnread,
} from "./readers.ts";
import { ReceiptSender, type ReceiptSenderOptions } from "./receipts.ts";
import { Store } from "./store.ts";
import type { TimelineMessage } from "./timeline-model.ts";

export interface ReadingOptions extends ReceiptSenderOptions {
  /** Whether to say that messages have arrived. */
  autoDelivered: boolean;
  /** One's own user id. */
  me(): string;
  /** Messages of others after a seq. */
  othersAfter(seq: number): TimelineMessage[];
  /** The furthest of the others has moved. */
  onProgress(pointers: { delivered: number; read: number }): void;
}

/** How far everybody has got: what others tell, and what we tell them. */
export class Reading {
  readonly store = new Store<Readers>(NOBODY_YET);
  readonly #options: ReadingOptions;
  readonly #sender: ReceiptSender;

  constructor(options: ReadingOptions) {
    this.#options = options;
    this.#sender = new ReceiptSender(options);
  }

  opened(): void {
    this.#sender.opened();
  }

  disconnected(): void {
    this.#sender.disconnected();
  }

  /** The room has no receipts. */
  turnOff(): void {
    this.#sender.turnOff();
  }

  /** Another log: its seqs begin anew. */
  reset(): void {
    this.#sender.reset();
    this.store.set(NOBODY_YET);
  }

  /** By the hand of this user, on this device. */
  mark(status: ReceiptStatus, seq: number): void {
    this.#sender.mark(status, seq);
    if (status === "read") this.#ownRead(seq);
  }

  /** A message of somebody else has come. */
  message(frame: MessageFrame): void {
    this.store.set(withUnread(this.store.getSnapshot(), frame, this.#options.me()));
    if (this.#options.autoDelivered) this.#sender.mark("delivered", frame.seq);
  }

  /** A page of messages has come. */
  page(): void {
    const newest = this.#options.othersAfter(0).at(-1)?.seq;
    if (this.#options.autoDelivered && newest !== undefined) this.#sender.mark("delivered", newest);
  }

  /** Somebody has got further, perhaps another device of ours. */
  progress(updates: readonly { userId: string; upTo: number; status: ReceiptStatus }[]): void {
    for (const update of updates) {
      if (update.userId !== this.#options.me()) {
        this.store.set(withProgress(this.store.getSnapshot(), update));
      } else {
        this.#sender.known(update.status, update.upTo);
        if (update.status === "read") this.#ownRead(update.upTo);
      }
    }
    this.tell();
  }

  /** The room's answer to `receipts`. */
  receipts(frame: ReceiptsFrame): void {
    this.#sender.known("read", frame.read);
    this.#sender.known("delivered", frame.delivered);
    this.store.set(withReceipts(this.store.getSnapshot(), frame, this.#options.me()));
    this.tell();
  }

  /** Says again how far the others are. */
  tell(): void {
    this.#options.onProgress(furthest(this.store.getSnapshot()));
  }

  #ownRead(seq: number): void {
    const { me, othersAfter } = this.#options;
    this.store.set(withOwnRead(this.store.getSnapshot(), seq, othersAfter(seq), me()));
  }
}
