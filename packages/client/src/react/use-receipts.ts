import { useMemo } from "react";
import { NOBODY_YET, type Readers } from "../readers.ts";
import type { Room } from "../room.ts";
import { useStore } from "./use-store.ts";

export interface ReceiptsHandle extends Readers, Pick<Room, "markRead" | "markDelivered"> {}

/** How far everybody has read, and what is unread here. */
export function useReceipts(room: Room): ReceiptsHandle {
  const readers = useStore(room.readers, NOBODY_YET);
  return useMemo(
    () => ({
      ...readers,
      markRead: (seq) => room.markRead(seq),
      markDelivered: (seq) => room.markDelivered(seq),
    }),
    [readers, room],
  );
}
