import { hashKey, type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import type { PublishedEvent } from "../protocol.ts";
import { DEFAULT_KEYS, type KeysOfEvent } from "./query-keys.ts";
import { type RoomHandle, type UseRoomOptions, useRoom } from "./use-room.ts";

export interface ProjectRealtimeOptions
  extends Pick<
    UseRoomOptions,
    "host" | "party" | "token" | "username" | "since" | "enabled" | "world"
  > {
  /** By type of event; added to what is done by itself. `null` for a type that is to change nothing. */
  keys?: Readonly<Record<string, KeysOfEvent | null>>;
  /** What to fetch again after a time without a connection, when events may have been lost; the tasks if left out. */
  keysAfterGap?: readonly QueryKey[];
  /** Every event of the room, those that change no query too (`USER_JOINED`, …). */
  onEvent?: (event: PublishedEvent) => void;
}

/**
 * Listens to what the backend publishes about a project, and marks the queries as stale that it concerns. Events that
 * come together mark a query once.
 */
export function useProjectRealtime(
  projectId: string,
  userId: string,
  { keys, keysAfterGap, onEvent, party = "main", ...options }: ProjectRealtimeOptions = {},
): RoomHandle {
  const client = useQueryClient();
  const stale = useRef(new Map<string, QueryKey>());
  const wasOpen = useRef<unknown>(undefined);

  const invalidate = (found: readonly QueryKey[]) => {
    const isWaiting = stale.current.size > 0;
    for (const key of found) stale.current.set(hashKey(key), key);
    if (isWaiting || found.length === 0) return;
    void Promise.resolve().then(() => {
      const all = [...stale.current.values()];
      stale.current.clear();
      for (const queryKey of all) void client.invalidateQueries({ queryKey });
    });
  };

  const handle = useRoom({
    ...options,
    party,
    room: projectId,
    userId,
    // The room has no messages, and nobody reads here.
    historyPage: 0,
    receipts: false,
    autoDelivered: false,
    on: {
      published: (event) => {
        const found = keys?.[event.type];
        const keysOf = found === undefined ? DEFAULT_KEYS[event.type] : found;
        invalidate(keysOf?.(event, projectId) ?? []);
        onEvent?.(event);
      },
      // Of what was published meanwhile only that comes again which the room keeps.
      welcome: () => {
        if (wasOpen.current === handle.room) invalidate(keysAfterGap ?? taskKeysOf(projectId));
        wasOpen.current = handle.room;
      },
    },
  });
  return handle;
}

function taskKeysOf(projectId: string): QueryKey[] {
  return [["tasks", projectId], ["task"]];
}
