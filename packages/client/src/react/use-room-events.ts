import { useEffect } from "react";
import type { Room } from "../room.ts";
import type { RoomEvents } from "../room-events.ts";
import { useLatest } from "./latest.ts";

export type RoomHandlers = {
  [Type in keyof RoomEvents]?: (event: RoomEvents[Type]) => void;
};

/** Handlers may be written in place: they are not subscribed anew, and the latest ones are called. */
export function useRoomEvents(room: Room, handlers: RoomHandlers): void {
  const latest = useLatest(handlers);
  const types = Object.keys(handlers).sort().join();
  useEffect(() => {
    const listen = <Type extends keyof RoomEvents>(type: Type) =>
      room.on(type, (event) => latest.current[type]?.(event));
    const stops = types === "" ? [] : types.split(",").map((type) => listen(type as "state"));
    return () => {
      for (const stop of stops) stop();
    };
  }, [room, types, latest]);
}
