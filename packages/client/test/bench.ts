/** Rooms under test: real sockets, but a clock, chance and a platform of the test's own. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { WebSocket } from "ws";
import { type ReadableStore, Room, type RoomEvents, type RoomOptions } from "../src/index.ts";
import { Clock } from "./clock.ts";
import { FakeServer, type Peer } from "./fake-server.ts";

const PATIENCE_MS = 5_000;

export class Bench {
  readonly server: FakeServer;
  readonly clock = new Clock();
  /** What `random` gives: the jitter. */
  chance = 0.5;
  /** As the platform does when the network comes back. */
  wake: () => void = () => {};
  readonly #rooms: Room[] = [];

  private constructor(server: FakeServer) {
    this.server = server;
  }

  static async start(t: TestContext): Promise<Bench> {
    const bench = new Bench(await FakeServer.start());
    t.after(() => {
      for (const room of bench.#rooms) room.leave();
      bench.server.stop();
    });
    return bench;
  }

  room(options: Partial<RoomOptions> = {}): Room {
    let ids = 0;
    const { now, setTimer, clearTimer } = this.clock;
    const room = new Room({
      host: this.server.host,
      room: "lobby",
      userId: "alice",
      username: "Alice",
      world: {
        WebSocket,
        now,
        setTimer,
        clearTimer,
        random: () => {
          // Ids differ, and milliseconds do not.
          ids += 1;
          return this.chance + ids * 1e-7;
        },
        onWake: (wake) => {
          this.wake = wake;
          return () => {};
        },
      },
      ...options,
    });
    this.#rooms.push(room);
    return room;
  }

  /** In, past the welcome, and asked by nothing: `receipts` and `historyPage` are off unless given. */
  async joined(
    options: Partial<RoomOptions> = {},
    welcome: object = {},
  ): Promise<{ room: Room; peer: Peer }> {
    const room = this.room({ receipts: false, historyPage: 0, ...options });
    const open = becomes(room, "open");
    room.join();
    const peer = await this.server.connection();
    peer.welcome(welcome);
    await open;
    return { room, peer };
  }

  /** Breaks the line and waits for the room to come back. */
  async reconnected(room: Room, peer: Peer, welcome: object = {}): Promise<Peer> {
    const next = await this.redialled(room, peer);
    const open = becomes(room, "open");
    next.welcome(welcome);
    await open;
    return next;
  }

  /** The same, without a welcome. */
  async redialled(room: Room, peer: Peer): Promise<Peer> {
    const offline = becomes(room, "offline");
    peer.terminate();
    const state = await offline;
    assert.ok(state.status === "offline");
    this.clock.advance(state.retryAt - this.clock.now());
    return this.server.connection();
  }
}

export function becomes(room: Room, status: string): Promise<RoomEvents["state"]> {
  return next(room, "state", (state) => state.status === status);
}

/** The next event of a type that fits. */
export function next<Type extends keyof RoomEvents>(
  room: Room,
  type: Type,
  fits: (event: RoomEvents[Type]) => boolean = () => true,
): Promise<RoomEvents[Type]> {
  return new Promise((resolve, reject) => {
    const seen: unknown[] = [];
    const timer = setTimeout(() => {
      reject(new Error(`No "${String(type)}" that fits came, but ${JSON.stringify(seen)}`));
    }, PATIENCE_MS);
    const stop = room.on(type, (event) => {
      seen.push(event);
      if (!fits(event)) return;
      clearTimeout(timer);
      stop();
      resolve(event);
    });
  });
}

/** Waits until a store holds what fits. */
export function holds<Value>(
  store: ReadableStore<Value>,
  fits: (value: Value) => boolean,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (!fits(store.getSnapshot())) return;
      clearTimeout(timer);
      stop();
      resolve(store.getSnapshot());
    };
    const timer = setTimeout(() => {
      reject(new Error(`The store holds ${JSON.stringify(store.getSnapshot())}`));
    }, PATIENCE_MS);
    const stop = store.subscribe(look);
    look();
  });
}

/** What the list shows, in short: `text`, or `text:status` of own messages. */
export function shown(room: Room): string[] {
  return room.messages
    .getSnapshot()
    .messages.map(({ message, status }) => (status ? `${message}:${status}` : message));
}

export function message(seq: number, text: string, userId = "bob", messageId = `m${seq}`) {
  const username = userId;
  return { type: "new-message", messageId, message: text, userId, username, timestamp: seq, seq };
}

/** Rejects as it should. */
export function rejectsWith(promise: Promise<unknown>, code: string): Promise<void> {
  return assert.rejects(promise, (error: { code?: unknown }) => error.code === code);
}
