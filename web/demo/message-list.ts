import { find } from "./dom.ts";
import type { AckFrame, NewMessageFrame } from "./frames.ts";
import { type LogRow, NoticeRow } from "./log-row.ts";
import { MessageRow } from "./message-row.ts";
import type { Names } from "./names.ts";
import type { Readers } from "./read-receipts.ts";

export interface MessageListEvents {
  onLoadEarlier(): void;
  /** The end of the conversation has come into view. */
  onReachEnd(): void;
}

/** This close to the end counts as being there, in CSS pixels: about one line. */
const NEAR_END_PX = 32;

/**
 * The log. Each message stands in it once, whether it came by echo, by ack or by history, and
 * in the room's order. Whoever reads at the end stays at the end; whoever reads further up is
 * left there and told that something came.
 */
export class MessageList {
  readonly #log = find("[data-testid=messages]", HTMLElement);
  readonly #rowsBox = find("#rows", HTMLElement);
  readonly #empty = find("#no-messages", HTMLElement);
  readonly #loadEarlier = find("[data-testid=load-earlier]", HTMLButtonElement);
  readonly #newMessages = find("#new-messages", HTMLButtonElement);
  readonly #names: Names;
  readonly #readers: Readers;
  readonly #bySeq = new Map<number, MessageRow>();
  readonly #unacked = new Map<string, MessageRow>();
  #rows: LogRow[] = [];
  #me = "";
  #unseen = 0;
  #followsEnd = true;
  #lastTop = 0;

