import type { MessageFrame } from "./frames.ts";

/**
 * Messages that the room has not acked. They are sent again after each reconnect, in their order
 * and under their ids: the room recognises what it has already and only acks it once more.
 */
export class Outbox {
  readonly #waiting = new Map<string, MessageFrame>();
  readonly #send: (frame: MessageFrame) => void;

  constructor(send: (frame: MessageFrame) => void) {
    this.#send = send;
  }

  add(frame: MessageFrame): void {
    this.#waiting.set(frame.messageId, frame);
    this.#send(frame);
  }

  /** Acked, echoed or refused: in any case not to be sent again. */
  settle(messageId: string): MessageFrame | undefined {
    const frame = this.#waiting.get(messageId);
    this.#waiting.delete(messageId);
    return frame;
  }

  resend(): void {
    for (const frame of this.#waiting.values()) this.#send(frame);
  }
}
