/** Where in the dashboard one is, as it stands behind the `#` of the address. */

export type Place = { kind: "overview" } | { kind: "room"; party: string; room: string };

export const OVERVIEW = "#/";

export function addressOfRoom({ party, room }: { party: string; room: string }): string {
  return `#/rooms/${encodeURIComponent(party)}/${encodeURIComponent(room)}`;
}

/** Whatever is no room's address is the overview. */
export function placeOf(hash: string): Place {
  const [, party, room] = /^#\/rooms\/([^/]+)\/([^/]+)$/.exec(hash) ?? [];
  if (party === undefined || room === undefined) return { kind: "overview" };
  try {
    return { kind: "room", party: decodeURIComponent(party), room: decodeURIComponent(room) };
  } catch {
    return { kind: "overview" };
  }
}
