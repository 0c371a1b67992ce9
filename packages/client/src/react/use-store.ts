import { useSyncExternalStore } from "react";
import type { ReadableStore } from "../store.ts";

/** @param unjoined What is shown on a server, and by the browser that takes over from it: nobody has joined there. */
export function useStore<Value>(store: ReadableStore<Value>, unjoined: Value): Value {
  return useSyncExternalStore(store.subscribe, store.getSnapshot, () => unjoined);
}
