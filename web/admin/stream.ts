/** What has happened in a room: what was kept before one came, and what comes. Oldest first, each entry once. */

import type { Entry } from "./entry.ts";

export interface Stream {
  entries: readonly Entry[];
  /** Whether the room keeps something from before the first entry. */
  hasEarlier: boolean;
  /** How many have come live, also those that are not held any more. */
  arrived: number;
}

export const NOTHING: Stream = { entries: [], hasEarlier: false, arrived: 0 };

/** The oldest go when there are more: a page that is open for a week holds no more than one of an hour. */
export const MOST = 2000;

/** Adds what came live, in the order in which it came. */
export function withLive(stream: Stream, fresh: readonly Entry[]): Stream {
  const known = new Set(stream.entries.map(({ key }) => key));
  const added = fresh.filter(({ key }) => !known.has(key) && known.add(key));
  if (added.length === 0) return stream;
  const entries = [...stream.entries, ...added];
  const isOver = entries.length > MOST;
  return {
    entries: isOver ? entries.slice(-MOST) : entries,
    hasEarlier: stream.hasEarlier || isOver,
    arrived: stream.arrived + added.length,
  };
}

/**
 * Adds a page of the history, by ascending seq. It may have been asked for before and answered after something came
 * live: each entry goes before the first one of a higher seq, or of a later time where there is none.
 */
export function withPage(stream: Stream, page: readonly Entry[], hasEarlier: boolean): Stream {
  const known = new Set(stream.entries.map(({ key }) => key));
  const missing = page.filter(({ key }) => !known.has(key));
  const entries: Entry[] = [];
  let next = 0;
  for (const entry of stream.entries) {
    for (let found = missing[next]; found && precedes(found, entry); found = missing[next]) {
      entries.push(found);
      next += 1;
    }
    entries.push(entry);
  }
  entries.push(...missing.slice(next));
  return { ...stream, entries, hasEarlier };
}

function precedes(one: Entry, other: Entry): boolean {
  if (one.seq !== undefined && other.seq !== undefined) return one.seq < other.seq;
  return one.at < other.at;
}

/** Types by how many entries there are of each, the most frequent first. */
export function typesOf({ entries }: Stream): [type: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { type } of entries) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].sort(([a, one], [b, other]) => other - one || a.localeCompare(b));
}

/** As it is shown: of the chosen types (all, if none is chosen), the newest first. */
export function shownOf({ entries }: Stream, chosen: ReadonlySet<string>): readonly Entry[] {
  const kept = chosen.size === 0 ? entries : entries.filter(({ type }) => chosen.has(type));
  return kept.toReversed();
}

/** The first seq that is held: what is earlier comes before it. */
export function firstSeq({ entries }: Stream): number | undefined {
  return entries.find(({ seq }) => seq !== undefined)?.seq;
}

/** The last seq that is held. */
export function lastSeq({ entries }: Stream): number | undefined {
  return entries.findLast(({ seq }) => seq !== undefined)?.seq;
}
