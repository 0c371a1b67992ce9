import assert from "node:assert/strict";
import { test } from "node:test";
import type { OutgoingMessage } from "../src/index.ts";
import { Bench, becomes, holds, message, rejectsWith, shown } from "./bench.ts";
import type { Frame, Peer } from "./fake-server.ts";

const ack = (seq: number, messageId: string) => ({ type: "ack", messageId, seq, timestamp: seq });

const refusal = (ref: string | undefined, code: string, fields: object = {}) => ({
  type: "error",
  code,
  message: "No.",
  retryable: false,
  ...(ref !== undefined && { ref }),
  ...fields,
});

async function texts(peer: Peer, count: number): Promise<unknown[]> {
  const frames: Frame[] = [];
  while (frames.length < count) frames.push(await peer.receive("message"));
  return frames.map(({ message }) => message);
}

test("a message goes out as it was given, and its promise is the ack", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const meta = { mentions: ["bob"] };
  const sent = room.send("Hello", { messageId: "m1", replyTo: "m0", meta });
  assert.deepEqual(await peer.receive("message"), {
    type: "message",
    messageId: "m1",
    message: "Hello",
    replyTo: "m0",
    meta,
  });
  peer.send({ ...ack(1, "m1"), duplicate: true });
  assert.deepEqual(await sent, { messageId: "m1", seq: 1, timestamp: 1 });
});

test("U+FFFD travels as an escape", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  void room.send("a\ufffdb");
  assert.match(await peer.receiveText("message"), /"a\\ufffdb"/);
});

test("what was sent before there is a connection goes out with the welcome, in its order", async (t) => {
  const bench = await Bench.start(t);
  const room = bench.room({ receipts: false, historyPage: 0 });
  for (const text of ["one", "two", "three"]) void room.send(text);
  room.join();
  const peer = await bench.server.connection();
  peer.welcome();
  assert.deepEqual(await texts(peer, 3), ["one", "two", "three"]);
});

test("what was not acked goes out again after a reconnect, under its id", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const sent = room.send("Hello", { messageId: "m1" });
  await peer.receive("message");
  const again = await bench.reconnected(room, peer, { recovered: true });
  assert.equal((await again.receive("message")).messageId, "m1");
  again.send({ ...ack(1, "m1"), duplicate: true });
  assert.equal((await sent).seq, 1);
});

test("the echo settles a message whose ack was lost", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const sent = room.send("Hello", { messageId: "m1" });
  await peer.receive("message");
  peer.send(message(1, "Hello", "alice", "m1"));
  assert.equal((await sent).seq, 1);
});

test("the same id of somebody else settles nothing", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const sent = room.send("Mine", { messageId: "m1" });
  await peer.receive("message");
  peer.send(message(1, "Theirs", "bob", "m1"));
  await holds(room.messages, ({ messages }) => messages.length === 2);
  assert.deepEqual(shown(room), ["Theirs", "Mine:sending"]);
  peer.send(ack(2, "m1"));
  assert.equal((await sent).seq, 2);
});

test("only so many are on their way at once", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined({ inFlight: 2 });
  for (const id of ["1", "2", "3", "4"]) void room.send(id, { messageId: id });
  room.event("mark", 1);
  await peer.receive("event");
  assert.deepEqual(peer.unread, ["message", "message"]);
  peer.send(ack(1, "1"));
  assert.deepEqual(await texts(peer, 3), ["1", "2", "3"]);
});

test("told to wait, it waits that long and goes on in order, one by one", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const sent = ["1", "2", "3"].map((id) => room.send(id, { messageId: id }));
  await texts(peer, 3);
  for (const id of ["1", "2", "3"]) {
    peer.send(refusal(id, "muted", { retryable: true, retryAfterMs: 10_000 }));
  }
  peer.send({ type: "pong" });
  await new Promise<void>((resolve) => room.on("pong", () => resolve()));
  bench.clock.advance(9_999);
  room.event("mark", 1);
  await peer.receive("event");
  assert.deepEqual(peer.unread, []);
  bench.clock.advance(1);
  assert.deepEqual(await texts(peer, 1), ["1"]);
  peer.send(ack(1, "1"));
  assert.deepEqual(await texts(peer, 1), ["2"]);
  peer.send(ack(2, "2"));
  assert.deepEqual(await texts(peer, 1), ["3"]);
  peer.send(ack(3, "3"));
  assert.deepEqual(
    (await Promise.all(sent)).map(({ seq }) => seq),
    [1, 2, 3],
  );
});

