import { callSafely } from "./emitter.ts";

/** Something to look at and to be told about: fits React's `useSyncExternalStore` as it is. */
export interface ReadableStore<Value> {
  /** Gives how to stop it. The listener is called once after one or more changes, in a microtask. */
  subscribe: (listener: () => void) => () => void;
  /** Immutable: the same object until something has changed. */
  getSnapshot: () => Value;
}

/** A value that changes by being replaced. */
export class Store<Value> implements ReadableStore<Value> {
  readonly #listeners = new Set<() => void>();
  #value: Value;
  #isTelling = false;

  constructor(value: Value) {
    this.#value = value;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  readonly getSnapshot = (): Value => this.#value;

  set(value: Value): void {
    if (value === this.#value) return;
    this.#value = value;
    if (this.#isTelling) return;
    // Many changes come at once (a resume, a batch): one call for all of them.
    this.#isTelling = true;
    Promise.resolve().then(() => {
      this.#isTelling = false;
      for (const listener of [...this.#listeners]) callSafely(listener);
    });
  }
}
