/** The room passes renewals on at most once a second; more of them would be traffic for nothing. */
const RENEW_MS = 1000;

/** Tells the room that we type. The room ends it by itself 3 s after the last renewal. */
export class TypingSignal {
  readonly #send: (type: "typing" | "stop-typing") => void;
  #isTyping = false;
  #lastSent = Number.NEGATIVE_INFINITY;

  constructor(send: (type: "typing" | "stop-typing") => void) {
    this.#send = send;
  }

  changed(text: string): void {
    if (text === "") {
      if (this.#isTyping) this.#send("stop-typing");
      this.sent();
      return;
    }
    const now = performance.now();
    if (now - this.#lastSent < RENEW_MS) return;
    this.#lastSent = now;
    this.#isTyping = true;
    this.#send("typing");
  }

  /** With the message the room ends the typing on its own. */
  sent(): void {
    this.#isTyping = false;
    this.#lastSent = Number.NEGATIVE_INFINITY;
  }
}
