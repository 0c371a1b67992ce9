import { useState } from "react";
import type { AuditEntry, Moderated } from "./answers.ts";
import { until as untilWords } from "./durations.ts";
import { Moderate } from "./moderate.tsx";
import { type Sanction, sanctions, told } from "./moderation.ts";
import { exactTime, fullTime } from "./moments.ts";
import { useSession } from "./session.ts";
import { useAction } from "./use-action.ts";
import type { Polled } from "./use-poll.ts";

/** Who is banned or muted, and what moderators have done. */
export function Trail({
  audit: { data, error, refresh },
  path,
}: {
  audit: Polled<{ entries: AuditEntry[] }>;
  path: string;
}) {
  const [isAsking, setAsking] = useState(false);
  if (data === undefined) {
    return <p className="empty bare">{error === undefined ? "Loading…" : error.message}</p>;
  }
  const { entries } = data;
  const inForce = sanctions(entries, Date.now());
  return (
    <>
      <div className="panel-head">
        <h3>Banned and muted</h3>
        <button type="button" className="small" onClick={() => setAsking(true)}>
          Add…
        </button>
      </div>
      {inForce.length === 0 && <p className="hint panel-note">Nobody is.</p>}
      <ul className="lines">
        {inForce.map((sanction) => (
          <InForce
            key={`${sanction.kind} ${sanction.userId}`}
            sanction={sanction}
            path={path}
            onDone={refresh}
          />
        ))}
      </ul>
      <div className="panel-head">
        <h3>Audit trail</h3>
      </div>
      {entries.length === 0 && <p className="hint panel-note">Nobody has been moderated here.</p>}
      <ol className="lines">
        {entries.map((entry) => (
          <TrailLine key={`${entry.at} ${entry.action} ${entry.userId}`} entry={entry} />
        ))}
      </ol>
      {isAsking && <Moderate path={path} onDone={refresh} onClose={() => setAsking(false)} />}
    </>
  );
}

function InForce({
  sanction: { userId, kind, until, reason, actor },
  path,
  onDone,
}: {
  sanction: Sanction;
  path: string;
  onDone: () => void;
}) {
  const { api } = useSession();
  const { run, isBusy } = useAction();
  const undo = `un${kind}`;
  const takeBack = async () => {
    await run(async () => told(await api.post<Moderated>(`${path}/${undo}`, { userId }), userId));
    onDone();
  };
  return (
    <li className="line" data-testid="sanction">
      <span className={`badge ${kind === "ban" ? "grave" : "warn"}`}>
        {kind === "ban" ? "banned" : "muted"}
      </span>
      <span className="line-text">
        <b>{userId}</b>
        <span className="hint">
          {until === undefined ? "for good" : `ends ${untilWords(until, Date.now())}`} · by {actor}
          {reason !== undefined && ` · “${reason}”`}
        </span>
      </span>
      <button type="button" className="small" disabled={isBusy} onClick={takeBack}>
        {kind === "ban" ? "Unban" : "Unmute"}
      </button>
    </li>
  );
}

function TrailLine({ entry }: { entry: AuditEntry }) {
  const { at, actor, action, userId, reason, closed = 0 } = entry;
  return (
    <li className="line" data-testid="audit">
      <span className="line-text">
        <span>
          <b>{action}</b> {userId}
        </span>
        <span className="hint">
          by {actor}
          {closed > 0 && ` · ${closed} closed`}
          {reason !== undefined && ` · “${reason}”`}
        </span>
      </span>
      <time className="hint" title={fullTime(at)}>
        {exactTime(at)}
      </time>
    </li>
  );
}
