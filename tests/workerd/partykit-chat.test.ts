// A chat application that was written for PartyKit runs as it is: the names of its helper, its events, its fields,
// over the unmodified `partysocket`.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import PartySocket from "partysocket";
import WebSocket from "ws";
import { freshRoom } from "./support/client.ts";
import { Server } from "./support/server.ts";

interface Callbacks {
  onMessage?: (data: Record<string, unknown>) => void;
  onUserJoined?: (data: Record<string, unknown>) => void;
  onUserLeft?: (data: Record<string, unknown>) => void;
  onTyping?: (data: Record<string, unknown>) => void;
  onStopTyping?: (data: Record<string, unknown>) => void;
  onOnlineUsers?: (users: unknown) => void;
  onConnect?: () => void;
  onDisconnect?: () => void;
  onError?: (error: unknown) => void;
}

let server: Server;
before(async () => {
  server = await Server.start();
});
after(() => server.stop());

function createChatSocket(
  roomId: string,
  user: { id: string; username: string },
  callbacks: Callbacks,
): PartySocket {
  const socket = new PartySocket({
    host: server.host,
    party: "chatroom",
    room: roomId,
    query: { userId: user.id, username: user.username },
    WebSocket,
  });
  socket.addEventListener("open", () => callbacks.onConnect?.());
  socket.addEventListener("close", () => callbacks.onDisconnect?.());
  socket.addEventListener("error", (error) => callbacks.onError?.(error));
  socket.addEventListener("message", (event) => {
    const data = JSON.parse(String(event.data));
    if (data.type === "new-message") callbacks.onMessage?.(data);
    if (data.type === "user-joined") callbacks.onUserJoined?.(data);
    if (data.type === "user-left") callbacks.onUserLeft?.(data);
    if (data.type === "user-typing") callbacks.onTyping?.(data);
    if (data.type === "user-stop-typing") callbacks.onStopTyping?.(data);
    if (data.type === "online-users") callbacks.onOnlineUsers?.(data.users);
  });
  return socket;
}

const sendMessage = (socket: PartySocket, { id, text }: { id: string; text: string }) =>
  socket.send(JSON.stringify({ type: "message", message: text, messageId: id }));
const sendTyping = (socket: PartySocket) => socket.send(JSON.stringify({ type: "typing" }));
const sendStopTyping = (socket: PartySocket) =>
  socket.send(JSON.stringify({ type: "stop-typing" }));
const sendReadReceipt = (socket: PartySocket, messageId: string) =>
  socket.send(JSON.stringify({ type: "read-receipt", messageId }));

/** A participant, and a promise for every kind of event. */
function join(roomId: string, id: string, username: string) {
  const events: { name: string; data: unknown; taken?: boolean }[] = [];
  let wake = () => {};
  const record = (name: string) => (data?: unknown) => {
    events.push({ name, data });
    wake();
  };
  const socket = createChatSocket(
    roomId,
    { id, username },
    {
      onMessage: record("message"),
      onUserJoined: record("joined"),
      onUserLeft: record("left"),
      onTyping: record("typing"),
      onStopTyping: record("stop-typing"),
      onOnlineUsers: record("online"),
      onConnect: record("connect"),
      onDisconnect: record("disconnect"),
    },
  );
  const next = async (name: string): Promise<unknown> => {
    for (;;) {
      const event = events.find((event) => event.name === name && !event.taken);
      if (event) {
        event.taken = true;
        return event.data;
      }
      await new Promise<void>((resolve, reject) => {
        const late = () => reject(new Error(`no ${name}; came: ${JSON.stringify(events)}`));
        const timer = setTimeout(late, 10_000);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  const nextRaw = (type: string) =>
    new Promise<Record<string, unknown>>((resolve) => {
      socket.addEventListener("message", (event) => {
        const data = JSON.parse(String(event.data));
        if (data.type === type) resolve(data);
      });
    });
  return { socket, next, nextRaw };
}

/** Checks the fields of an event to the name, and that times are times. */
function assertFields(data: unknown, expected: Record<string, unknown>): void {
  const { timestamp, ...rest } = data as Record<string, unknown>;
  assert.ok(typeof timestamp === "number" && Math.abs(Date.now() - timestamp) < 60_000);
  assert.deepEqual(rest, expected);
}

test("every event of the application arrives with its fields", async () => {
  const room = freshRoom();
  const john = join(room, "user001", "John");
  await john.next("connect");
  assert.deepEqual(await john.next("online"), [{ userId: "user001", username: "John" }]);

  const jane = join(room, "user002", "Jane");
  assertFields(await john.next("joined"), {
    type: "user-joined",
    userId: "user002",
    username: "Jane",
    totalUsers: 2,
  });
  assert.deepEqual(await jane.next("online"), [
    { userId: "user001", username: "John" },
    { userId: "user002", username: "Jane" },
  ]);

  sendTyping(john.socket);
  assert.deepEqual(await jane.next("typing"), {
    type: "user-typing",
    userId: "user001",
    username: "John",
  });
  sendStopTyping(john.socket);
  assert.deepEqual(await jane.next("stop-typing"), { type: "user-stop-typing", userId: "user001" });

  sendMessage(john.socket, { id: "msg123", text: "Hello" });
  for (const person of [john, jane]) {
    assertFields(await person.next("message"), {
      type: "new-message",
      messageId: "msg123",
      message: "Hello",
      userId: "user001",
      username: "John",
      seq: 1,
    });
  }

  const receipt = john.nextRaw("message-status-update");
  sendReadReceipt(jane.socket, "msg123");
  assert.deepEqual(await receipt, {
    type: "message-status-update",
    userId: "user002",
    messageId: "msg123",
    upTo: 1,
    status: "read",
  });

  jane.socket.close();
  assertFields(await john.next("left"), {
    type: "user-left",
    userId: "user002",
    username: "Jane",
    totalUsers: 1,
  });
  john.socket.close();
});

test("typing ends by itself after three seconds", async () => {
  const room = freshRoom();
  const john = join(room, "user001", "John");
  await john.next("online");
  const jane = join(room, "user002", "Jane");
  await jane.next("online");
  sendTyping(john.socket);
  await jane.next("typing");
  const started = Date.now();
  await jane.next("stop-typing");
  assert.ok(Date.now() - started > 2500);
  john.socket.close();
  jane.socket.close();
});

test("the latency check of the application is answered with its timestamp", async () => {
  const john = join(freshRoom(), "user001", "John");
  await john.next("connect");
  const pong = john.nextRaw("pong");
  const timestamp = Date.now();
  john.socket.send(JSON.stringify({ type: "ping", timestamp }));
  assert.deepEqual(await pong, { type: "pong", timestamp });
  john.socket.close();
});

test("a reconnecting partysocket keeps its connection id and neither leaves nor joins", async () => {
  const room = freshRoom();
  const john = join(room, "user001", "John");
  await john.next("online");
  const jane = join(room, "user002", "Jane");
  await jane.next("online");
  await john.next("joined");
  // A second tab of Jane covers the moment in which her first socket is away.
  const tab = join(room, "user002", "Jane");
  await tab.next("online");
  jane.socket.reconnect();
  await jane.next("disconnect");
  await jane.next("online");
  sendMessage(jane.socket, { id: "after", text: "Back" });
  await john.next("message");
  jane.socket.close();
  tab.socket.close();
  assertFields(await john.next("left"), {
    type: "user-left",
    userId: "user002",
    username: "Jane",
    totalUsers: 1,
  });
  john.socket.close();
});
