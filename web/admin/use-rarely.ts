import { useEffect, useRef } from "react";

/** Calls `act` some time after `version` has changed: once, however often it changes meanwhile. */
export function useRarely(version: number, ms: number, act: () => void): void {
  const timer = useRef<number>(undefined);
  const first = useRef(version);
  useEffect(() => {
    if (version === first.current) return;
    timer.current ??= window.setTimeout(() => {
      timer.current = undefined;
      act();
    }, ms);
  }, [version, ms, act]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
}