test("a frame that the room did not read goes out again after the wait", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  void room.send("Hello");
  await texts(peer, 1);
  const told = new Promise((resolve) => room.on("error", resolve));
  peer.send(refusal(undefined, "rate-limited", { retryable: true, retryAfterMs: 500 }));
  await told;
  bench.clock.advance(500);
  assert.deepEqual(await texts(peer, 1), ["Hello"]);
});

test("a message without an answer on a living line goes out again", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  void room.send("Hello");
  await texts(peer, 1);
  bench.clock.advance(30_000);
  assert.deepEqual(await texts(peer, 1), ["Hello"]);
});

test("a refusal rejects, shows the message as failed, and lets it be retried under its id", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const refused = room.send("Hello", { messageId: "m1" });
  await texts(peer, 1);
  peer.send(refusal("m1", "not-allowed"));
  await rejectsWith(refused, "not-allowed");
  assert.deepEqual(shown(room), ["Hello:failed"]);
  assert.equal(room.messages.getSnapshot().messages[0]?.error?.code, "not-allowed");
  const retried = room.retry("m1");
  assert.deepEqual(shown(room), ["Hello:sending"]);
  assert.equal((await peer.receive("message")).messageId, "m1");
  peer.send(ack(1, "m1"));
  await retried;
  assert.deepEqual(shown(room), ["Hello:sent"]);
  await rejectsWith(room.retry("m1"), "unknown-message");
});

test("muted for good is a refusal", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const refused = room.send("Hello", { messageId: "m1" });
  await texts(peer, 1);
  peer.send(refusal("m1", "muted", { retryable: true }));
  await rejectsWith(refused, "muted");
  room.discard("m1");
  assert.deepEqual(shown(room), []);
});

test("a full outbox says so", async (t) => {
  const bench = await Bench.start(t);
  const room = bench.room({ outboxLimit: 2 });
  void room.send("1");
  void room.send("2");
  await rejectsWith(room.send("3"), "outbox-full");
  assert.deepEqual(shown(room), ["1:sending", "2:sending", "3:failed"]);
});

test("a message that the room would not read is refused here", async (t) => {
  const bench = await Bench.start(t);
  const { room } = await bench.joined({}, { limits: { frameBytes: 100 } });
  await rejectsWith(room.send("ä".repeat(50)), "message-too-large");
});

test("a connection that is closed for good rejects what waits", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const refused = room.send("Hello");
  await texts(peer, 1);
  peer.close(4003, "banned");
  await rejectsWith(refused, "closed");
  assert.deepEqual(shown(room), ["Hello:failed"]);
  await rejectsWith(room.send("And now?"), "closed");
});

test("what a page leaves unsent is sent by the next one, before anything new", async (t) => {
  const bench = await Bench.start(t);
  let kept: readonly OutgoingMessage[] = [];
  const storage = {
    load: () => kept,
    save: (messages: readonly OutgoingMessage[]) => {
      kept = messages;
    },
  };
  const first = bench.room({ storage });
  void first.send("old", { messageId: "m1" });
  first.leave();
  await Promise.resolve();
  assert.deepEqual(kept, [{ messageId: "m1", message: "old" }]);

  const second = bench.room({ storage, receipts: false, historyPage: 0 });
  void second.send("new", { messageId: "m2" });
  second.join();
  const peer = await bench.server.connection();
  peer.welcome();
  assert.deepEqual(await texts(peer, 2), ["old", "new"]);
  peer.send(ack(1, "m1"));
  peer.send(ack(2, "m2"));
  await holds(second.messages, ({ messages }) => messages.every(({ status }) => status === "sent"));
  assert.deepEqual(shown(second), ["old:sent", "new:sent"]);
  assert.deepEqual(kept, []);
});

test("a storage that fails is told of and stops nothing", async (t) => {
  const bench = await Bench.start(t);
  const errors: string[] = [];
  const storage = {
    load: () => Promise.reject(new Error("locked")),
    save: () => {
      throw new Error("full");
    },
  };
  const room = bench.room({ storage, receipts: false, historyPage: 0 });
  room.on("error", ({ code }) => errors.push(code));
  const open = becomes(room, "open");
  room.join();
  const peer = await bench.server.connection();
  peer.welcome();
  await open;
  const sent = room.send("Hello", { messageId: "m1" });
  await texts(peer, 1);
  peer.send(ack(1, "m1"));
  await sent;
  assert.deepEqual([...new Set(errors)], ["outbox-storage"]);
});
