import { useState } from "react";
import { useToasts } from "./toasts.tsx";

/** Does something once at a time, and says what came of it. */
export function useAction(): {
  isBusy: boolean;
  /** `act` gives what is to be said; what it rejects with is said, too. */
  run: (act: () => Promise<string>) => Promise<void>;
} {
  const toasts = useToasts();
  const [isBusy, setBusy] = useState(false);
  const run = async (act: () => Promise<string>) => {
    if (isBusy) return;
    setBusy(true);
    try {
      toasts.done(await act());
    } catch (cause) {
      toasts.failed(cause instanceof Error ? cause.message : String(cause));
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, run };
}
