import type { MessageFrame, RoomError } from "durable-rooms";
import { type SubmitEvent, useEffect, useRef, useState } from "react";
import { Avatar } from "../shared/avatar.tsx";
import { fullTimeOf, momentOf } from "../shared/times.ts";
import { useChat } from "./chat-context.ts";
import { Panel } from "./panel.tsx";
import { inWords } from "./words.ts";

interface Found {
  query: string;
  /** The latest first. */
  messages: MessageFrame[];
  hasMore: boolean;
}

/** Finds messages by their words, and leads to them. */
export function Search({ onClose, onChosen }: { onClose: () => void; onChosen: () => void }) {
  const { room, me, jumpTo } = useChat();
  const field = useRef<HTMLInputElement>(null);
  const [found, setFound] = useState<Found>();
  const [note, setNote] = useState<string>();
  const asked = useRef("");

  useEffect(() => field.current?.focus(), []);

  const ask = async (query: string, before?: number) => {
    asked.current = query;
    setNote("Searching…");
    try {
      const page = await room.search(query, { limit: 30, ...(before !== undefined && { before }) });
      if (asked.current !== query) return;
      const messages = page.messages.toReversed();
      setNote(undefined);
      setFound((known) => ({
        query,
        messages: before === undefined ? messages : [...(known?.messages ?? []), ...messages],
        hasMore: page.hasMore,
      }));
    } catch (error) {
      if (asked.current === query) setNote(inWords(error as RoomError) ?? "That did not work.");
    }
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const query = field.current?.value.trim() ?? "";
    if (query !== "") void ask(query);
  };

  const oldest = found?.messages.at(-1)?.seq;
  return (
    <Panel title="Search" testId="search" onClose={onClose}>
      <search>
        <form className="search-form" onSubmit={submit}>
          <input
            ref={field}
            type="search"
            aria-label="Words to search for"
            data-testid="search-field"
            placeholder="Words, or beginnings of words"
            enterKeyHint="search"
            autoComplete="off"
          />
          <button type="submit" className="primary">
            Search
          </button>
        </form>
      </search>
      <p className="hint search-note" role="status">
        {note ?? (found && `${found.messages.length}${found.hasMore ? "+" : ""} found`)}
      </p>
      <ul className="panel-list">
        {found?.messages.map((message) => (
          <li key={message.seq}>
            <button
              type="button"
              className="result"
              data-testid="result"
              onClick={async () => {
                if (await jumpTo(message.seq)) onChosen();
                else setNote("This message could not be loaded.");
              }}
            >
              <Avatar userId={message.userId} username={message.username} />
              <span className="result-text">
                <span className="result-head">
                  <b>{message.userId === me ? "You" : message.username}</b>
                  <time title={fullTimeOf(message.timestamp)}>{momentOf(message.timestamp)}</time>
                </span>
                <span className="quoted" dir="auto">
                  {message.message}
                </span>
              </span>
            </button>
          </li>
        ))}
        {found?.hasMore && (
          <li>
            <button type="button" className="link more" onClick={() => ask(found.query, oldest)}>
              More
            </button>
          </li>
        )}
      </ul>
    </Panel>
  );
}
