"use client";

/**
 * A chat page that keeps its messages itself and is told by callbacks: the way in for a page that was written for
 * PartyKit or Socket.IO. It opens with the latest messages, which such pages usually fetch from their own backend.
 *
 * Run it: copy `app` and `lib` into a Next.js application (15 or later), install the client package, start the server
 * with `npm start`, and open /chat/lobby.
 */

import {
  createChatSocket,
  type MessageFrame,
  type PresentUser,
  type Room,
  sendMessage,
  sendReadReceipt,
  sendStopTyping,
  sendTyping,
} from "durable-rooms";
import { type FormEvent, use, useEffect, useRef, useState } from "react";
import { ROOMS_HOST, user } from "../../../lib/rooms.ts";

export default function ChatPage({ params }: { params: Promise<{ roomSlug: string }> }) {
  const { roomSlug } = use(params);
  const socketRef = useRef<Room | null>(null);
  const [messages, setMessages] = useState<readonly MessageFrame[]>([]);
  const [online, setOnline] = useState<readonly PresentUser[]>([]);
  const [typing, setTyping] = useState<ReadonlyMap<string, string>>(new Map());
  const [isConnected, setConnected] = useState(false);
  const [problem, setProblem] = useState("");
  const [text, setText] = useState("");

  useEffect(() => {
    setMessages([]);
    const socket = createChatSocket(
      roomSlug,
      user,
      {
        onMessage: (message) => {
          setMessages((known) => [...known, message]);
          if (message.userId !== user.id) sendReadReceipt(socket, message.messageId);
        },
        onUserJoined: ({ userId, username }) =>
          setOnline((users) => [
            ...users.filter((one) => one.userId !== userId),
            { userId, username },
          ]),
        onUserLeft: ({ userId }) =>
          setOnline((users) => users.filter((one) => one.userId !== userId)),
        onOnlineUsers: setOnline,
        // No timer is needed here: the room ends typing by itself.
        onTyping: ({ userId, username }) =>
          setTyping((typists) => new Map(typists).set(userId, username)),
        onStopTyping: ({ userId }) =>
          setTyping((typists) => new Map([...typists].filter(([id]) => id !== userId))),
        onConnect: () => setConnected(true),
        onDisconnect: () => setConnected(false),
        onError: (error) => setProblem(error.message),
      },
      { host: ROOMS_HOST },
    );
    socketRef.current = socket;
    let isHere = true;
    const loaded = socket.history({ limit: 50 }).then(({ messages: page }) => {
      if (!isHere) return;
      const earlier = page.filter((entry): entry is MessageFrame => entry.type === "new-message");
      // What has arrived since the room answered comes after it, and nothing twice.
      setMessages((live) => {
        const last = earlier.at(-1)?.seq ?? 0;
        return [...earlier, ...live.filter(({ seq }) => seq > last)];
      });
    });
    loaded.catch((error: Error) => isHere && setProblem(error.message));
    return () => {
      isHere = false;
      socket.leave();
    };
  }, [roomSlug]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const socket = socketRef.current;
    if (socket === null || text.trim() === "") return;
    // Resolves when the room has it on disk. Until there is a connection, it waits.
    sendMessage(socket, { id: crypto.randomUUID(), text }).catch((error: Error) =>
      setProblem(error.message),
    );
    setText("");
  };

  const write = (next: string) => {
    setText(next);
    const socket = socketRef.current;
    if (socket === null) return;
    if (next === "") sendStopTyping(socket);
    else sendTyping(socket);
  };

  return (
    <main>
      <h1>{roomSlug}</h1>
      <p>{isConnected ? `${online.length} online` : "Connecting …"}</p>
      {problem !== "" && <p role="alert">{problem}</p>}
      <ol>
        {messages.map(({ seq, username, message }) => (
          <li key={seq}>
            <b>{username}</b> {message}
          </li>
        ))}
      </ol>
      <p>{typing.size > 0 && `${[...typing.values()].join(", ")} typing …`}</p>
      <form onSubmit={submit}>
        <input value={text} onChange={({ target }) => write(target.value)} />
        <button type="submit">Send</button>
      </form>
    </main>
  );
}
