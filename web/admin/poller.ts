/**
 * Asks again and again for as long as somebody looks: at a steady pace while it is answered, ever more rarely while it
 * is not, not at all while the page is hidden, and at once when it is shown again. One question is under way at a time.
 */

export interface PollState<Answer> {
  /** The latest answer; it stays while later questions fail. */
  data: Answer | undefined;
  /** When it came. */
  readAt: number | undefined;
  /** Why there is none that is newer. */
  error: Error | undefined;
  /** When it is asked again after a failure. */
  retryAt: number | undefined;
  isReading: boolean;
}

/** What it takes from the page, so that tests can bring a world of their own. */
export interface PollWorld {
  now(): number;
  setTimer(run: () => void, ms: number): unknown;
  clearTimer(timer: unknown): void;
  isVisible(): boolean;
  /** Calls `look` whenever the page comes into view or the network comes back; gives how to stop that. */
  onVisible(look: () => void): () => void;
}

export type Read<Answer> = (signal: AbortSignal) => Promise<Answer>;

/** However long it has failed, a minute is the longest wait. */
const LONGEST_MS = 60_000;

export function retryDelay(everyMs: number, failures: number): number {
  return Math.min(LONGEST_MS, everyMs * 2 ** failures);
}

export class Poller<Answer> {
  readonly #world: PollWorld;
  readonly #everyMs: number;
  readonly #listeners = new Set<() => void>();
  #read: Read<Answer> | undefined;
  #state: PollState<Answer> = {
    data: undefined,
    readAt: undefined,
    error: undefined,
    retryAt: undefined,
    isReading: false,
  };
  #failures = 0;
  #timer: unknown;
  #asking: AbortController | undefined;
  #stopLooking: (() => void) | undefined;

  constructor(world: PollWorld, everyMs: number) {
    this.#world = world;
    this.#everyMs = everyMs;
  }

  readonly getSnapshot = (): PollState<Answer> => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Asks this from now on, at once. The answer to what was asked before is shown until the new one comes. */
  start(read: Read<Answer>): void {
    this.#read = read;
    this.#failures = 0;
    this.#stopLooking ??= this.#world.onVisible(() => {
      if (this.#asking === undefined) this.#ask();
    });
    this.#ask();
  }

  stop(): void {
    this.#stopLooking?.();
    this.#stopLooking = undefined;
    this.#read = undefined;
    this.#rest();
  }

  /** Asks now. */
  readonly refresh = (): void => {
    if (this.#read !== undefined) this.#ask();
  };

  #ask(): void {
    this.#rest();
    const read = this.#read;
    if (read === undefined || !this.#world.isVisible()) return;
    const asking = new AbortController();
    this.#asking = asking;
    this.#become({ isReading: true, retryAt: undefined });
    read(asking.signal).then(
      (data) => this.#isCurrent(asking) && this.#answered(data),
      (error) => this.#isCurrent(asking) && this.#failed(error),
    );
  }

  #isCurrent(asking: AbortController): boolean {
    return this.#asking === asking;
  }

  #answered(data: Answer): void {
    this.#asking = undefined;
    this.#failures = 0;
    this.#askIn(this.#everyMs);
    const readAt = this.#world.now();
    this.#become({ data, readAt, error: undefined, isReading: false });
  }

  #failed(cause: unknown): void {
    this.#asking = undefined;
    this.#failures += 1;
    const delay = retryDelay(this.#everyMs, this.#failures);
    this.#askIn(delay);
    const error = cause instanceof Error ? cause : new Error(String(cause));
    this.#become({ error, retryAt: this.#world.now() + delay, isReading: false });
  }

  #askIn(ms: number): void {
    this.#timer = this.#world.setTimer(() => this.#ask(), ms);
  }

  #rest(): void {
    this.#world.clearTimer(this.#timer);
    this.#asking?.abort();
    this.#asking = undefined;
  }

  #become(change: Partial<PollState<Answer>>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of [...this.#listeners]) listener();
  }
}
