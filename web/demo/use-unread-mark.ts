import type { Room } from "durable-rooms";
import { useRoomEvents } from "durable-rooms/react";
import { useEffect, useState } from "react";

export interface UnreadMark {
  /** The seq after which the messages of others were new when the reader came back; nothing if none were. */
  after: number | undefined;
  /** Whether the room has said how far we had read: before that nothing may be marked as read. */
  isKnown: boolean;
  clear(): void;
}

/** A room without receipts does not say how far we had read. */
const PATIENCE_MS = 3000;

/** Where the line above the first unread message stands. It stays there while the messages are being read. */
export function useUnreadMark(room: Room, isLoaded: boolean, isReading: () => boolean): UnreadMark {
  const [after, setAfter] = useState<number>();
  const [isKnown, setKnown] = useState(false);

  useEffect(
    () => () => {
      setAfter(undefined);
      setKnown(false);
    },
    [room],
  );

  useEffect(() => {
    if (!isLoaded || isKnown) return;
    const timer = setTimeout(() => setKnown(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [isLoaded, isKnown]);

  useRoomEvents(room, {
    receipts: ({ read, unread }) => {
      if (isKnown) return;
      setKnown(true);
      // To somebody who has never been here everything is new, and nothing in particular.
      if (read > 0 && unread > 0) setAfter(read);
    },
    "new-message": ({ userId }) => {
      const { unread, read } = room.readers.getSnapshot();
      // The first of those that come while nobody looks.
      if (userId !== room.userId && unread === 1 && !isReading()) setAfter(read);
    },
    reset: () => setAfter(undefined),
  });
  return { after, isKnown, clear: () => setAfter(undefined) };
}
