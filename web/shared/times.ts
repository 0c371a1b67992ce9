const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const SHORT_DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const AGO = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const clockOf = (timestamp: number): string => CLOCK.format(timestamp);

export const fullTimeOf = (timestamp: number): string => FULL.format(timestamp);

export const dayOf = (timestamp: number): string => DAY.format(timestamp);

/** The time of today, the day of what is older. */
export function momentOf(timestamp: number): string {
  return isSameDay(timestamp, Date.now()) ? clockOf(timestamp) : SHORT_DAY.format(timestamp);
}

export function isSameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

/** "5 minutes ago". The room's clock may be ahead of ours. */
export function agoOf(timestamp: number, now: number): string {
  const ms = Math.max(0, now - timestamp);
  if (ms < MINUTE_MS) return "just now";
  if (ms < HOUR_MS) return AGO.format(-Math.floor(ms / MINUTE_MS), "minute");
  if (ms < DAY_MS) return AGO.format(-Math.floor(ms / HOUR_MS), "hour");
  return AGO.format(-Math.floor(ms / DAY_MS), "day");
}
