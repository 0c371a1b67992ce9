import assert from "node:assert/strict";
import { test } from "node:test";
import { Bench, message, next, rejectsWith } from "./bench.ts";

test("commands name the message by seq or id, and resolve with the ack of their ref", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const calls = [
    ["edit", () => room.edit(1, "new", { meta: 1 }), { seq: 1, message: "new", meta: 1 }],
    ["delete", () => room.delete("m1"), { messageId: "m1" }],
    ["react", () => room.react({ seq: 1, messageId: "m1" }, "👍"), { seq: 1, emoji: "👍" }],
    ["react", () => room.unreact(1, "👍"), { seq: 1, emoji: "👍", remove: true }],
    ["pin", () => room.pin({ messageId: "m1" }), { messageId: "m1" }],
    ["unpin", () => room.unpin(1), { seq: 1 }],
  ] as const;
  for (const [type, call, fields] of calls) {
    const done = call();
    const { ref, ...frame } = await peer.receive(type);
    assert.deepEqual(frame, { type, ...fields });
    peer.send({ type: "ack", messageId: "m1", seq: 9, timestamp: 1, ref });
    assert.equal((await done).seq, 9);
  }
});

test("questions resolve with the answers of their refs, whatever comes first", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const found = room.search("hello", { limit: 5 });
  const page = room.history({ after: 3 });
  const pins = room.pins();
  const { ref: searchRef, ...search } = await peer.receive("search");
  const { ref: historyRef, ...history } = await peer.receive("history");
  const { ref: pinsRef } = await peer.receive("pins");
  assert.deepEqual(search, { type: "search", query: "hello", limit: 5 });
  assert.deepEqual(history, { type: "history", after: 3 });
  peer.send({ type: "pins", messages: [message(1, "Pinned")], ref: pinsRef });
  peer.send({ type: "history", messages: [], hasMore: false, ref: historyRef });
  peer.send({ type: "search", query: "hello", messages: [], hasMore: true, ref: searchRef });
  assert.equal((await pins)[0]?.message, "Pinned");
  assert.equal((await page).hasMore, false);
  assert.equal((await found).hasMore, true);
});

test("threads and reactions are asked for by message", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const thread = room.thread(4, { before: 9 });
  const { ref, ...frame } = await peer.receive("thread");
  assert.deepEqual(frame, { type: "thread", seq: 4, before: 9 });
  const replies = { messageId: "m4", messageSeq: 4, messages: [], hasMore: false };
  peer.send({ type: "thread", ...replies, ref });
  assert.equal((await thread).messageSeq, 4);

  const users = [{ emoji: "👍", userId: "bob", username: "Bob" }];
  const reactions = room.reactionsOf("m4");
  const asked = await peer.receive("reactions");
  peer.send({ type: "reactions", messageId: "m4", messageSeq: 4, users, ref: asked.ref });
  assert.deepEqual(await reactions, users);
});

test("a refusal rejects the promise, and nobody else is told", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const errors: unknown[] = [];
  room.on("error", (error) => errors.push(error));
  const refused = room.search("hello");
  const { ref } = await peer.receive("search");
  peer.send({ type: "error", code: "not-enabled", message: "No.", retryable: false, ref });
  await rejectsWith(refused, "not-enabled");
  assert.deepEqual(errors, []);
});

test("told to wait, it asks again by itself", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const page = room.history();
  const { ref } = await peer.receive("history");
  const limited = { code: "rate-limited", message: "Wait.", retryable: true, retryAfterMs: 700 };
  const seen = next(room, "pong");
  peer.send({ type: "error", ...limited, ref });
  peer.send({ type: "pong" });
  await seen;
  bench.clock.advance(700);
  assert.equal((await peer.receive("history")).ref, ref);
  peer.send({ type: "history", messages: [], hasMore: false, ref });
  await page;
});

test("what a broken line leaves unanswered is asked again", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const edited = room.edit(1, "new");
  const { ref } = await peer.receive("edit");
  const again = await bench.reconnected(room, peer, { recovered: true });
  assert.equal((await again.receive("edit")).ref, ref);
  again.send({ type: "ack", messageId: "m1", seq: 2, timestamp: 1, ref, duplicate: true });
  assert.equal((await edited).duplicate, true);
});

test("what is asked before there is a connection waits for it", async (t) => {
  const bench = await Bench.start(t);
  const room = bench.room({ receipts: false, historyPage: 0 });
  const pins = room.pins();
  room.join();
  const peer = await bench.server.connection();
  peer.welcome();
  const { ref } = await peer.receive("pins");
  peer.send({ type: "pins", messages: [], ref });
  assert.deepEqual(await pins, []);
});

test("no answer on a living line is a timeout", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const page = room.history();
  await peer.receive("history");
  bench.clock.advance(30_000);
  await rejectsWith(page, "timeout");
});

test("a connection that is closed for good rejects what waits, and all that is asked later", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const page = room.history();
  await peer.receive("history");
  peer.close(4001, "kicked");
  await rejectsWith(page, "closed");
  await rejectsWith(room.pins(), "closed");
});

test("events are said now or never", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  assert.equal(room.event("cursor", { x: 1 }), true);
  const { ref: _, ...frame } = await peer.receive("event");
  assert.deepEqual(frame, { type: "event", name: "cursor", payload: { x: 1 } });
  const heard = next(room, "event");
  const said = { name: "cursor", payload: 2, userId: "bob", username: "Bob", timestamp: 1 };
  peer.send({ type: "event", ...said });
  assert.equal((await heard).payload, 2);
  room.leave();
  assert.equal(room.event("cursor", { x: 2 }), false);
});
