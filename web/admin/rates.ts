/** Rates from counts by minute. */

import type { Minute } from "./answers.ts";

const MINUTE_MS = 60_000;

type Counted = "received" | "sent" | "rejects";

/**
 * What the last 60 seconds have seen: all of the current minute, and of the one before the share that is not older.
 * So the number moves smoothly and does not fall to nothing whenever a minute begins.
 */
export function lastMinute(minutes: readonly Minute[], what: Counted, now: number): number {
  const current = minutes.at(-1);
  if (current === undefined) return 0;
  const before = minutes.at(-2)?.[what] ?? 0;
  const share = 1 - (now - current.at) / MINUTE_MS;
  return current[what] + before * Math.min(1, Math.max(0, share));
}

/** The same by second. */
export function perSecond(minutes: readonly Minute[], what: Counted, now: number): number {
  return lastMinute(minutes, what, now) / 60;
}

/** What a chart of the last hour shows: whole minutes, and at its end the last 60 seconds. */
export function hourOf(
  minutes: readonly Minute[],
  what: Counted,
  now: number,
): { at: number; value: number }[] {
  const whole = minutes.slice(0, -1).map((minute) => ({ at: minute.at, value: minute[what] }));
  const current = minutes.at(-1);
  if (current === undefined) return [];
  return [...whole, { at: current.at, value: Math.round(lastMinute(minutes, what, now)) }];
}

/** Error codes by how often, the most frequent first. */
export function byCount(rejects: Record<string, number>): [code: string, count: number][] {
  return Object.entries(rejects)
    .filter(([, count]) => count > 0)
    .sort(([a, one], [b, other]) => other - one || a.localeCompare(b));
}

/** All parties' rejects together. */
export function summed(all: readonly Record<string, number>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const rejects of all) {
    for (const [code, count] of Object.entries(rejects)) sum[code] = (sum[code] ?? 0) + count;
  }
  return sum;
}
