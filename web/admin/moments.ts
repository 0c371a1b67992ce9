/** Points in time, as exactly as operators want them. */

const CLOCK = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const MINUTE = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const FULL = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** The furthest that a `Date` reaches. Whoever publishes chooses the time, and may choose nonsense. */
const FURTHEST_MS = 8.64e15;

const isTime = (timestamp: number) => Math.abs(timestamp) <= FURTHEST_MS;

/** "14:05". */
export const minuteOf = (timestamp: number): string => MINUTE.format(timestamp);

/** "14:05:09", with the day if it was another one. */
export function exactTime(timestamp: number): string {
  if (!isTime(timestamp)) return "–";
  const isToday = new Date(timestamp).toDateString() === new Date().toDateString();
  const clock = CLOCK.format(timestamp);
  return isToday ? clock : `${DAY.format(timestamp)}, ${clock}`;
}

/** "21 Nov 2026, 14:05:09". */
export function fullTime(timestamp: number): string {
  return isTime(timestamp) ? FULL.format(timestamp) : String(timestamp);
}

/** For machines; nothing if there is no such time. */
export function isoTime(timestamp: number): string | undefined {
  return isTime(timestamp) ? new Date(timestamp).toISOString() : undefined;
}
