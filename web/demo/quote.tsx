import type { Room, TimelineMessage } from "durable-rooms";
import { useEffect, useState } from "react";
import { hueStyle } from "../shared/avatar.tsx";
import { useChat } from "./chat-context.ts";

type Original = Pick<TimelineMessage, "userId" | "username" | "message" | "deleted">;

/** What a message answers, above its text; leads there. `original` is missing if it is not loaded. */
export function Quote({
  messageId,
  original,
  isReachable,
}: {
  messageId: string;
  original: Original | undefined;
  isReachable: boolean;
}) {
  const chat = useChat();
  const fetched = useOriginal(chat.room, messageId, original !== undefined);
  const shown = original ?? fetched;
  return (
    <button
      type="button"
      className="quote"
      data-testid="quote"
      tabIndex={isReachable ? 0 : -1}
      style={shown && hueStyle(shown.userId)}
      onClick={() => chat.jumpTo(messageId)}
    >
      {shown === undefined ? (
        <span className="quoted">An earlier message</span>
      ) : (
        <>
          <span className="quoted-author">{shown.userId === chat.me ? "You" : shown.username}</span>
          <span className="quoted" dir="auto">
            {shown.deleted ? "This message was deleted" : shown.message}
          </span>
        </>
      )}
    </button>
  );
}

/** A message that is too far up to be loaded: its thread knows its place, and its place has it. */
function useOriginal(room: Room, messageId: string, isKnown: boolean): Original | undefined {
  const [original, setOriginal] = useState<Original>();
  useEffect(() => {
    if (isKnown) return;
    let isWanted = true;
    room
      .thread(messageId, { limit: 1 })
      .then(({ messageSeq }) => room.history({ after: messageSeq - 1, limit: 1 }))
      .then(({ messages: [found] }) => {
        if (isWanted && found?.type === "new-message")
          setOriginal(found as typeof found & Original);
      })
      // Then it stays "an earlier message".
      .catch(() => {});
    return () => {
      isWanted = false;
    };
  }, [room, messageId, isKnown]);
  return original;
}
