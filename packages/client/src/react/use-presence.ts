import { useMemo } from "react";
import { NOBODY } from "../presence.ts";
import type { PresentUser } from "../protocol.ts";
import type { Room } from "../room.ts";
import { useStore } from "./use-store.ts";

export interface PresenceHandle {
  /** In the order in which they came; with oneself, once, however many devices. */
  users: readonly PresentUser[];
  /** How many there are, as the room says. */
  total: number;
  set: Room["setPresence"];
}

/** Who is in the room; while the line is broken, who was. */
export function usePresence(room: Room): PresenceHandle {
  const people = useStore(room.people, NOBODY);
  return useMemo(
    () => ({
      users: [...people.users.values()],
      total: people.total,
      set: (presence) => room.setPresence(presence),
    }),
    [people, room],
  );
}
