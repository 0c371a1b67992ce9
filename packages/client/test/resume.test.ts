import assert from "node:assert/strict";
import { test } from "node:test";
import { Bench, becomes, holds, message, next, shown } from "./bench.ts";
import type { Peer } from "./fake-server.ts";

async function answerHistory(peer: Peer, messages: object[], hasMore = false, reacted?: object[]) {
  const { ref, ...frame } = await peer.receive("history");
  peer.send({ type: "history", messages, hasMore, ref, ...(reacted && { reacted }) });
  return frame;
}

test("the first connection loads the page before its position", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined({ historyPage: 2 }, { seq: 3 });
  assert.equal(room.messages.getSnapshot().isLoading, true);
  // Live ones do not wait for it.
  peer.send(message(4, "four"));
  const asked = await answerHistory(peer, [message(2, "two"), message(3, "three")], true);
  assert.deepEqual(asked, { type: "history", before: 4, limit: 2 });
  const view = await holds(room.messages, ({ isLoaded }) => isLoaded);
  assert.deepEqual(shown(room), ["two", "three", "four"]);
  assert.deepEqual([view.hasEarlier, view.isLoading], [true, false]);

  const loaded = room.loadEarlier();
  assert.equal(room.loadEarlier(), loaded);
  assert.deepEqual(await answerHistory(peer, [message(1, "one")]), {
    type: "history",
    before: 2,
    limit: 2,
  });
  await loaded;
  assert.deepEqual(shown(room), ["one", "two", "three", "four"]);
  assert.equal(room.messages.getSnapshot().hasEarlier, false);
  await room.loadEarlier();
});

test("an empty room is loaded at once", async (t) => {
  const bench = await Bench.start(t);
  const { room } = await bench.joined({ historyPage: 50 });
  await holds(room.messages, ({ isLoaded }) => isLoaded);
  assert.deepEqual(shown(room), []);
});

test("a page that is refused is told, and can be asked for again", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined({ historyPage: 50 }, { seq: 3 });
  const told = next(room, "error");
  const { ref } = await peer.receive("history");
  peer.send({ type: "error", code: "not-allowed", message: "No.", retryable: false, ref });
  assert.equal((await told).code, "not-allowed");
  assert.equal(room.messages.getSnapshot().isLoading, false);
  const loaded = room.loadEarlier();
  await answerHistory(peer, [message(3, "three")]);
  await loaded;
  assert.deepEqual(shown(room), ["three"]);
});

test("what was missed comes in order, each once, and then it is recovered", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const heard: number[] = [];
  room.on("new-message", ({ seq }) => heard.push(seq));
  const first = next(room, "new-message");
  peer.send(message(1, "one"));
  await first;
  const again = await bench.redialled(room, peer);
  assert.equal(again.query.since, "e1:1");
  const recovered = next(room, "recovered");
  again.welcome({ seq: 4, recovered: true });
  again.sendText(JSON.stringify([message(2, "two"), message(3, "three")]));
  again.send({ type: "user-typing", userId: "bob", username: "Bob" });
  again.send(message(3, "three"));
  again.send(message(4, "four"));
  assert.deepEqual(await recovered, { missed: 3 });
  assert.equal(room.recovered, true);
  const live = next(room, "new-message");
  again.send(message(5, "five"));
  await live;
  assert.deepEqual(heard, [1, 2, 3, 4, 5]);
  assert.deepEqual(room.position, { epoch: "e1", seq: 5 });
  assert.deepEqual(shown(room), ["one", "two", "three", "four", "five"]);
});

test("a resume that breaks off goes on where it was", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const again = await bench.redialled(room, peer);
  again.welcome({ seq: 4, recovered: true });
  const second = next(room, "new-message", ({ seq }) => seq === 2);
  again.send(message(1, "one"));
  again.send(message(2, "two"));
  await second;
  const third = await bench.redialled(room, again);
  assert.equal(third.query.since, "e1:2");
});

test("nothing missed is recovered too", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined({}, { seq: 9 });
  const again = await bench.redialled(room, peer);
  const recovered = next(room, "recovered");
  again.welcome({ seq: 9, recovered: true });
  assert.deepEqual(await recovered, { missed: 0 });
});

test("not recovered, it starts over from the latest page and keeps what is unsent", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined({ historyPage: 50 });
  const first = next(room, "new-message");
  peer.send(message(1, "one"));
  await first;
  const again = await bench.redialled(room, peer);
  void room.send("mine", { messageId: "x" });
  const reset = next(room, "reset");
  again.welcome({ epoch: "e2", seq: 100 });
  assert.deepEqual((await reset).position, { epoch: "e2", seq: 100 });
  assert.deepEqual(shown(room), ["mine:sending"]);
  const asked = await answerHistory(again, [message(100, "hundred")], true);
  assert.equal(asked.before, 101);
  await holds(room.messages, ({ isLoaded }) => isLoaded);
  assert.deepEqual(shown(room), ["hundred", "mine:sending"]);
  assert.equal(room.recovered, false);
});

