import assert from "node:assert/strict";
import { test } from "node:test";
import { Bench, holds, message, next } from "./bench.ts";
import type { Peer } from "./fake-server.ts";

const OFF = { autoDelivered: false };

async function answerReceipts(peer: Peer, fields: object = {}) {
  const { ref } = await peer.receive("receipts");
  const none = { read: 0, delivered: 0, unread: 0, mentions: 0, users: [], hasMore: false };
  peer.send({ type: "receipts", ...none, ...fields, ref });
}

test("reading is told at most once in half a second, and the newest is what is told", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined(OFF);
  for (const seq of [1, 2, 3]) room.markRead(seq);
  assert.equal((await peer.receive("read-receipt")).seq, 1);
  bench.clock.advance(500);
  assert.equal((await peer.receive("read-receipt")).seq, 3);
  bench.clock.advance(500);
  room.markRead(2);
  room.event("mark", 1);
  await peer.receive("event");
  assert.deepEqual(peer.unread, []);
});

test("what was read was delivered: one receipt for both", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined(OFF);
  room.markRead(5);
  room.markDelivered(5);
  room.markDelivered(6);
  bench.clock.advance(500);
  assert.equal((await peer.receive("read-receipt")).seq, 5);
  assert.equal((await peer.receive("delivered")).seq, 6);
});

test("the newest pointer is told again after a reconnect", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined({ ...OFF, privateReads: true });
  room.markRead(5);
  const { ref: _, ...frame } = await peer.receive("read-receipt");
  assert.deepEqual(frame, { type: "read-receipt", seq: 5, private: true });
  const again = await bench.reconnected(room, peer, { recovered: true });
  assert.equal((await again.receive("read-receipt")).seq, 5);
});

test("messages of others are told as delivered by themselves, own ones are not", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const second = next(room, "new-message", ({ seq }) => seq === 2);
  peer.send(message(1, "mine", "alice"));
  peer.send(message(2, "yours"));
  await second;
  assert.equal((await peer.receive("delivered")).seq, 2);
});

test("a loaded page is told as delivered, unless the room knows", async (t) => {
  const bench = await Bench.start(t);
  const { peer } = await bench.joined({ receipts: true, historyPage: 50 }, { seq: 3 });
  await answerReceipts(peer, { delivered: 2 });
  const { ref } = await peer.receive("history");
  peer.send({ type: "history", messages: [message(3, "three")], hasMore: false, ref });
  assert.equal((await peer.receive("delivered")).seq, 3);
});

test("ticks and readers come from the room's answer and go on with its updates", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined({ receipts: true });
  for (const seq of [1, 2, 3]) peer.send(message(seq, `${seq}`, "alice"));
  const bob = { userId: "bob", username: "Bob", delivered: 2, read: 1 };
  await answerReceipts(peer, { users: [bob, { ...bob, userId: "alice", read: 3 }] });
  const status = (...wanted: string[]) =>
    holds(room.messages, ({ messages }) =>
      messages.every((message, at) => message.status === wanted[at] && wanted.length === 3),
    );
  await holds(room.messages, ({ messages }) => messages.length === 3);
  await status("read", "delivered", "sent");
  const updates = [{ userId: "carol", upTo: 3, status: "delivered" }];
  peer.send({ type: "message-status-updates", updates });
  await status("read", "delivered", "delivered");
  peer.send({ type: "message-status-update", userId: "bob", upTo: 3, status: "read" });
  await status("read", "read", "read");
  const { others } = room.readers.getSnapshot();
  assert.deepEqual([...others.keys()], ["bob", "carol"]);
  assert.deepEqual([others.get("bob")?.read, others.get("carol")?.delivered], [3, 3]);
});

test("unread counts what others write, until it is read here or on another device", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined({ receipts: true, ...OFF }, { seq: 10 });
  await answerReceipts(peer, { read: 8, unread: 2, mentions: 1 });
  const counts = (unread: number, mentions: number) =>
    holds(room.readers, (readers) => readers.unread === unread && readers.mentions === mentions);
  await counts(2, 1);
  peer.send({ ...message(11, "Hello"), meta: { mentions: ["alice"] } });
  peer.send(message(12, "again"));
  peer.send(message(13, "mine", "alice"));
  await counts(4, 2);
  room.markRead(11);
  await counts(1, 0);
  peer.send({ type: "message-status-update", userId: "alice", upTo: 12, status: "read" });
  await counts(0, 0);
});

test("a room without receipts is told nothing more", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined({ receipts: true });
  const { ref } = await peer.receive("receipts");
  peer.send({ type: "error", code: "not-enabled", message: "No.", retryable: false, ref });
  peer.send({ type: "pong" });
  await next(room, "pong");
  const heard = next(room, "new-message");
  peer.send(message(1, "one"));
  await heard;
  room.event("mark", 1);
  await peer.receive("event");
  assert.deepEqual(peer.unread, []);
});
