import { useSyncExternalStore } from "react";
import { type Place, placeOf } from "./place.ts";

const subscribe = (listener: () => void) => {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
};

/** Goes with the address, and so with the browser's "back". */
export function usePlace(): Place {
  return placeOf(useSyncExternalStore(subscribe, () => location.hash));
}
