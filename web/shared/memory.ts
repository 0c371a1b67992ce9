/** What outlasts the page. Where storage is forbidden, it lasts as long as the page. */
export class Memory {
  readonly #open: () => Storage;
  readonly #fallback = new Map<string, string>();

  constructor(open: () => Storage) {
    this.#open = open;
  }

  recall(key: string): string | undefined {
    try {
      return this.#open().getItem(key) || undefined;
    } catch {
      return this.#fallback.get(key);
    }
  }

  remember(key: string, value: string): void {
    this.#fallback.set(key, value);
    try {
      this.#open().setItem(key, value);
    } catch {
      // Forbidden or full; the fallback has it.
    }
  }

  forget(key: string): void {
    this.#fallback.delete(key);
    try {
      this.#open().removeItem(key);
    } catch {
      // Forbidden: then there was nothing in it either.
    }
  }
}

// Functions, because the mere mention of a forbidden storage throws.
export const forBrowser = new Memory(() => localStorage);
export const forTab = new Memory(() => sessionStorage);
