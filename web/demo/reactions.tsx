import type { TimelineMessage } from "durable-rooms";
import { useState } from "react";
import { counted, listed } from "../shared/names.ts";
import { useChat } from "./chat-context.ts";

/** One chip for each emoji: a press adds or takes back one's own. Who it was is asked for when a pointer rests there. */
export function Reactions({
  message,
  isReachable,
}: {
  message: TimelineMessage;
  isReachable: boolean;
}) {
  const chat = useChat();
  const [who, setWho] = useState<Record<string, string>>({});
  if (message.reactions.length === 0) return null;

  const ask = async () => {
    const users = await chat.room.reactionsOf(message).catch(() => []);
    const namesFor = (emoji: string) =>
      users
        .filter((user) => user.emoji === emoji)
        .map(({ userId, username }) => (userId === chat.me ? "you" : username));
    setWho(
      Object.fromEntries(message.reactions.map(({ emoji }) => [emoji, listed(namesFor(emoji), 8)])),
    );
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would be part of a form
    <div className="reactions" role="group" aria-label="Reactions" onPointerEnter={ask}>
      {message.reactions.map(({ emoji, count }) => {
        const isMine = message.reacted.includes(emoji);
        return (
          <button
            key={emoji}
            type="button"
            className="chip"
            data-testid="reaction"
            aria-pressed={isMine}
            aria-label={`${emoji}, ${counted(count, "person", "people")}${isMine ? ", you too" : ""}`}
            title={who[emoji]}
            tabIndex={isReachable ? 0 : -1}
            onClick={() => chat.react(message, emoji)}
          >
            <span className="emoji">{emoji}</span>
            {count > 1 && <span className="count">{count}</span>}
          </button>
        );
      })}
    </div>
  );
}
