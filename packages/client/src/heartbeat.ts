import type { World } from "./world.ts";

/** The room answers the text `ping` without waking up, and takes a connection for dead that fell silent for 75 s. */
const BEAT_MS = 30_000;

/** A line on which nothing comes for this long after a ping is dead, whatever the platform says. */
const ANSWER_MS = 10_000;

/** Finds out that the network has gone without saying so. */
export class Heartbeat {
  readonly #world: World;
  readonly #ping: () => void;
  readonly #dead: () => void;
  #beat: unknown;
  #deadline: unknown;

  constructor(world: World, ping: () => void, dead: () => void) {
    this.#world = world;
    this.#ping = ping;
    this.#dead = dead;
  }

  start(): void {
    this.stop();
    this.#beat = this.#world.setTimer(() => this.probe(), BEAT_MS);
  }

  stop(): void {
    this.#world.clearTimer(this.#beat);
    this.heard();
  }

  /** Anything that arrives shows that the line lives. */
  heard(): void {
    this.#world.clearTimer(this.#deadline);
    this.#deadline = undefined;
  }

  /** Asks at once. */
  probe(): void {
    this.#ping();
    this.#world.clearTimer(this.#beat);
    this.#beat = this.#world.setTimer(() => this.probe(), BEAT_MS);
    this.#deadline ??= this.#world.setTimer(this.#dead, ANSWER_MS);
  }
}
