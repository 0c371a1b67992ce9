import type { TimelineMessage } from "durable-rooms";
import { useChat } from "./chat-context.ts";
import { inWords } from "./words.ts";

/** Below a message that the room has refused: why, and what its author can do about it. */
export function FailedNote({ message }: { message: TimelineMessage }) {
  const chat = useChat();
  const why = message.error && inWords(message.error);
  return (
    <p className="note" data-testid="failed">
      Not sent. {why !== undefined && `${why} `}
      <button type="button" className="link" onClick={() => chat.retry(message)}>
        Send again
      </button>
      {" · "}
      <button type="button" className="link" onClick={() => chat.takeBack(message)}>
        Edit
      </button>
      {" · "}
      <button type="button" className="link" onClick={() => chat.discard(message)}>
        Remove
      </button>
    </p>
  );
}
