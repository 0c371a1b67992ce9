import type { TimelineMessage } from "durable-rooms";
import type { MessagesHandle } from "durable-rooms/react";
import { type KeyboardEvent, useEffect, useMemo, useState } from "react";
import { DownIcon } from "../shared/icons.tsx";
import { counted } from "../shared/names.ts";
import { useChat } from "./chat-context.ts";
import { Message } from "./message.tsx";
import { type Notice, type Row, rowsOf } from "./rows.ts";
import type { LogScroll } from "./use-log-scroll.ts";

export interface LogProps {
  messages: MessagesHandle;
  notices: readonly Notice[];
  unreadAfter: number | undefined;
  /** Messages that have not been read. */
  unread: number;
  progressOf: (message: TimelineMessage) => string;
  scroll: LogScroll;
}

/** The conversation: messages in the room's order, and how one moves about in them. */
export function Log({ messages, notices, unreadAfter, unread, progressOf, scroll }: LogProps) {
  const chat = useChat();
  const [chosen, setChosen] = useState<string>();
  const isQuiet = useAfterglow(messages.isLoading || !messages.isLoaded);
  const list = messages.messages;
  const rows = useMemo(() => rowsOf(list, notices, unreadAfter), [list, notices, unreadAfter]);
  const { byId, replies } = useMemo(() => answersIn(list), [list]);
  const reachable = list.some(({ key }) => key === chosen) ? chosen : list.at(-1)?.key;

  const rowOf = (row: Row) => {
    switch (row.kind) {
      case "day":
        return (
          <p key={row.key} className="day" data-row="day">
            {row.text}
          </p>
        );
      case "unread":
        return (
          <p key={row.key} className="unread" data-row="unread" data-testid="unread">
            <span>New messages</span>
          </p>
        );
      case "notice":
        return (
          <p key={row.key} className="notice" data-testid="notice">
            {row.text}
          </p>
        );
      case "message":
        return (
          <Message
            key={row.key}
            message={row.message}
            isContinuation={row.isContinuation}
            original={row.message.replyTo === undefined ? undefined : byId.get(row.message.replyTo)}
            replies={replies.get(row.message.messageId) ?? 0}
            progress={progressOf(row.message)}
            isReachable={row.key === reachable}
          />
        );
    }
  };

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const { target, currentTarget } = event;
    if (!(target instanceof HTMLElement) || target.dataset.key === undefined) return;
    const articles = [...currentTarget.querySelectorAll<HTMLElement>("[data-key]")];
    const at = articles.indexOf(target);
    const next = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: articles.length - 1 }[
      event.key
    ];
    if (next !== undefined) articles[next]?.focus();
    else if (event.key === "Enter" || event.key === "ContextMenu") {
      const message = list.find(({ key }) => key === target.dataset.key);
      const bubble = target.querySelector<HTMLElement>(".bubble");
      if (message?.seq === undefined || message.deleted || bubble === null) return;
      chat.openMenu(message, bubble);
    } else return;
    event.preventDefault();
  };

  const { isLoading, hasEarlier, isLoaded } = messages;
  return (
    <div className="log-frame">
      <div
        ref={scroll.log}
        id="log"
        data-testid="messages"
        role="log"
        aria-label="Messages"
        // Nobody wants fifty messages read out.
        aria-live={isQuiet ? "off" : "polite"}
        aria-relevant="additions"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: not every browser lets the keyboard scroll it otherwise
        tabIndex={0}
        onScroll={scroll.onScroll}
      >
        {hasEarlier && (
          <button
            type="button"
            id="load-earlier"
            data-testid="load-earlier"
            // Not `disabled`: that would take the focus away from whoever has just pressed it.
            aria-disabled={isLoading}
            onClick={() => void messages.loadEarlier()}
          >
            {isLoading ? "Loading…" : "Load earlier messages"}
          </button>
        )}
        {isLoaded && list.length === 0 && (
          <p id="no-messages">
            No messages yet. Say hello, or copy the link and send it to somebody.
          </p>
        )}
        {!isLoaded && list.length === 0 && <p id="no-messages">Loading the conversation…</p>}
        {/* biome-ignore lint/a11y/noStaticElementInteractions: keys that lead from message to message */}
        <div
          ref={scroll.rows}
          id="rows"
          onKeyDown={onKeyDown}
          onFocus={({ target }) => {
            const row = target.closest<HTMLElement>("[data-key]");
            if (row !== null) setChosen(row.dataset.key);
          }}
        >
          {rows.map(rowOf)}
        </div>
      </div>
      {!scroll.isAtEnd && (
        <button
          type="button"
          id="to-end"
          className={unread > 0 ? "primary" : ""}
          data-testid="new-messages"
          aria-label={unread > 0 ? counted(unread, "new message") : "Jump to the latest message"}
          onClick={() => {
            scroll.toEnd();
            scroll.log.current?.focus({ preventScroll: true });
          }}
        >
          {unread > 0 && <span>{counted(unread, "new message")}</span>}
          <DownIcon />
        </button>
      )}
    </div>
  );
}

/** Which message is meant by an id (the earliest, as the room has it), and how many answers it has. */
function answersIn(messages: readonly TimelineMessage[]) {
  const byId = new Map<string, TimelineMessage>();
  const replies = new Map<string, number>();
  for (const message of messages) {
    if (!byId.has(message.messageId)) byId.set(message.messageId, message);
    const { replyTo, deleted } = message;
    if (replyTo !== undefined && !deleted) replies.set(replyTo, (replies.get(replyTo) ?? 0) + 1);
  }
  return { byId, replies };
}

/** True for a frame longer: live regions report what has changed by the next one. */
function useAfterglow(isOn: boolean): boolean {
  const [glows, setGlows] = useState(isOn);
  useEffect(() => {
    if (isOn) {
      setGlows(true);
      return;
    }
    const frame = requestAnimationFrame(() => setGlows(false));
    return () => cancelAnimationFrame(frame);
  }, [isOn]);
  return isOn || glows;
}
