import type { ClientFrame } from "./client-frames.ts";
import type { Person } from "./protocol.ts";
import { Store } from "./store.ts";
import type { World } from "./world.ts";

/** The room ends typing 3 s after the last sign of it, so one sign in 2 s is enough. */
const RENEW_MS = 2_000;

/** The room says when somebody stops; this is for when that is lost. */
const EXPIRE_MS = 4_000;

/** Tells the room that we type. Said only while somebody can hear it, and never later. */
export class TypingSignal {
  readonly #world: World;
  readonly #send: (frame: ClientFrame) => boolean;
  #toldAt: number | undefined;

  constructor(world: World, send: (frame: ClientFrame) => boolean) {
    this.#world = world;
    this.#send = send;
  }

  /** At every keystroke, if you like. */
  typing(): void {
    const now = this.#world.now();
    if (this.#toldAt !== undefined && now - this.#toldAt < RENEW_MS) return;
    if (this.#send({ type: "typing" })) this.#toldAt = now;
  }

  stopTyping(): void {
    if (this.#toldAt === undefined) return;
    this.#toldAt = undefined;
    this.#send({ type: "stop-typing" });
  }

  /** The room has ended it on its own: a message was sent, or the line broke. */
  ended(): void {
    this.#toldAt = undefined;
  }
}

/** Who else types now, those who began first at the front. */
export class Typists extends Store<readonly Person[]> {
  readonly #world: World;
  readonly #timers = new Map<string, unknown>();

  constructor(world: World) {
    super([]);
    this.#world = world;
  }

  began({ userId, username }: Person): void {
    const isNew = !this.#timers.has(userId);
    this.#world.clearTimer(this.#timers.get(userId));
    this.#timers.set(
      userId,
      this.#world.setTimer(() => this.ended(userId), EXPIRE_MS),
    );
    if (isNew) this.set([...this.getSnapshot(), { userId, username }]);
  }

  ended(userId: string): void {
    this.#world.clearTimer(this.#timers.get(userId));
    if (!this.#timers.delete(userId)) return;
    this.set(this.getSnapshot().filter((typist) => typist.userId !== userId));
  }

  clear(): void {
    for (const userId of [...this.#timers.keys()]) this.ended(userId);
  }
}
