import { useNow } from "../shared/use-now.ts";
import { short } from "./durations.ts";
import type { Polled } from "./use-poll.ts";

/** Older than this, numbers are not what is. */
const OLD_MS = 6_000;

/** How old what one sees is; loud when it is old. */
export function Freshness({
  polled: { readAt, error, retryAt, refresh },
}: {
  polled: Polled<unknown>;
}) {
  const now = useNow(1000);
  const age = readAt === undefined ? 0 : now - readAt;
  const isOld = error !== undefined && (readAt === undefined || age > OLD_MS);
  if (!isOld) {
    return (
      <p className="fresh" data-testid="freshness">
        <span className="pulse" aria-hidden="true" />
        {readAt === undefined ? "Loading…" : "Live"}
      </p>
    );
  }
  return (
    <div className="stale" data-testid="stale">
      <p>
        {/* What counts the seconds is not read out each second. */}
        <span role="status">{error.message}</span>{" "}
        {readAt === undefined ? "There are no numbers." : `These numbers are ${short(age)} old.`}
        {retryAt !== undefined && retryAt > now && ` Next try in ${short(retryAt - now)}.`}
      </p>
      <button type="button" className="stale-retry" onClick={refresh}>
        Try now
      </button>
    </div>
  );
}
