"use client";

/**
 * The same chat on the hooks: the list, its ticks, who is here, who types and what is unread are kept by the client,
 * and messages appear the moment they are sent.
 *
 * Run it: as the page in `app/chat`; open /chat-hooks/lobby. With `AUTH_MODE = "token"`, take the line with `token`.
 */

import type { MessageStatus } from "durable-rooms";
import { useMessages, usePresence, useReceipts, useRoom, useTyping } from "durable-rooms/react";
import { type FormEvent, use, useEffect, useState } from "react";
import { ROOMS_HOST, user } from "../../../lib/rooms.ts";

const TICKS: Record<MessageStatus, string> = {
  sending: "…",
  failed: "!",
  sent: "✓",
  delivered: "✓✓",
  read: "✓✓ read",
};

export default function ChatPage({ params }: { params: Promise<{ roomSlug: string }> }) {
  const { roomSlug } = use(params);
  const { room, connection } = useRoom({
    host: ROOMS_HOST,
    room: roomSlug,
    userId: user.id,
    username: user.username,
    // token: () => roomToken(roomSlug),
  });
  const { messages, hasEarlier, isLoading, loadEarlier, send, retry } = useMessages(room);
  const { users } = usePresence(room);
  const { typists, typing } = useTyping(room);
  const { unread, markRead } = useReceipts(room);
  const [text, setText] = useState("");

  // Whoever sees the last message has read everything before it.
  const last = messages.findLast(({ seq }) => seq !== undefined)?.seq;
  useEffect(() => {
    if (last !== undefined && document.visibilityState === "visible") markRead(last);
  }, [last, markRead]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() === "") return;
    // A refused message stays in the list, with its reason and a button.
    send(text);
    setText("");
  };

  return (
    <main>
      <h1>{roomSlug}</h1>
      <p>
        {connection.status}, here: {users.map(({ username }) => username).join(", ")}, unread:{" "}
        {unread}
      </p>
      {hasEarlier && (
        <button type="button" disabled={isLoading} onClick={() => loadEarlier()}>
          Earlier messages
        </button>
      )}
      <ol>
        {messages.map(({ key, messageId, username, message, status, error }) => (
          <li key={key}>
            <b>{username}</b> {message} {status && TICKS[status]}
            {status === "failed" && (
              <button type="button" onClick={() => retry(messageId)}>
                {error?.message} Send again
              </button>
            )}
          </li>
        ))}
      </ol>
      <p>
        {typists.length > 0 && `${typists.map(({ username }) => username).join(", ")} typing …`}
      </p>
      <form onSubmit={submit}>
        <input
          value={text}
          onChange={({ target }) => {
            setText(target.value);
            typing();
          }}
        />
        <button type="submit">Send</button>
      </form>
    </main>
  );
}
