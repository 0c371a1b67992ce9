import type { PresentUser } from "durable-rooms";
import { useEffect, useState } from "react";
import { Avatar } from "../shared/avatar.tsx";
import { agoOf } from "../shared/times.ts";
import { useNow } from "../shared/use-now.ts";
import type { Absent } from "./use-absent.ts";
import { asSomebodyElse } from "./visit.ts";

const STATUS_WORDS = { active: "", idle: "idle", away: "away" };

export interface PeopleProps {
  room: string;
  me: string;
  users: readonly PresentUser[];
  absent: readonly Absent[];
}

/** Who is here, and who was: a side column where there is room, one line that unfolds on a phone. */
export function People({ room, me, users, absent }: PeopleProps) {
  const [isOpen, setOpen] = useWideOpen();
  const now = useNow(30_000);
  const [somebodyElse, setSomebodyElse] = useState(() => asSomebodyElse(room));
  const here = [...users].sort(
    (a, b) =>
      Number(b.userId === me) - Number(a.userId === me) || a.username.localeCompare(b.username),
  );

  return (
    <aside aria-label="People">
      <details
        data-testid="people"
        open={isOpen}
        onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
      >
        <summary>
          <span id="people-count" data-testid="people-count">
            {here.length === 1 ? "1 person here" : `${here.length} people here`}
          </span>
          <span id="people-names" aria-hidden="true">
            {here
              .map(({ userId, username }) => (userId === me ? `${username} (you)` : username))
              .join(", ")}
          </span>
        </summary>
        <div id="people-list">
          <ul>
            {here.map((user) => (
              <Present key={user.userId} user={user} isMe={user.userId === me} />
            ))}
          </ul>
          {absent.length > 0 && (
            <>
              <h2>Not here</h2>
              <ul>
                {absent.map(({ userId, username, lastSeen }) => (
                  <li key={userId} className="person gone" data-testid="absent">
                    <Avatar userId={userId} username={username} />
                    <span className="person-text">
                      <span className="person-name">{username}</span>
                      <span className="person-note">last seen {agoOf(lastSeen, now)}</span>
                    </span>
                  </li>
                ))}
              </ul>
            </>
          )}
        </div>
        <p id="people-hint" className="hint">
          Another tab of this browser is still you.{" "}
          <a
            id="somebody-else"
            href={somebodyElse}
            data-testid="somebody-else"
            target="_blank"
            rel="noopener"
            // Each click is another person.
            onClick={() => setTimeout(() => setSomebodyElse(asSomebodyElse(room)))}
          >
            Join as somebody else
          </a>
        </p>
      </details>
    </aside>
  );
}

function Present({
  user: { userId, username, status = "active", devices = 1 },
  isMe,
}: {
  user: PresentUser;
  isMe: boolean;
}) {
  const notes = [STATUS_WORDS[status], devices > 1 ? `${devices} devices` : ""].filter(Boolean);
  return (
    <li className="person" data-testid="person" data-status={status} data-devices={devices}>
      <span className="with-dot" aria-hidden="true">
        <Avatar userId={userId} username={username} />
        <i className={`dot ${status}`} />
      </span>
      <span className="person-text">
        <span className="person-name">
          {username}
          {isMe && <span className="you"> (you)</span>}
        </span>
        {notes.length > 0 && <span className="person-note">{notes.join(" · ")}</span>}
      </span>
    </li>
  );
}

/** Open where there is room for a column, and otherwise as one likes. */
function useWideOpen(): [boolean, (isOpen: boolean) => void] {
  const [isOpen, setOpen] = useState(() => matchMedia("(min-width: 48rem)").matches);
  useEffect(() => {
    const wide = matchMedia("(min-width: 48rem)");
    const fold = () => setOpen(wide.matches);
    wide.addEventListener("change", fold);
    return () => wide.removeEventListener("change", fold);
  }, []);
  return [isOpen, setOpen];
}
