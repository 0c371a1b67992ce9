/** When to try again: exponential with jitter, and never before the server wants it. */

/** No wait between two attempts grows beyond this by itself. */
const LONGEST_BACKOFF_MS = 10_000;

/** A server that wants a longer wait than this gets no further attempt: whoever calls is told how long it would be. */
const LONGEST_PATIENCE_MS = 30_000;

/**
 * Milliseconds until the next attempt; undefined if that is too long to wait for.
 * @param attempt How many attempts have failed, from 1.
 * @param baseMs The longest wait after the first of them.
 * @param retryAfterMs The least that the server wants.
 * @param random At least 0, below 1.
 */
export function retryDelay(
  attempt: number,
  baseMs: number,
  retryAfterMs: number | undefined,
  random: number,
): number | undefined {
  const ceiling = Math.min(LONGEST_BACKOFF_MS, baseMs * 2 ** (attempt - 1));
  if (retryAfterMs === undefined) return Math.round(ceiling * (0.5 + random / 2));
  if (retryAfterMs > LONGEST_PATIENCE_MS) return undefined;
  // Later than wanted by anything up to the ceiling: all who were refused were told the same time.
  return Math.round(retryAfterMs + ceiling * random);
}

/** The header `Retry-After`, seconds or a date, in milliseconds from now. */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = text === "" ? Number.NaN : Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