test("a page that was asked for before a reset belongs to nothing", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined({ historyPage: 50 }, { seq: 10 });
  await peer.receive("history");
  const again = await bench.reconnected(room, peer, { epoch: "e2", seq: 20 });
  // The old question is asked again (it waits for an answer), then the new one.
  await answerHistory(again, [message(10, "stale")]);
  await answerHistory(again, [message(20, "right")]);
  await holds(room.messages, ({ isLoaded }) => isLoaded);
  assert.deepEqual(shown(room), ["right"]);
});

test("a position to start from asks for what came after it, and loads nothing before", async (t) => {
  const bench = await Bench.start(t);
  const room = bench.room({ since: { epoch: "e1", seq: 41 }, receipts: false });
  const recovered = next(room, "recovered");
  room.join();
  const peer = await bench.server.connection();
  assert.equal(peer.query.since, "e1:41");
  peer.welcome({ seq: 42, recovered: true });
  peer.send(message(42, "next"));
  assert.deepEqual(await recovered, { missed: 1 });
  assert.deepEqual(shown(room), ["next"]);
  assert.equal(room.messages.getSnapshot().hasEarlier, true);
  assert.deepEqual(peer.unread.includes("history"), false);
});

test("a hole is told, not applied, and comes back for what is missing", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const told = next(room, "error");
  const offline = becomes(room, "offline");
  peer.sendText(JSON.stringify([message(1, "one"), message(3, "three"), message(4, "four")]));
  assert.equal((await told).code, "hole");
  await offline;
  bench.clock.advance(0);
  const again = await bench.server.connection();
  assert.equal(again.query.since, "e1:1");
  again.welcome({ seq: 4, recovered: true });
  const recovered = next(room, "recovered");
  for (const seq of [2, 3, 4]) again.send(message(seq, `${seq}`));
  await recovered;
  assert.deepEqual(shown(room), ["one", "2", "3", "4"]);
});

test("a hole that is still there after a resume is not for us, nor are those that follow", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const offline = becomes(room, "offline");
  peer.send(message(2, "two"));
  await offline;
  bench.clock.advance(0);
  const again = await bench.server.connection();
  again.welcome({ seq: 2, recovered: true });
  again.send(message(2, "two"));
  const last = next(room, "new-message", ({ seq }) => seq === 9);
  again.send(message(9, "nine"));
  await last;
  assert.equal(room.state.status, "open");
  assert.deepEqual(shown(room), ["two", "nine"]);
});

test("entries of types that are not known move the position", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const seen: string[] = [];
  room.on("frame", ({ type }) => seen.push(type));
  const heard = next(room, "new-message");
  peer.send({ type: "poll-opened", seq: 1, question: "?" });
  peer.send({ type: "state", anything: true });
  peer.send(message(2, "two"));
  await heard;
  assert.deepEqual(seen, ["poll-opened", "state", "new-message"]);
  assert.deepEqual(room.position, { epoch: "e1", seq: 2 });
});

test("what the backend publishes is told, whatever it calls itself", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const names: string[] = [];
  room.on("published", ({ type }) => names.push(type));
  const last = next(room, "published", ({ type }) => type === "TASK_UPDATED");
  peer.send({ type: "new-message", payload: {}, timestamp: 1 });
  peer.send({ type: "TASK_UPDATED", payload: { id: 1 }, timestamp: 1, id: "x", seq: 1 });
  assert.deepEqual((await last).payload, { id: 1 });
  assert.deepEqual(names, ["new-message", "TASK_UPDATED"]);
  assert.deepEqual(shown(room), []);
});

test("what is no frame does no harm", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const pong = next(room, "pong");
  for (const text of ["pong", "{", "1", "null", "[1,null,[]]", '{"type":7}', "[]"]) {
    peer.sendText(text);
  }
  peer.send({ type: "pong" });
  await pong;
});

test("without batches a position is asked for in any case", async (t) => {
  const bench = await Bench.start(t);
  bench.room({ batch: false }).join();
  const { query } = await bench.server.connection();
  assert.equal(query.since, "");
  assert.equal("batch" in query, false);
});

test("edits, deletions and reactions reach the list", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const about = (seq: number) => ({
    messageId: "m1",
    messageSeq: 1,
    userId: "bob",
    timestamp: 1,
    seq,
  });
  const reactions = [{ emoji: "👍", count: 1 }];
  peer.send(message(1, "one"));
  peer.send({ type: "message-edited", ...about(2), message: "better" });
  peer.send({ type: "reaction", ...about(3), username: "Bob", emoji: "👍", reactions });
  peer.send(message(4, "gone"));
  const deleted = next(room, "message-deleted");
  peer.send({ type: "message-deleted", ...about(5), messageId: "m4", messageSeq: 4 });
  await deleted;
  const [first, second] = room.messages.getSnapshot().messages;
  assert.deepEqual([first?.message, first?.reactions], ["better", reactions]);
  assert.equal(second?.deleted, true);
});
