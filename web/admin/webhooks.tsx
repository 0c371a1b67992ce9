import { useState } from "react";
import { ReplayIcon } from "../shared/icons.tsx";
import { counted } from "../shared/names.ts";
import { useNow } from "../shared/use-now.ts";
import type { DeadLetter, Webhooks as Queue } from "./answers.ts";
import { Confirm } from "./confirm.tsx";
import { until } from "./durations.ts";
import { exactTime, fullTime } from "./moments.ts";
import { whole } from "./numbers.ts";
import { useSession } from "./session.ts";
import { useAction } from "./use-action.ts";
import type { Polled } from "./use-poll.ts";

/** What the room has to deliver to the backend, and what it could not. */
export function Webhooks({
  queue: { data, error, refresh },
  path,
}: {
  queue: Polled<Queue>;
  path: string;
}) {
  const { api } = useSession();
  const { run, isBusy } = useAction();
  const [asked, setAsked] = useState<DeadLetter | "all">();
  const now = useNow(1000);
  if (data === undefined) {
    return <p className="empty bare">{error === undefined ? "Loading…" : error.message}</p>;
  }
  const { waiting, attempts, nextAttemptAt, lastError, dead } = data;
  const replay = async (what: DeadLetter | "all") => {
    await run(async () => {
      const body = what === "all" ? {} : { ids: [what.id] };
      const { replayed } = await api.post<{ replayed: number }>(`${path}/webhooks/replay`, body);
      return `${counted(replayed, "event")} will be delivered anew.`;
    });
    refresh();
  };

  return (
    <>
      <dl className="queue">
        <div>
          <dt>Waiting</dt>
          <dd data-testid="waiting">{whole(waiting)}</dd>
        </div>
        <div>
          <dt>Attempts</dt>
          <dd>{waiting === 0 ? "–" : whole(attempts)}</dd>
        </div>
        <div>
          <dt>Next try</dt>
          <dd>{nextAttemptAt === undefined ? "–" : until(nextAttemptAt, now)}</dd>
        </div>
      </dl>
      {lastError !== undefined && <p className="queue-error">{lastError}</p>}
      <div className="panel-head">
        <h3>Dead letters</h3>
        {dead.length > 1 && (
          <button
            type="button"
            className="small"
            data-testid="replay-all"
            disabled={isBusy}
            onClick={() => setAsked("all")}
          >
            Replay all
          </button>
        )}
      </div>
      {dead.length === 0 && (
        <p className="hint panel-note">None. What cannot be delivered in time ends up here.</p>
      )}
      <ul className="lines">
        {dead.map((letter) => (
          <DeadLine
            key={letter.id}
            letter={letter}
            isBusy={isBusy}
            onReplay={() => setAsked(letter)}
          />
        ))}
      </ul>
      {asked !== undefined && (
        <Confirm
          title={asked === "all" ? "Replay everything?" : `Replay ${asked.type}?`}
          text={
            asked === "all"
              ? `All dead letters of this room (${dead.length} are shown) go back to the queue. Whoever receives them may get some for the second time.`
              : "It goes back to the queue. Whoever receives it may get it for the second time."
          }
          verb={asked === "all" ? "Replay all" : "Replay"}
          onConfirm={() => replay(asked)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
}

function DeadLine({
  letter: { type, to, at, attempts, error },
  isBusy,
  onReplay,
}: {
  letter: DeadLetter;
  isBusy: boolean;
  onReplay: () => void;
}) {
  return (
    <li className="line" data-testid="dead">
      <span className="line-text">
        <span className="mono">{type}</span>
        <span className="hint">{error}</span>
        <span className="hint">
          <time title={fullTime(at)}>{exactTime(at)}</time> · {counted(attempts, "attempt")}
          {to !== undefined && ` · to ${to}`}
        </span>
      </span>
      <button
        type="button"
        className="small with-icon"
        aria-label={`Replay ${type}`}
        disabled={isBusy}
        onClick={onReplay}
      >
        <ReplayIcon /> Replay
      </button>
    </li>
  );
}
