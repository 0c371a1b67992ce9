/** Lengths of time in words. */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** "now", "12 s", "5 min", "3 h", "2 d": rounded down, for clocks that are a little apart never negative. */
export function short(ms: number): string {
  if (ms < SECOND_MS) return "now";
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)} h`;
  return `${Math.floor(ms / DAY_MS)} d`;
}

/** "12 s ago", "just now". */
export function ago(timestamp: number, now: number): string {
  const text = short(now - timestamp);
  return text === "now" ? "just now" : `${text} ago`;
}

/** "in 12 s", "now". */
export function until(timestamp: number, now: number): string {
  const text = short(timestamp - now);
  return text === "now" ? text : `in ${text}`;
}
