/** One line of the stream of events, made from a frame. */

export interface Frame {
  type: string;
  [field: string]: unknown;
}

export interface Entry {
  /** Unique in the stream. */
  key: string;
  type: string;
  /** When it happened by the room's clock, or when it came. */
  at: number;
  /** Of what is kept. */
  seq: number | undefined;
  /** Whose doing it was, where that is known. */
  who: string | undefined;
  /** The gist of it. */
  text: string;
  frame: Frame;
}

/** What belongs to the connection and not to the room. */
const NOT_EVENTS = new Set([
  "welcome",
  "history",
  "pong",
  "ack",
  "online-users",
  "token-expiring",
  "authenticated",
  "skipped",
  "error",
]);

/** More than that fits into no line. */
const MOST_CHARACTERS = 300;

/** Said elsewhere in the line. */
const HEAD = ["type", "timestamp", "seq", "id", "userId", "username"];

export const isEvent = ({ type }: Frame): boolean => !NOT_EVENTS.has(type);

/** @param name Tells apart what has no seq. */
export function entryOf(frame: Frame, name: string, now: number): Entry {
  const seq = typeof frame.seq === "number" ? frame.seq : undefined;
  return {
    key: seq === undefined ? name : `seq ${seq}`,
    type: frame.type,
    at: typeof frame.timestamp === "number" ? frame.timestamp : now,
    seq,
    who: [frame.username, frame.userId].find((value) => typeof value === "string"),
    text: gist(frame),
    frame,
  };
}

function gist(frame: Frame): string {
  if (frame.deleted === true) return "(deleted)";
  if (typeof frame.message === "string") return cut(frame.message);
  if ("payload" in frame) {
    const name = frame.type === "event" && typeof frame.name === "string" ? `${frame.name} ` : "";
    return cut(name + (JSON.stringify(frame.payload) ?? ""));
  }
  const rest = Object.entries(frame).filter(([field]) => !HEAD.includes(field));
  return cut(rest.map(([field, value]) => `${field}: ${plain(value)}`).join(", "));
}

const plain = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

function cut(text: string): string {
  const line = text.slice(0, MOST_CHARACTERS + 1).replace(/\s+/g, " ");
  return text.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line;
}
