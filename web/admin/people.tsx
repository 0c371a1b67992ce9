import { useState } from "react";
import { Avatar } from "../shared/avatar.tsx";
import { counted } from "../shared/names.ts";
import type { Presence, PresentUser } from "./answers.ts";
import { Moderate } from "./moderate.tsx";
import type { Polled } from "./use-poll.ts";

/** Far more than one looks at; the rest is counted. */
const MOST = 200;

/** Who is here, and what can be done about them. */
export function People({
  presence: { data, error },
  path,
  onModerated,
}: {
  presence: Polled<Presence>;
  path: string;
  onModerated: () => void;
}) {
  const [subject, setSubject] = useState<PresentUser>();
  if (data === undefined) {
    return <p className="empty bare">{error === undefined ? "Loading…" : error.message}</p>;
  }
  const { users, totalUsers, connections } = data;
  if (users.length === 0) {
    return (
      <div className="empty bare">
        <p>Nobody is here.</p>
        {connections > 0 && <p>{counted(connections, "connection")} without a presence.</p>}
      </div>
    );
  }
  return (
    <>
      <ul className="people">
        {users.slice(0, MOST).map((user) => (
          <Person key={user.userId} user={user} onModerate={() => setSubject(user)} />
        ))}
      </ul>
      {totalUsers > MOST && <p className="hint panel-note">And {totalUsers - MOST} more.</p>}
      {subject !== undefined && (
        <Moderate
          path={path}
          user={subject}
          onDone={onModerated}
          onClose={() => setSubject(undefined)}
        />
      )}
    </>
  );
}

function Person({
  user: { userId, username, status = "active", devices = 1, meta },
  onModerate,
}: {
  user: PresentUser;
  onModerate: () => void;
}) {
  const notes = [
    ...(status === "active" ? [] : [status]),
    ...(userId === username ? [] : [userId]),
    ...(devices > 1 ? [`${devices} devices`] : []),
    ...(meta === undefined ? [] : [JSON.stringify(meta)]),
  ];
  return (
    <li className="person" data-testid="person">
      <span className="with-dot">
        <Avatar userId={userId} username={username} />
        <span className={`dot ${status}`} aria-hidden="true" />
      </span>
      <span className="person-text">
        <span className="person-name">{username}</span>
        <span className="person-note" title={notes.join(" · ")}>
          {notes.join(" · ")}
        </span>
      </span>
      <button
        type="button"
        className="small"
        data-testid="moderate"
        aria-label={`Moderate ${username}`}
        onClick={onModerate}
      >
        Moderate
      </button>
    </li>
  );
}
