import type { OutgoingMessage } from "./client-frames.ts";
import type { OutboxStorage } from "./outbox.ts";

/** `localStorage`, `sessionStorage`, or React Native's AsyncStorage. */
export interface KeyValueStorage {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): unknown;
}

/**
 * Keeps unsent messages in a storage of the platform.
 * @param key One for each room and user: whoever finds messages under it sends them as theirs.
 */
export function keepOutboxIn(storage: KeyValueStorage, key: string): OutboxStorage {
  return {
    async load() {
      const kept: unknown = JSON.parse((await storage.getItem(key)) ?? "[]");
      return Array.isArray(kept) ? (kept as OutgoingMessage[]) : [];
    },
    async save(messages) {
      await storage.setItem(key, JSON.stringify(messages));
    },
  };
}
