import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

const POLL_MS = 25;

/** Waits until what the page shows is what is expected; fails with the difference if it never is. */
export async function eventually<T>(
  read: () => Promise<T>,
  expected: T,
  patienceMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const actual = await read();
    if (isDeepStrictEqual(actual, expected)) return;
    if (Date.now() > deadline) assert.deepEqual(actual, expected);
    await pause(POLL_MS);
  }
}
