import type { Person, Room } from "durable-rooms";
import { type PresenceHandle, type ReceiptsHandle, useRoomEvents } from "durable-rooms/react";
import { useEffect, useMemo, useState } from "react";

export interface Absent extends Person {
  /** Milliseconds since 1970. */
  lastSeen: number;
}

/** So many of them. */
const MOST = 12;

/** Who was here and is not: as the room knew on coming in, and as was seen since. The latest first. */
export function useAbsent(
  room: Room,
  { users }: PresenceHandle,
  { others }: ReceiptsHandle,
  nameOf: (userId: string) => string,
): readonly Absent[] {
  const [left, setLeft] = useState<ReadonlyMap<string, Absent>>(new Map());
  useEffect(() => () => setLeft(new Map()), [room]);

  const add = (people: readonly Person[], lastSeen: number) =>
    setLeft((known) => {
      const next = new Map(known);
      for (const { userId, username } of people) next.set(userId, { userId, username, lastSeen });
      return next;
    });
  useRoomEvents(room, {
    "user-left": (person) => add([person], person.timestamp),
    "presence-diff": ({ left, timestamp }) => {
      if (left.length > 0) add(left, timestamp);
    },
  });

  return useMemo(() => {
    const absent = new Map<string, Absent>();
    for (const [userId, { lastSeen }] of others) {
      if (lastSeen !== undefined) {
        absent.set(userId, { userId, username: nameOf(userId), lastSeen });
      }
    }
    for (const [userId, person] of left) absent.set(userId, person);
    for (const { userId } of users) absent.delete(userId);
    return [...absent.values()].sort((a, b) => b.lastSeen - a.lastSeen).slice(0, MOST);
  }, [others, left, users, nameOf]);
}
