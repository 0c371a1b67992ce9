import { useMemo } from "react";
import type { Person } from "../protocol.ts";
import type { Room } from "../room.ts";
import { useStore } from "./use-store.ts";

export interface TypingHandle extends Pick<Room, "typing" | "stopTyping"> {
  /** The others who type now, those who began first at the front. */
  typists: readonly Person[];
}

const NOBODY: readonly Person[] = [];

export function useTyping(room: Room): TypingHandle {
  const typists = useStore(room.typists, NOBODY);
  return useMemo(
    () => ({
      typists,
      typing: () => room.typing(),
      stopTyping: () => room.stopTyping(),
    }),
    [typists, room],
  );
}
