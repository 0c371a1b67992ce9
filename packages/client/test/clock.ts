/** A clock that goes only when it is told to. */
export class Clock {
  #now = 1_760_000_000_000;
  #count = 0;
  readonly #timers = new Map<number, { at: number; run: () => void }>();

  readonly now = (): number => this.#now;

  readonly setTimer = (run: () => void, ms: number): number => {
    this.#count += 1;
    this.#timers.set(this.#count, { at: this.#now + ms, run });
    return this.#count;
  };

  readonly clearTimer = (timer: unknown): void => {
    this.#timers.delete(timer as number);
  };

  /** Runs what falls due on the way, in the order of time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end);
      const [next] = due.sort(([a, x], [b, y]) => x.at - y.at || a - b);
      if (next === undefined) break;
      this.#timers.delete(next[0]);
      this.#now = next[1].at;
      next[1].run();
    }
    this.#now = end;
  }
}