  constructor(names: Names, readers: Readers, events: MessageListEvents) {
    this.#names = names;
    this.#readers = readers;
    // Not every browser lets the keyboard into a box that scrolls.
    this.#log.tabIndex = 0;
    this.#loadEarlier.addEventListener("click", () => {
      // The scroll event that says so may come after the answer.
      this.#followsEnd = this.#isNearEnd();
      events.onLoadEarlier();
    });
    this.#newMessages.addEventListener("click", () => {
      this.#scrollToEnd();
      this.#log.focus();
    });
    this.#log.addEventListener("scroll", () => {
      // The event comes a frame late, and the list may have grown by then: to be away from the end
      // means nothing, to have moved up does.
      const hasMovedUp = this.#log.scrollTop < this.#lastTop;
      this.#lastTop = this.#log.scrollTop;
      if (this.#isNearEnd()) this.#followsEnd = true;
      else if (hasMovedUp) this.#followsEnd = false;
      if (!this.#followsEnd) return;
      this.#countUnseen(0);
      events.onReachEnd();
    });
    // A message that comes, a keyboard that opens, a composer that grows: all of them are a change
    // of size, seen before it is painted, and the end stays in view.
    const observer = new ResizeObserver(() => {
      if (this.#followsEnd || this.#isNearEnd()) this.#scrollToEnd();
    });
    observer.observe(this.#log);
    observer.observe(this.#rowsBox);
  }

  set me(userId: string) {
    this.#me = userId;
  }

  /** Whether the newest message is in view, or will be with the next paint. */
  get followsEnd(): boolean {
    return this.#followsEnd;
  }

  addOwn(messageId: string, message: string): void {
    const content = { messageId, message, userId: this.#me, username: "", timestamp: Date.now() };
    const row = new MessageRow(content, true);
    this.#unacked.set(messageId, row);
    this.#insert(row);
    this.#renderNotes();
    this.#scrollToEnd();
  }

  confirmOwn({
    messageId,
    seq,
    timestamp,
  }: Pick<AckFrame, "messageId" | "seq" | "timestamp">): void {
    const row = this.#unacked.get(messageId);
    if (row === undefined) return;
    this.#unacked.delete(messageId);
    this.#bySeq.set(seq, row);
    row.confirm(seq, timestamp);
    this.#putInOrder(row);
    this.#renderNotes();
  }

  refuseOwn(messageId: string, action: string, act: (row: MessageRow) => void): void {
    const row = this.#unacked.get(messageId);
    row?.fail(action, () => act(row));
  }

  sendingAgain(row: MessageRow): void {
    row.sendAgain();
    this.#renderNotes();
  }

  discard(row: MessageRow): void {
    this.#unacked.delete(row.messageId);
    this.#take(row);
    this.#renderNotes();
  }

  addLive(frame: NewMessageFrame): void {
    if (this.#add(frame) && !this.#followsEnd) this.#countUnseen(this.#unseen + 1);
    this.#renderNotes();
  }

  /** A page of the history; nobody wants fifty messages read out. */
  addPage(frames: readonly NewMessageFrame[], place: "above" | "below"): void {
    this.#log.ariaLive = "off";
    let added = 0;
    const add = () => {
      added = frames.filter((frame) => this.#add(frame)).length;
      this.#renderNotes();
      this.#showEmpty();
    };
    if (place === "above") this.#keepPlace(add);
    else add();
    // Live regions report what has changed by the next frame.
    requestAnimationFrame(() => {
      this.#log.ariaLive = "polite";
    });
    if (place === "below" && !this.#followsEnd) this.#countUnseen(this.#unseen + added);
  }

  addNotice(text: string, timestamp: number): void {
    this.#insert(new NoticeRow(text, timestamp));
  }

  readersChanged(): void {
    this.#renderNotes();
  }

  /** The room has begun a new history: only what it has not acked yet is still worth anything. */
  startAnew(): void {
    this.#rows = [...this.#unacked.values()];
    this.#bySeq.clear();
    this.#rowsBox.replaceChildren(...this.#rows.map((row) => row.element));
    for (const index of this.#rows.keys()) this.#follow(index);
    this.#scrollToEnd();
  }

  showEarlier(earlier: "none" | "available" | "loading"): void {
    const hadFocus = document.activeElement === this.#loadEarlier;
    this.#keepPlace(() => {
      this.#loadEarlier.hidden = earlier === "none";
    });
    // Not `disabled`: that would take the focus away from whoever has just pressed it.
    this.#loadEarlier.ariaDisabled = String(earlier === "loading");
    this.#loadEarlier.textContent = earlier === "loading" ? "Loading…" : "Load earlier messages";
    if (hadFocus && earlier === "none") this.#log.focus({ preventScroll: true });
  }

  #add(frame: NewMessageFrame): boolean {
    if (this.#bySeq.has(frame.seq)) return false;
    const isMine = frame.userId === this.#me;
    if (isMine && this.#unacked.has(frame.messageId)) {
      this.confirmOwn(frame);
      return false;
    }
    const row = new MessageRow(frame, isMine);
    row.confirm(frame.seq, frame.timestamp);
    this.#bySeq.set(frame.seq, row);
    this.#insert(row);
    return true;
  }

  #insert(row: LogRow): void {
    // Almost everything belongs to the end, so the search begins there.
    let index = this.#rows.length;
    while (index > 0 && this.#rows[index - 1]?.comesAfter(row)) index -= 1;
    this.#rowsBox.insertBefore(row.element, this.#rows[index]?.element ?? null);
    this.#rows.splice(index, 0, row);
    this.#follow(index);
    this.#follow(index + 1);
    this.#showEmpty();
  }

  #take(row: LogRow): void {
    const index = this.#rows.indexOf(row);
    this.#rows.splice(index, 1);
    row.element.remove();
    this.#follow(index);
  }

  /** Moved only if it must be: a screen reader would read a moved row out once more. */
  #putInOrder(row: LogRow): void {
    const index = this.#rows.indexOf(row);
    const above = this.#rows[index - 1];
    const below = this.#rows[index + 1];
    if (above?.comesAfter(row) || (below !== undefined && !below.comesAfter(row))) {
      this.#take(row);
      this.#insert(row);
    } else {
      this.#follow(index);
      this.#follow(index + 1);
    }
  }

  #follow(index: number): void {
    this.#rows[index]?.follow(this.#rows[index - 1]);
  }

  #renderNotes(): void {
    let next: MessageRow | undefined;
    for (const row of [...this.#rows].reverse()) {
      if (!(row instanceof MessageRow) || !row.isMine) continue;
      if (row.seq !== undefined) {
        row.readers = this.#readers.of(row.seq).map((userId) => this.#names.of(userId));
      }
      row.noteUnlessSaidBelow(next);
      next = row;
    }
  }

  #showEmpty(): void {
    this.#empty.hidden = this.#rows.some((row) => row instanceof MessageRow);
  }

  /** For changes above what is being read: it stays where it is on the screen. */
  #keepPlace(change: () => void): void {
    const { scrollHeight, scrollTop } = this.#log;
    change();
    this.#log.scrollTop = scrollTop + this.#log.scrollHeight - scrollHeight;
  }

  #isNearEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  #scrollToEnd(): void {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#lastTop = this.#log.scrollTop;
    this.#followsEnd = true;
    this.#countUnseen(0);
  }

  #countUnseen(count: number): void {
    this.#unseen = count;
    this.#newMessages.hidden = count === 0;
    this.#newMessages.textContent = count === 1 ? "1 new message" : `${count} new messages`;
  }
}
