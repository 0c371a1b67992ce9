import type { MessageStatusUpdateFrame, NewMessageFrame } from "./frames.ts";

/** How far the others have read. A receipt covers what lies before it, so one number a person is all. */
export class Readers {
  readonly #upTo = new Map<string, number>();

  update(frame: MessageStatusUpdateFrame): void {
    const before = this.#upTo.get(frame.userId) ?? 0;
    this.#upTo.set(frame.userId, Math.max(before, frame.upTo));
  }

  of(seq: number): string[] {
    return [...this.#upTo].filter(([, upTo]) => upTo >= seq).map(([userId]) => userId);
  }

  clear(): void {
    this.#upTo.clear();
  }
}

/** Tells the room how far we have read, once for each newest message of somebody else. */
export class ReadReporter {
  readonly #send: (messageId: string) => void;
  #newest: { messageId: string; seq: number } | undefined;
  #reported = 0;

  constructor(send: (messageId: string) => void) {
    this.#send = send;
  }

  sawFromOther(message: NewMessageFrame): void {
    if (message.seq > (this.#newest?.seq ?? 0)) this.#newest = message;
  }

  /** To be called only while the newest message is really before somebody's eyes. */
  report(): void {
    if (this.#newest === undefined || this.#newest.seq <= this.#reported) return;
    this.#reported = this.#newest.seq;
    this.#send(this.#newest.messageId);
  }

  /** The last report may have been lost with the old connection; saying it twice does no harm. */
  reconnected(): void {
    this.#reported = 0;
  }

  clear(): void {
    this.#newest = undefined;
    this.#reported = 0;
  }
}
