import type { HistoryFrame, HistoryRequestFrame, WelcomeFrame } from "./frames.ts";

type Asked = "latest" | "earlier" | "missed";

/**
 * Decides which page of the history to ask for. Holds numbers only, neither messages nor sockets.
 *
 * `seq` has no gaps, so one number says what is known: everything from `#oldest` to `#filledTo`.
 * Messages that arrive beyond it (live ones during a catch-up) wait in `#ahead` until the pages
 * between have come; so a second disconnect in the middle of a catch-up loses nothing.
 */
export class HistorySync {
  readonly #send: (frame: HistoryRequestFrame) => void;
  /** Answers carry no id, but come in the order of the questions of one connection. */
  #asked: Asked[] = [];
  #epoch: string | undefined;
  #pageMax = 300;
  #oldest = 0;
  #filledTo: number | undefined;
  #ahead = new Set<number>();
  #hasEarlier = false;

  constructor(send: (frame: HistoryRequestFrame) => void) {
    this.#send = send;
  }

  get earlier(): "none" | "available" | "loading" {
    if (this.#asked.includes("earlier")) return "loading";
    return this.#hasEarlier ? "available" : "none";
  }

  /** Says whether the room's history is another one than before, and what is shown must go. */
  welcome(frame: WelcomeFrame): boolean {
    const isAnotherHistory = this.#epoch !== undefined && this.#epoch !== frame.epoch;
    if (isAnotherHistory) {
      this.#filledTo = undefined;
      this.#ahead.clear();
      this.#hasEarlier = false;
    }
    this.#epoch = frame.epoch;
    this.#pageMax = frame.limits.historyPageMax;
    this.#asked = [];
    if (this.#filledTo === undefined) this.#ask("latest");
    else if (frame.seq > this.#filledTo) this.#ask("missed");
    return isAnotherHistory;
  }

  /** A message delivered live. */
  delivered(seq: number): void {
    this.#know(seq);
    const isMissingSome = this.#filledTo !== undefined && this.#ahead.size > 0;
    if (isMissingSome && !this.#asked.includes("missed")) this.#ask("missed");
  }

  /** An own message that was acked. Its ack may overtake what was sent before it: no gap in that. */
  acked(seq: number): void {
    this.#know(seq);
  }

  /** Says which question this answers; nothing if the answer was given up already. */
  answered(frame: HistoryFrame): Asked | undefined {
    const asked = this.#asked.shift();
    const first = frame.messages[0]?.seq;
    if (asked === "latest") {
      this.#filledTo = frame.messages[frame.messages.length - 1]?.seq ?? 0;
      this.#oldest = first ?? 1;
      this.#hasEarlier = frame.hasMore;
      this.#advance();
    } else if (asked === "earlier") {
      this.#oldest = first ?? this.#oldest;
      this.#hasEarlier = frame.hasMore;
    } else {
      for (const message of frame.messages) this.#know(message.seq);
      if (asked === "missed" && frame.hasMore && frame.messages.length > 0) this.#ask("missed");
    }
    return asked;
  }

  /** The room refused a frame without saying which: it may have been a question. */
  gaveUp(): void {
    this.#asked.shift();
  }

  askEarlier(): void {
    if (this.earlier === "available") this.#ask("earlier");
  }

  #ask(what: Asked): void {
    this.#asked.push(what);
    if (what === "latest") this.#send({ type: "history" });
    else if (what === "earlier") this.#send({ type: "history", before: this.#oldest });
    else this.#send({ type: "history", after: this.#filledTo ?? 0, limit: this.#pageMax });
  }

  #know(seq: number): void {
    if (this.#filledTo !== undefined && seq <= this.#filledTo) return;
    this.#ahead.add(seq);
    this.#advance();
  }

  #advance(): void {
    if (this.#filledTo === undefined) return;
    while (this.#ahead.delete(this.#filledTo + 1)) this.#filledTo += 1;
    for (const seq of this.#ahead) if (seq <= this.#filledTo) this.#ahead.delete(seq);
  }
}
