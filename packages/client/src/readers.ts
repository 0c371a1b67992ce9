/** How far the others have got, and what is unread here. Pure. */

import type { MessageFrame, ReceiptStatus, ReceiptsFrame } from "./protocol.ts";

/** How far somebody is; 0 is nowhere. */
export interface Reader {
  delivered: number;
  read: number;
  username?: string;
  /** When they were here last, for those who are not. */
  lastSeen?: number;
}

export interface Readers {
  /** The own pointers: seqs. */
  delivered: number;
  read: number;
  /** Messages of others after the own read pointer, and those among them that mention us; at most 1000 at first. */
  unread: number;
  mentions: number;
  /** The others, by user id. */
  others: ReadonlyMap<string, Reader>;
}

export const NOBODY_YET: Readers = {
  delivered: 0,
  read: 0,
  unread: 0,
  mentions: 0,
  others: new Map(),
};

/** The answer to `receipts`. What is known already is further or the same. */
export function withReceipts(readers: Readers, frame: ReceiptsFrame, me: string): Readers {
  const others = new Map(readers.others);
  for (const { userId, ...reader } of frame.users) {
    if (userId === me) continue;
    const known = others.get(userId);
    others.set(userId, {
      ...reader,
      delivered: Math.max(reader.delivered, known?.delivered ?? 0),
      read: Math.max(reader.read, known?.read ?? 0),
    });
  }
  return {
    delivered: Math.max(readers.delivered, frame.delivered),
    read: Math.max(readers.read, frame.read),
    unread: frame.unread,
    mentions: frame.mentions,
    others,
  };
}

/** Somebody else has got further. */
export function withProgress(
  readers: Readers,
  { userId, upTo, status }: { userId: string; upTo: number; status: ReceiptStatus },
): Readers {
  const known = readers.others.get(userId) ?? { delivered: 0, read: 0 };
  const read = status === "read" ? Math.max(known.read, upTo) : known.read;
  const delivered = Math.max(known.delivered, upTo);
  if (read === known.read && delivered === known.delivered) return readers;
  return {
    ...readers,
    others: new Map(readers.others).set(userId, { ...known, read, delivered }),
  };
}

/** A message of somebody else has come. */
export function withUnread(readers: Readers, frame: MessageFrame, me: string): Readers {
  if (frame.seq <= readers.read || frame.deleted) return readers;
  return {
    ...readers,
    unread: readers.unread + 1,
    mentions: readers.mentions + (mentions(frame.meta, me) ? 1 : 0),
  };
}

/** The own pointer has moved; `later` are the messages of others after it. */
export function withOwnRead(
  readers: Readers,
  seq: number,
  later: readonly { meta?: unknown }[],
  me: string,
): Readers {
  if (seq <= readers.read) return readers;
  return {
    ...readers,
    read: seq,
    delivered: Math.max(readers.delivered, seq),
    unread: later.length,
    mentions: later.filter(({ meta }) => mentions(meta, me)).length,
  };
}

/** The furthest that any other has got: what the ticks of an own message show. */
export function furthest({ others }: Readers): { delivered: number; read: number } {
  let delivered = 0;
  let read = 0;
  for (const reader of others.values()) {
    delivered = Math.max(delivered, reader.delivered, reader.read);
    read = Math.max(read, reader.read);
  }
  return { delivered, read };
}

function mentions(meta: unknown, me: string): boolean {
  if (typeof meta !== "object" || meta === null || !("mentions" in meta)) return false;
  return Array.isArray(meta.mentions) && meta.mentions.includes(me);
}
