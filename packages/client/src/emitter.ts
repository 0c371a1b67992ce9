/** Typed events. A listener that throws does not keep the others from hearing. */
export class Emitter<Events> {
  readonly #listeners = new Map<keyof Events, Set<(payload: never) => void>>();

  /** Gives how to stop listening. */
  on<Type extends keyof Events>(type: Type, listener: (payload: Events[Type]) => void): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    return () => {
      listeners.delete(listener);
    };
  }

  emit<Type extends keyof Events>(type: Type, payload: Events[Type]): void {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      callSafely(() => (listener as (payload: Events[Type]) => void)(payload));
    }
  }
}

/** What the application throws is the application's to see (as uncaught), and must not stop the client. */
export function callSafely(call: () => void): void {
  try {
    call();
  } catch (error) {
    Promise.reject(error);
  }
}
