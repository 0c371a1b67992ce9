import { useEffect, useState, useSyncExternalStore } from "react";
import { Poller, type PollState, type PollWorld, type Read } from "./poller.ts";

export interface Polled<Answer> extends PollState<Answer> {
  refresh(): void;
}

/** `read` has to be the same function for as long as it asks the same: another one is asked at once. */
export function usePoll<Answer>(read: Read<Answer>, everyMs: number): Polled<Answer> {
  const [poller] = useState(() => new Poller<Answer>(PAGE, everyMs));
  useEffect(() => {
    poller.start(read);
    return () => poller.stop();
  }, [poller, read]);
  const state = useSyncExternalStore(poller.subscribe, poller.getSnapshot);
  return { ...state, refresh: poller.refresh };
}

const PAGE: PollWorld = {
  now: () => Date.now(),
  setTimer: (run, ms) => setTimeout(run, ms),
  clearTimer: (timer) => clearTimeout(timer as number | undefined),
  isVisible: () => document.visibilityState === "visible",
  onVisible: (look) => {
    document.addEventListener("visibilitychange", look);
    addEventListener("online", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      removeEventListener("online", look);
    };
  },
};
