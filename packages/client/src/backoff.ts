/** How long to wait before coming back: exponential with jitter, because a deploy closes every socket at once. */

import { CLOSE_CODES, type Retry } from "./codes.ts";

/** What a close code says, or this side decided. */
export type Comeback = Retry | "at-once";

/** The line broke: from 250 ms up to 10 s, anything between 0 and that. */
const FAST = { base: 250, max: 10_000 };

/** The room itself said "later": from 2 s up to 60 s, at least half of it. */
const SLOW = { base: 2_000, max: 60_000 };

/**
 * Milliseconds until the next attempt.
 * @param attempt How many attempts have failed since the connection was last stable.
 * @param random At least 0, below 1.
 */
export function reconnectDelay(
  code: number,
  retry: Comeback,
  attempt: number,
  random: number,
): number {
  if (retry === "at-once" && attempt === 0) return 0;
  if (retry === "later" && code in CLOSE_CODES) {
    return Math.round(ceiling(SLOW, attempt) * (0.5 + random / 2));
  }
  return Math.round(ceiling(FAST, attempt) * random);
}

function ceiling({ base, max }: { base: number; max: number }, attempt: number): number {
  return Math.min(max, base * 2 ** attempt);
}
