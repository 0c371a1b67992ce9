import type { ObserverHandle } from "./use-observer.ts";

/** Whether what one sees is what happens, and if not, what can be done. */
export function StreamState({
  observed: { connection, comeBack },
  canListen,
  isPaused,
}: {
  observed: ObserverHandle;
  canListen: boolean;
  isPaused: boolean;
}) {
  if (!canListen) {
    return (
      <p className="hint stream-hint">
        A browser cannot show this key on a socket, because of its signs. Sign in with an admin
        token to see events as they happen.
      </p>
    );
  }
  if (connection.status === "closed") {
    return (
      <p className="stream-state" role="status" data-testid="stream" data-state="closed">
        <span className="stream-dot" aria-hidden="true" />
        Not let in: {connection.error?.message ?? (connection.reason || connection.code)}
        <button type="button" className="link" onClick={comeBack}>
          Try again
        </button>
      </p>
    );
  }
  const state = connection.status === "open" ? (isPaused ? "paused" : "open") : "offline";
  const words = { open: "Streaming", paused: "Paused", offline: "Connecting…" };
  return (
    <p className="stream-state" data-testid="stream" data-state={state}>
      <span className="stream-dot" aria-hidden="true" />
      {words[state]}
    </p>
  );
}
