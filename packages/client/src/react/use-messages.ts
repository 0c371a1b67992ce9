import { useMemo } from "react";
import type { MessagesView } from "../messages.ts";
import type { Room } from "../room.ts";
import { useStore } from "./use-store.ts";

/** What is in the list, and what can be done about it; as `Room` describes it. */
export interface MessagesHandle extends MessagesView, Pick<Room, "send" | "retry" | "discard"> {
  /** Brings the page before the first message; `isLoading` until then. Failing, the same may be tried again. */
  loadEarlier: Room["loadEarlier"];
}

const UNJOINED: MessagesView = {
  messages: [],
  hasEarlier: false,
  isLoading: false,
  isLoaded: false,
};

/** The messages of a room, own ones from the moment of sending on. */
export function useMessages(room: Room): MessagesHandle {
  const view = useStore(room.messages, UNJOINED);
  const actions = useMemo(
    (): Pick<MessagesHandle, "send" | "retry" | "discard" | "loadEarlier"> => ({
      send: (text, options) => room.send(text, options),
      retry: (messageId) => heard(room.retry(messageId)),
      discard: (messageId) => room.discard(messageId),
      loadEarlier: (limit) => heard(room.loadEarlier(limit)),
    }),
    [room],
  );
  return useMemo(() => ({ ...view, ...actions }), [view, actions]);
}

/** The list shows what came of it, so nobody has to listen to the promise. */
function heard<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}
