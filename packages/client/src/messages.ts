import type { OutgoingMessage } from "./client-frames.ts";
import type { RoomError } from "./error.ts";
import type { Ack, Outbox } from "./outbox.ts";
import type { HistoryFrame, MessageEntry } from "./protocol.ts";
import type { Requests } from "./requests.ts";
import type { Resume } from "./resume.ts";
import { Store } from "./store.ts";
import { EMPTY_TIMELINE, reduceTimeline } from "./timeline.ts";
import type { Timeline, TimelineAction, TimelineMessage } from "./timeline-model.ts";
import type { World } from "./world.ts";

/** What a list of messages shows. */
export interface MessagesView {
  messages: readonly TimelineMessage[];
  /** Whether `loadEarlier` would bring more. */
  hasEarlier: boolean;
  isLoading: boolean;
  /** Whether the first page is there, so that an empty list means an empty room. */
  isLoaded: boolean;
}

export interface MessagesOptions {
  world: World;
  outbox: Outbox;
  requests: Requests;
  resume: Resume;
  username: string;
  /** Messages in the page that is loaded by itself, 0 for none. */
  pageSize: number;
}

/** The timeline of a room, with what has to be asked and sent for it. */
export class Messages {
  readonly store = new Store<MessagesView>(viewOf(EMPTY_TIMELINE, false, false));
  readonly #options: MessagesOptions;
  #timeline: Timeline = EMPTY_TIMELINE;
  #loading: Promise<void> | undefined;
  #isLoaded = false;

  constructor(options: MessagesOptions) {
    this.#options = options;
  }

  /** Shows the message at once, and as failed if its promise rejects. */
  send(message: OutgoingMessage): Promise<Ack> {
    this.show(message);
    const acked = this.#options.outbox.add(message);
    acked.catch((error: RoomError) => this.failed(message.messageId, error));
    return acked;
  }

  /** Shows the message as failed. */
  refuse(message: OutgoingMessage, error: RoomError): Promise<never> {
    this.show(message);
    this.failed(message.messageId, error);
    return Promise.reject(error);
  }

  show(message: OutgoingMessage): void {
    const { world, username } = this.#options;
    this.#apply({ type: "sending", message, username, timestamp: world.now() });
  }

  failed(messageId: string, error: RoomError): void {
    this.#apply({ type: "failed", messageId, error });
  }

  acked(ack: Ack): void {
    this.#apply({ ...ack, type: "ack" });
  }

  discard(messageId: string): void {
    this.#apply({ type: "discard", messageId });
  }

  /** A message that failed; nothing if there is none with this id. */
  failedMessage(messageId: string): OutgoingMessage | undefined {
    const isIt = ({ key, status }: TimelineMessage) => key === messageId && status === "failed";
    const found = this.#timeline.messages.find(isIt);
    if (found === undefined) return undefined;
    const { message, replyTo, meta } = found;
    return {
      messageId,
      message,
      ...(replyTo !== undefined && { replyTo }),
      ...(meta !== undefined && { meta }),
    };
  }

  entry(frame: MessageEntry): void {
    this.#apply({ type: "entry", frame });
  }

  progress(pointers: { delivered: number; read: number }): void {
    this.#apply({ type: "progress", ...pointers });
  }

  /** Messages of others after `seq`. */
  othersAfter(seq: number): TimelineMessage[] {
    const isLater = (message: TimelineMessage) => (message.seq ?? 0) > seq;
    return this.#timeline.messages.filter(
      (message) => isLater(message) && !message.isOwn && !message.deleted,
    );
  }

  /** The seq of the message that its author gave this id; others' first, as receipts are about those. */
  seqOf(messageId: string): number | undefined {
    const found = this.#timeline.messages.filter((message) => message.messageId === messageId);
    return (found.find(({ isOwn }) => !isOwn) ?? found[0])?.seq;
  }

  /** Throws the list away; the latest page comes by `loadFirst`, unless `isLoaded` says that it is not wanted. */
  reset(me: string, seq: number, isLoaded: boolean): void {
    this.#loading = undefined;
    this.#isLoaded = isLoaded;
    this.#apply({ type: "reset", me, seq });
  }

  /** The page before the connection's position. Live messages may arrive meanwhile. */
  async loadFirst(): Promise<void> {
    const { pageSize } = this.#options;
    if (pageSize > 0 && !this.#isLoaded && this.#timeline.hasEarlier) {
      await this.loadEarlier(pageSize);
    }
    this.#isLoaded = true;
    this.#show();
  }

  /** Does nothing if there is no more; joins a page that is on its way already. */
  loadEarlier(limit = this.#options.pageSize || undefined): Promise<void> {
    if (!this.#timeline.hasEarlier) return Promise.resolve();
    this.#loading ??= this.#load(limit);
    this.#show();
    return this.#loading;
  }

  async #load(limit: number | undefined): Promise<void> {
    const { requests, resume } = this.#options;
    const before = this.#timeline.from;
    const asked = requests.ask<HistoryFrame>({
      type: "history",
      before,
      ...(limit !== undefined && { limit }),
    });
    // Set by now, or overtaken by a reset, after which this page belongs to nothing.
    await Promise.resolve();
    const loading = this.#loading;
    try {
      const { messages, hasMore, reacted = [] } = await asked;
      if (loading !== this.#loading) return;
      this.#loading = undefined;
      this.#apply({ type: "page", messages, hasMore, reacted, asOf: resume.newest });
    } catch (error) {
      if (loading !== this.#loading) return;
      this.#loading = undefined;
      this.#show();
      throw error;
    }
  }

  #apply(action: TimelineAction): void {
    const next = reduceTimeline(this.#timeline, action);
    if (next === this.#timeline) return;
    this.#timeline = next;
    this.#show();
  }

  #show(): void {
    this.store.set(viewOf(this.#timeline, this.#loading !== undefined, this.#isLoaded));
  }
}

function viewOf(
  { messages, hasEarlier }: Timeline,
  isLoading: boolean,
  isLoaded: boolean,
): MessagesView {
  return { messages, hasEarlier, isLoading, isLoaded };
}
