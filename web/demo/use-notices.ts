import type { Person, PresenceDiffFrame, Room } from "durable-rooms";
import { useRoomEvents } from "durable-rooms/react";
import { useEffect, useRef, useState } from "react";
import type { Notice } from "./rows.ts";

/** What happened longer ago is nobody's concern. */
const MOST = 100;

/** "Bob joined", "Bob left": for as long as the page is there. */
export function useNotices(room: Room): readonly Notice[] {
  const [notices, setNotices] = useState<readonly Notice[]>([]);
  const count = useRef(0);

  useEffect(() => () => setNotices([]), [room]);

  const add = (people: readonly Person[], did: string, timestamp: number) => {
    const fresh = people
      .filter(({ userId }) => userId !== room.userId)
      .map(({ username }) => {
        count.current += 1;
        return { key: `notice ${count.current}`, text: `${username} ${did}`, timestamp };
      });
    if (fresh.length > 0) setNotices((known) => [...known, ...fresh].slice(-MOST));
  };
  useRoomEvents(room, {
    "user-joined": (person) => add([person], "joined", person.timestamp),
    "user-left": (person) => add([person], "left", person.timestamp),
    "presence-diff": ({ joined, left, timestamp }: PresenceDiffFrame) => {
      add(joined, "joined", timestamp);
      add(left, "left", timestamp);
    },
  });
  return notices;
}
