import type { Position } from "./protocol.ts";

/** Where a room is. */
export interface RoomAddress {
  /** `rooms.example.com`, `localhost:8787`; a scheme before it (http, https, ws, wss) decides about encryption. */
  host: string;
  /** A party of the deployment, `chatroom` if left out. */
  party?: string;
  /** The room's name, as people would write it: it is encoded here. */
  room: string;
}

/** Networks on which nobody has certificates. */
const LOCAL =
  /^((.+\.)?localhost|(127|10)(\.\d+){3}|192\.168(\.\d+){2}|172\.(1[6-9]|2\d|3[01])(\.\d+){2}|\[::1\])(:\d+)?$/;

/** The address of one attempt. Parameters that are undefined are left out. */
export function addressOf(
  { host, party = "chatroom", room }: RoomAddress,
  query: Record<string, string | undefined>,
): string {
  const [, scheme, place = ""] = /^(?:(\w+):\/\/)?(.*?)\/*$/.exec(host) ?? [];
  const isPlain = scheme === undefined ? LOCAL.test(place) : /^(http|ws)$/.test(scheme);
  const parameters = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}=${encodeURIComponent(value)}`,
  );
  const path = `parties/${encodeURIComponent(party)}/${encodeURIComponent(room)}`;
  return `${isPlain ? "ws" : "wss"}://${place}/${path}?${parameters.join("&")}`;
}

/** As the query parameter `since` wants it. */
export function formatPosition({ epoch, seq }: Position): string {
  return `${epoch}:${seq}`;
}
