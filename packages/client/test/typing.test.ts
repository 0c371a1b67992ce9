import assert from "node:assert/strict";
import { test } from "node:test";
import { Bench, holds, message, next } from "./bench.ts";
import type { Peer } from "./fake-server.ts";

const bob = { userId: "bob", username: "Bob" };

/** What the room has heard by now, in order. */
async function heard(peer: Peer, room: { event(name: string, payload: unknown): boolean }) {
  room.event("mark", 1);
  await peer.receive("event");
  return peer.unread;
}

test("typing is told at most once in 2 s, however many keys", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  for (let key = 0; key < 45; key += 1) {
    room.typing();
    bench.clock.advance(100);
  }
  assert.deepEqual(await heard(peer, room), ["typing", "typing", "typing"]);
});

test("stopping is told once, and only after typing", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  room.stopTyping();
  room.typing();
  room.stopTyping();
  room.stopTyping();
  room.typing();
  assert.deepEqual(await heard(peer, room), ["typing", "stop-typing", "typing"]);
});

test("sending ends typing, and the next key tells again", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  room.typing();
  void room.send("Hello");
  room.stopTyping();
  room.typing();
  assert.deepEqual(await heard(peer, room), ["typing", "message", "typing"]);
});

test("typing is never told later", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const again = await bench.redialled(room, peer);
  room.typing();
  again.welcome({ recovered: true });
  await next(room, "welcome");
  assert.deepEqual(await heard(again, room), []);
});

test("who types is shown until they stop", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  peer.send({ type: "user-typing", ...bob });
  assert.deepEqual(await holds(room.typists, ({ length }) => length > 0), [bob]);
  peer.send({ type: "user-stop-typing", userId: "bob" });
  await holds(room.typists, ({ length }) => length === 0);
});

test("who says nothing more has stopped after 4 s", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  for (let round = 0; round < 2; round += 1) {
    const told = next(room, "user-typing");
    peer.send({ type: "user-typing", ...bob });
    await told;
    bench.clock.advance(3_999);
    assert.deepEqual(room.typists.getSnapshot(), [bob]);
  }
  bench.clock.advance(1);
  assert.deepEqual(room.typists.getSnapshot(), []);
});

for (const [what, frame] of [
  ["sends", message(1, "Hello")],
  ["leaves", { type: "user-left", ...bob, totalUsers: 1, timestamp: 1 }],
] as const) {
  test(`who ${what} has stopped typing`, async (t) => {
    const bench = await Bench.start(t);
    const { room, peer } = await bench.joined();
    peer.send({ type: "user-typing", ...bob });
    await holds(room.typists, ({ length }) => length > 0);
    peer.send(frame);
    await holds(room.typists, ({ length }) => length === 0);
  });
}

test("nobody is known to type on a broken line", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  peer.send({ type: "user-typing", ...bob });
  await holds(room.typists, ({ length }) => length > 0);
  await bench.redialled(room, peer);
  assert.deepEqual(room.typists.getSnapshot(), []);
});
