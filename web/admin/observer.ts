/**
 * Listens in a room and takes part in nothing. The client package reconnects and resumes; what it hears is gathered
 * for a moment, so that a busy room does not draw the page anew for every frame.
 */

import { type ConnectionState, Room } from "durable-rooms";
import { bearerSocket } from "./bearer-socket.ts";
import { type Entry, entryOf, type Frame, isEvent } from "./entry.ts";
import { firstSeq, NOTHING, type Stream, withLive, withPage } from "./stream.ts";

export interface Observed {
  stream: Stream;
  connection: ConnectionState;
  /** As whom the room knows us; unknown before the first welcome. */
  me: string | undefined;
  /** Goes up whenever people came, went or changed. */
  peopleChanges: number;
  isLoading: boolean;
}

const GATHER_MS = 100;
const PAGE = 50;

/** The client keeps every message that it hears; a room of ours is followed by another before that is much. */
const MESSAGES_A_ROOM = 2000;

const PEOPLE =
  /^(online-users|user-joined|user-left|user-updated|presence-diff|USER_JOINED|USER_LEFT)$/;

export class Observer {
  readonly #address: { party: string; room: string };
  readonly #credential: string;
  readonly #listeners = new Set<() => void>();
  #state: Observed = {
    stream: NOTHING,
    connection: { status: "idle" },
    me: undefined,
    peopleChanges: 0,
    isLoading: true,
  };
  #room: Room | undefined;
  #gathered: Entry[] = [];
  #peopleChanges = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #heard = 0;
  #messages = 0;

  constructor(address: { party: string; room: string }, credential: string) {
    this.#address = address;
    this.#credential = credential;
  }

  readonly getSnapshot = (): Observed => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Comes, or comes back. */
  start(): void {
    if (this.#room === undefined) this.#listen();
    else this.#room.join();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const room = this.#room;
    this.#room = undefined;
    room?.leave();
  }

  /** Adds the page before the first entry. Rejects with a `RoomError`. */
  async loadEarlier(): Promise<void> {
    const before = firstSeq(this.#state.stream);
    await this.#load(this.#room, before === undefined ? {} : { before });
  }

  #listen(position = this.#room?.position): void {
    const room = new Room({
      ...this.#address,
      host: location.origin,
      historyPage: 0,
      receipts: false,
      autoDelivered: false,
      ...(position !== undefined && { since: position }),
      world: { WebSocket: bearerSocket(this.#credential) },
    });
    this.#room = room;
    this.#messages = 0;
    room.on("state", (connection) => {
      if (room === this.#room) this.#become({ connection });
    });
    room.on("welcome", ({ userId }) => {
      this.#become({ me: userId });
      if (this.#state.stream === NOTHING) this.#load(room, {}).catch(() => {});
    });
    room.on("reset", () => {
      this.#gathered = [];
      this.#become({ stream: NOTHING });
      this.#load(room, {}).catch(() => {});
    });
    room.on("frame", (frame) => {
      if (room === this.#room) this.#hear(frame);
    });
    room.join();
  }

  async #load(room: Room | undefined, cursor: { before?: number }): Promise<void> {
    if (room === undefined) return;
    this.#become({ isLoading: true });
    try {
      const { messages, hasMore } = await room.history({ ...cursor, limit: PAGE });
      const page = messages.map((frame) => entryOf(frame as unknown as Frame, "", Date.now()));
      if (room === this.#room) {
        this.#become({ stream: withPage(this.#state.stream, page, hasMore) });
      }
    } finally {
      this.#become({ isLoading: false });
    }
  }

  #hear(frame: Frame): void {
    if (PEOPLE.test(frame.type)) this.#peopleChanges += 1;
    if (frame.type === "new-message") this.#messages += 1;
    if (isEvent(frame)) {
      this.#heard += 1;
      this.#gathered.push(entryOf(frame, `live ${this.#heard}`, Date.now()));
    }
    this.#timer ??= setTimeout(() => this.#tell(), GATHER_MS);
  }

  #tell(): void {
    this.#timer = undefined;
    const stream = withLive(this.#state.stream, this.#gathered);
    this.#gathered = [];
    this.#become({ stream, peopleChanges: this.#peopleChanges });
    if (this.#messages < MESSAGES_A_ROOM) return;
    const room = this.#room;
    this.#listen(room?.position);
    room?.leave();
  }

  #become(change: Partial<Observed>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of [...this.#listeners]) listener();
  }
}
