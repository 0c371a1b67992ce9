import { useEffect, useState } from "react";
import type { ConnectionState } from "../connection.ts";
import { Room } from "../room.ts";
import type { RoomOptions } from "../room-options.ts";
import { useLatest } from "./latest.ts";
import { type RoomHandlers, useRoomEvents } from "./use-room-events.ts";
import { useStore } from "./use-store.ts";

export interface UseRoomOptions extends Omit<RoomOptions, "host"> {
  /** The host that the page came from, if left out. */
  host?: string;
  /** With `false` it does not join, or leaves: for a room that is not known yet. */
  enabled?: boolean;
  /** What to do when something happens. May be written in place: the room is not joined anew for it. */
  on?: RoomHandlers;
}

export interface RoomHandle {
  room: Room;
  connection: ConnectionState;
}

const UNJOINED: ConnectionState = { status: "idle" };

/**
 * Joins a room for as long as the component is there. The object is another one when `host`, `party`, `room`,
 * `userId`, `username` or `sessionId` is another; of the other options the first ones hold, except for `token`, of
 * which the latest is used whenever one is needed. Whoever signs in as somebody else needs another `key`.
 */
export function useRoom(options: UseRoomOptions): RoomHandle {
  const { host, party, room: name, userId, username, sessionId, enabled = true, on = {} } = options;
  const latest = useLatest(options);
  const key = JSON.stringify([host, party, name, userId, username, sessionId]);
  const create = () => ({ key, room: new Room(withLatestToken(options, () => latest.current)) });
  const [held, setHeld] = useState(create);
  let { room } = held;
  if (held.key !== key) {
    const next = create();
    room = next.room;
    setHeld(next);
  }

  useRoomEvents(room, on);
  useEffect(() => {
    if (!enabled) return;
    let isMounted = true;
    // Later, for what StrictMode mounts for a moment is not to be seen coming and going.
    void Promise.resolve().then(() => {
      if (isMounted) room.join();
    });
    return () => {
      isMounted = false;
      if (room.state.status !== "idle") room.leave();
    };
  }, [room, enabled]);

  return { room, connection: useStore(room.connection, UNJOINED) };
}

function withLatestToken(
  { enabled: _, on: __, host = ownHost(), token, ...options }: UseRoomOptions,
  latest: () => UseRoomOptions,
): RoomOptions {
  if (token === undefined) return { ...options, host };
  const current = () => {
    const { token } = latest();
    return typeof token === "function" ? token() : (token ?? "");
  };
  return { ...options, host, token: current };
}

/** A server that renders has none, and does not join either. */
function ownHost(): string {
  const { location } = globalThis as { location?: { origin?: string } };
  return location?.origin ?? "localhost";
}
