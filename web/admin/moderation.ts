/** What moderators can do, and what of it holds. */

import type { AuditEntry, Moderated } from "./answers.ts";

export type Action = "kick" | "mute" | "ban";

export const ACTIONS: readonly { name: Action; title: string; hint: string }[] = [
  { name: "kick", title: "Kick", hint: "Closes the connections; may come back at once" },
  { name: "mute", title: "Mute", hint: "Hears on, but cannot send" },
  { name: "ban", title: "Ban", hint: "Closes the connections, and lets in no more" },
];

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const DURATIONS: readonly { name: string; title: string; ms: number | undefined }[] = [
  { name: "", title: "For good", ms: undefined },
  { name: "10m", title: "10 minutes", ms: 10 * MINUTE_MS },
  { name: "1h", title: "1 hour", ms: HOUR_MS },
  { name: "1d", title: "1 day", ms: DAY_MS },
  { name: "7d", title: "7 days", ms: 7 * DAY_MS },
];

export interface Decision {
  userId: string;
  action: Action;
  /** The name of a duration; it means nothing to a kick. */
  duration: string;
  reason: string;
}

/** As the HTTP API wants it. */
export function requestOf({ userId, action, duration, reason }: Decision, now: number): object {
  const ms = DURATIONS.find(({ name }) => name === duration)?.ms;
  const why = reason.trim();
  return {
    userId,
    ...(action !== "kick" && ms !== undefined && { until: now + ms }),
    ...(why !== "" && { reason: why }),
  };
}

const DID: Record<string, string> = {
  kick: "was kicked",
  ban: "is banned",
  mute: "is muted",
  unban: "may come back",
  unmute: "may speak again",
};

/** What has come of it, in words. */
export function told({ action, closed }: Moderated, name: string): string {
  const did = DID[action] ?? action;
  if (action !== "kick" && action !== "ban") return `${name} ${did}.`;
  return `${name} ${did}; ${closed === 1 ? "1 connection was" : `${closed} connections were`} closed.`;
}

/** Somebody who is banned or muted. */
export interface Sanction {
  userId: string;
  kind: "ban" | "mute";
  /** For good without it. */
  until: number | undefined;
  reason: string | undefined;
  actor: string;
}

/** What holds at `now`, as far as the audit trail (newest first) reaches. */
export function sanctions(trail: readonly AuditEntry[], now: number): Sanction[] {
  const settled = new Set<string>();
  return trail.flatMap(({ action, userId, until, reason, actor }) => {
    const kind = /^(?:un)?(ban|mute)$/.exec(action)?.[1] as "ban" | "mute" | undefined;
    if (kind === undefined || userId === undefined) return [];
    const about = `${kind} ${userId}`;
    if (settled.has(about)) return [];
    settled.add(about);
    const holds = action === kind && (until === undefined || until > now);
    return holds ? [{ userId, kind, until, reason, actor }] : [];
  });
}
