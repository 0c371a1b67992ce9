import { make } from "./dom.ts";

const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

/** One row of the log: a message or a quiet line, below a heading where a new day begins. */
export abstract class LogRow {
  readonly element = make("div", "row");
  readonly #day = make("p", "day");
  #timestamp: number;

  constructor(timestamp: number) {
    this.#timestamp = timestamp;
    this.element.append(this.#day);
  }

  get timestamp(): number {
    return this.#timestamp;
  }

  protected set timestamp(timestamp: number) {
    this.#timestamp = timestamp;
  }

  /** The place among the messages; nothing for quiet lines and for messages without an ack. */
  abstract get seq(): number | undefined;

  /** Rows that are not in the room yet stand below all others. */
  abstract get isPending(): boolean;

  /** To be called with the row above whenever that may have changed. */
  follow(previous: LogRow | undefined): void {
    const isNewDay = previous === undefined || !isSameDay(previous.timestamp, this.timestamp);
    this.#day.textContent = isNewDay ? DAY.format(this.timestamp) : "";
    this.#day.hidden = !isNewDay;
  }

  /** `seq` where both have one, the room's clock otherwise. */
  comesAfter(other: LogRow): boolean {
    if (this.isPending !== other.isPending) return this.isPending;
    if (this.seq !== undefined && other.seq !== undefined) return this.seq > other.seq;
    return this.timestamp >= other.timestamp;
  }
}

/** "Bob joined", between the messages. */
export class NoticeRow extends LogRow {
  readonly seq = undefined;
  readonly isPending = false;

  constructor(text: string, timestamp: number) {
    super(timestamp);
    const notice = make("p", "notice", text);
    notice.dataset.testid = "notice";
    this.element.append(notice);
  }
}

function isSameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}
