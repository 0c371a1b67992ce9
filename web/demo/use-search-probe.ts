import type { ConnectionState, Room } from "durable-rooms";
import { useEffect, useState } from "react";

/** Whether this room can be searched: only an answer tells. */
export function useSearchProbe(room: Room, { status }: ConnectionState): boolean {
  const [answer, setAnswer] = useState<{ room: Room; canSearch: boolean }>();
  const isAsked = answer?.room === room;
  useEffect(() => {
    if (status !== "open" || isAsked) return;
    let isWanted = true;
    const found = (canSearch: boolean) => {
      if (isWanted) setAnswer({ room, canSearch });
    };
    room.search("a", { limit: 1 }).then(
      () => found(true),
      () => found(false),
    );
    return () => {
      isWanted = false;
    };
  }, [room, status, isAsked]);
  return isAsked && answer.canSearch;
}
