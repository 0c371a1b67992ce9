import { useEffect, useState, useSyncExternalStore } from "react";
import { type Observed, Observer } from "./observer.ts";

export interface ObserverHandle extends Observed {
  loadEarlier(): Promise<void>;
  /** After it was closed for good. */
  comeBack(): void;
}

/** Listens for as long as the component is there; which room and as whom must not change meanwhile. */
export function useObserver(
  party: string,
  room: string,
  credential: string,
  isEnabled: boolean,
): ObserverHandle {
  const [observer] = useState(() => new Observer({ party, room }, credential));
  useEffect(() => {
    if (!isEnabled) return;
    observer.start();
    return () => observer.stop();
  }, [observer, isEnabled]);
  const observed = useSyncExternalStore(observer.subscribe, observer.getSnapshot);
  return {
    ...observed,
    loadEarlier: () => observer.loadEarlier(),
    comeBack: () => observer.start(),
  };
}
