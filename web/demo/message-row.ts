import { make } from "./dom.ts";
import type { NewMessageFrame } from "./frames.ts";
import { LogRow } from "./log-row.ts";
import { hueOf, initials, listed } from "./names.ts";

/** `failed` is what the room has refused; it waits for a decision of its author. */
export type MessageState = "pending" | "sent" | "read" | "failed";

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

/** Messages of one person that follow each other this closely share one name and one avatar. */
const SAME_BREATH_MS = 5 * 60_000;

type Content = Pick<NewMessageFrame, "messageId" | "message" | "userId" | "username" | "timestamp">;

export class MessageRow extends LogRow {
  readonly messageId: string;
  readonly userId: string;
  readonly isMine: boolean;
  readonly #article = make("article", "message");
  readonly #clock = make("time", "clock");
  readonly #note = make("p", "note");
  #state: MessageState = "pending";
  #seq: number | undefined;
  #readers: readonly string[] = [];

  constructor(content: Content, isMine: boolean) {
    super(content.timestamp);
    this.messageId = content.messageId;
    this.userId = content.userId;
    this.isMine = isMine;

    const avatar = make("span", "avatar", initials(content.username));
    avatar.ariaHidden = "true";
    const author = make("p", "author", isMine ? "You" : content.username);
    const text = make("p", "text", content.message);
    text.dir = "auto";
    const bubble = make("div", "bubble");
    bubble.append(text, this.#clock);
    const body = make("div", "body");
    body.append(author, bubble, this.#note);

    this.#article.dataset.testid = "message";
    this.#article.classList.toggle("mine", isMine);
    this.#article.style.setProperty("--hue", String(hueOf(content.userId)));
    this.#article.append(avatar, body);
    this.element.append(this.#article);
    this.#showTime();
    this.#become("pending");
  }

  get seq(): number | undefined {
    return this.#seq;
  }

  get isPending(): boolean {
    return this.#seq === undefined;
  }

  confirm(seq: number, timestamp: number): void {
    this.#seq = seq;
    this.#article.dataset.seq = String(seq);
    this.timestamp = timestamp;
    this.#showTime();
    this.#become("sent");
  }

  /** Own messages only: who has read this one, by name. */
  set readers(names: readonly string[]) {
    if (this.#seq === undefined) return;
    this.#readers = names;
    this.#become(names.length > 0 ? "read" : "sent");
  }

  /** Refused by the room. The button's label says what the author can do about it. */
  fail(action: string, act: () => void): void {
    this.#become("failed");
    const button = make("button", "link", action);
    button.type = "button";
    button.addEventListener("click", act);
    this.#note.replaceChildren("Not sent. ", button);
    this.#note.hidden = false;
  }

  sendAgain(): void {
    this.#become("pending");
  }

  override follow(previous: LogRow | undefined): void {
    super.follow(previous);
    const isContinuation =
      previous instanceof MessageRow &&
      previous.isMine === this.isMine &&
      (this.isMine || previous.userId === this.userId) &&
      this.timestamp - previous.timestamp < SAME_BREATH_MS &&
      new Date(this.timestamp).getDate() === new Date(previous.timestamp).getDate();
    this.#article.classList.toggle("continuation", isContinuation);
  }

  /** Below a run of own messages in the same state, one note for all of them is enough. */
  noteUnlessSaidBelow(next: MessageRow | undefined): void {
    if (!this.isMine || this.#state === "failed") return;
    const isSaidBelow =
      next !== undefined && next.#state !== "failed" && next.#words() === this.#words();
    const words = isSaidBelow ? "" : this.#words();
    if (this.#note.textContent !== words) this.#note.textContent = words;
    this.#note.hidden = isSaidBelow;
  }

  #words(): string {
    if (this.#state === "pending") return "Sending…";
    return this.#readers.length > 0 ? `Read by ${listed(this.#readers)}` : "Sent";
  }

  #become(state: MessageState): void {
    this.#state = state;
    this.#article.dataset.state = state;
    this.#note.hidden = !this.isMine;
  }

  #showTime(): void {
    this.#clock.dateTime = new Date(this.timestamp).toISOString();
    this.#clock.textContent = CLOCK.format(this.timestamp);
    this.#clock.title = FULL.format(this.timestamp);
  }
}
