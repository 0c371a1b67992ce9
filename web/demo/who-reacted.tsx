import type { ReactionsFrame, TimelineMessage } from "durable-rooms";
import { useEffect, useRef, useState } from "react";
import { Avatar } from "../shared/avatar.tsx";
import { useChat } from "./chat-context.ts";

/** The names behind the reactions. */
export function WhoReacted({
  message,
  onClose,
}: {
  message: TimelineMessage;
  onClose: () => void;
}) {
  const { room, me } = useChat();
  const dialog = useRef<HTMLDialogElement>(null);
  const [users, setUsers] = useState<ReactionsFrame["users"]>();

  useEffect(() => {
    dialog.current?.showModal();
    let isWanted = true;
    room
      .reactionsOf(message)
      .then((found) => isWanted && setUsers(found))
      .catch(() => isWanted && setUsers([]));
    return () => {
      isWanted = false;
    };
  }, [room, message]);

  return (
    <dialog ref={dialog} aria-label="Reactions" data-testid="who-reacted" onClose={onClose}>
      <h2>Reactions</h2>
      {users === undefined && <p className="hint">Loading…</p>}
      <ul>
        {users?.map(({ emoji, userId, username }) => (
          <li key={`${emoji} ${userId}`} className="person">
            <Avatar userId={userId} username={username} />
            <span className="person-name">{userId === me ? "You" : username}</span>
            <span className="emoji">{emoji}</span>
          </li>
        ))}
      </ul>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
