import type { ConnectionState } from "durable-rooms";
import { useNow } from "../shared/use-now.ts";

/** Says that the line is broken, what becomes of what is written now, and when it is tried again. */
export function OfflineBanner({
  connection,
  onTryNow,
}: {
  connection: ConnectionState;
  onTryNow: () => void;
}) {
  const now = useNow(1000);
  const seconds =
    connection.status === "offline" ? Math.ceil((connection.retryAt - now) / 1000) : 0;
  return (
    <div id="offline" role="status" data-testid="offline">
      <p>
        <strong>No connection.</strong> What you write is kept, and goes out when it is back.
      </p>
      <button type="button" className="link" onClick={onTryNow}>
        {/* The time is for the eye: read out every second it would be a nuisance. */}
        Try now<span aria-hidden="true">{seconds > 0 && ` (${seconds} s)`}</span>
      </button>
    </div>
  );
}
