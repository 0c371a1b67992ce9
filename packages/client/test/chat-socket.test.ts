import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocket } from "ws";
import {
  createChatSocket,
  type Room,
  sendMessage,
  sendReadReceipt,
  sendStopTyping,
  sendTyping,
} from "../src/index.ts";
import { Bench, becomes, message, next } from "./bench.ts";

async function chat(bench: Bench) {
  const heard: unknown[][] = [];
  const hear =
    (name: string) =>
    (...details: unknown[]) =>
      void heard.push([name, ...details]);
  const names = [
    ...["onMessage", "onUserJoined", "onUserLeft", "onTyping", "onStopTyping"],
    ...["onOnlineUsers", "onConnect", "onDisconnect", "onError"],
  ];
  const callbacks = Object.fromEntries(names.map((name) => [name, hear(name)]));
  const user = { id: "alice", username: "Alice" };
  const { now, setTimer, clearTimer } = bench.clock;
  const world = { WebSocket, now, setTimer, clearTimer };
  const socket = createChatSocket("room001", user, callbacks, { host: bench.server.host, world });
  const peer = await bench.server.connection();
  const open = becomes(socket, "open");
  peer.welcome();
  await open;
  return { socket, peer, heard };
}

async function quiet(socket: Room, peer: { send(frame: object): void }) {
  const pong = next(socket, "pong");
  peer.send({ type: "pong" });
  await pong;
}

test("it enters the party chatroom as the user, and asks for nothing by itself", async (t) => {
  const bench = await Bench.start(t);
  const { socket, peer, heard } = await chat(bench);
  assert.equal(peer.url.pathname, "/parties/chatroom/room001");
  assert.equal(peer.query.userId, "alice");
  assert.equal(peer.query.username, "Alice");
  peer.send(message(1, "Hello"));
  await quiet(socket, peer);
  assert.deepEqual(peer.unread, []);
  assert.deepEqual(heard, [["onConnect"], ["onMessage", message(1, "Hello")]]);
  socket.leave();
});

test("each callback hears its own", async (t) => {
  const bench = await Bench.start(t);
  const { socket, peer, heard } = await chat(bench);
  const bob = { userId: "bob", username: "Bob" };
  const joined = { type: "user-joined", ...bob, totalUsers: 2, timestamp: 1 };
  const left = { type: "user-left", ...bob, totalUsers: 1, timestamp: 1 };
  peer.send({ type: "online-users", users: [bob] });
  peer.send(joined);
  peer.send({ type: "user-typing", ...bob });
  peer.send({ type: "user-stop-typing", userId: "bob" });
  peer.send(left);
  peer.send({ type: "error", code: "internal", message: "Ours.", retryable: true });
  await quiet(socket, peer);
  assert.deepEqual(heard.slice(1, -1), [
    ["onOnlineUsers", [bob]],
    ["onUserJoined", joined],
    ["onTyping", { type: "user-typing", ...bob }],
    ["onStopTyping", { type: "user-stop-typing", userId: "bob" }],
    ["onUserLeft", left],
  ]);
  assert.equal(heard.at(-1)?.[0], "onError");
  const closed = becomes(socket, "closed");
  socket.leave();
  await closed;
  assert.deepEqual(heard.at(-1), ["onDisconnect"]);
});

test("the helpers say what they are called", async (t) => {
  const bench = await Bench.start(t);
  const { socket, peer } = await chat(bench);
  sendTyping(socket);
  await peer.receive("typing");
  sendStopTyping(socket);
  await peer.receive("stop-typing");
  const sent = sendMessage(socket, { id: "msg123", text: "Hello" });
  const frame = await peer.receive("message");
  assert.deepEqual([frame.messageId, frame.message], ["msg123", "Hello"]);
  peer.send({ type: "ack", messageId: "msg123", seq: 1, timestamp: 1 });
  assert.equal((await sent).seq, 1);
  sendReadReceipt(socket, "elsewhere");
  assert.equal((await peer.receive("read-receipt")).messageId, "elsewhere");
  peer.send(message(1, "Hello", "alice", "msg123"));
  peer.send(message(2, "Hi", "bob", "theirs"));
  await quiet(socket, peer);
  sendReadReceipt(socket, "theirs");
  assert.equal((await peer.receive("read-receipt")).seq, 2);
  socket.leave();
});

test("a page that looks at no promise hears of a refused message", async (t) => {
  const bench = await Bench.start(t);
  const { socket, peer, heard } = await chat(bench);
  const refused = sendMessage(socket, { id: "msg123", text: "Hello" });
  await peer.receive("message");
  peer.send({
    type: "error",
    code: "not-allowed",
    message: "No.",
    retryable: false,
    ref: "msg123",
  });
  await assert.rejects(refused, { code: "not-allowed" });
  const [name, error] = heard.at(-1) as [string, { code: string }];
  assert.deepEqual([name, error.code], ["onError", "not-allowed"]);
  socket.leave();
});

test("without a host and without a page it says what is missing", () => {
  assert.throws(() => createChatSocket("r", { id: "a", username: "A" }), /host/);
});
