import assert from "node:assert/strict";
import { test } from "node:test";
import { NOBODY, withPresence } from "../src/presence.ts";
import { Bench, holds, next } from "./bench.ts";

const alice = { userId: "alice", username: "Alice" };
const bob = { userId: "bob", username: "Bob" };
const carol = { userId: "carol", username: "Carol" };

test("the list replaces what was there", () => {
  const people = withPresence(NOBODY, { type: "online-users", users: [alice, bob] });
  const next = withPresence(people, { type: "online-users", users: [{ ...carol, devices: 2 }] });
  assert.deepEqual([...next.users.values()], [{ ...carol, devices: 2 }]);
  assert.equal(next.total, 1);
  assert.equal(people.users.size, 2);
});

test("joining, updating and leaving change one", () => {
  const at = { timestamp: 1 };
  let people = withPresence(NOBODY, { type: "online-users", users: [alice] });
  people = withPresence(people, { type: "user-joined", ...bob, meta: 1, totalUsers: 2, ...at });
  assert.deepEqual(people.users.get("bob"), { ...bob, meta: 1 });
  people = withPresence(people, {
    type: "user-updated",
    ...bob,
    status: "idle",
    devices: 2,
    ...at,
  });
  assert.deepEqual(people.users.get("bob"), { ...bob, status: "idle", devices: 2 });
  people = withPresence(people, { type: "user-left", ...bob, totalUsers: 1, ...at });
  assert.deepEqual([...people.users.keys()], ["alice"]);
  assert.equal(people.total, 1);
});

test("a wave is one change", () => {
  const people = withPresence(NOBODY, { type: "online-users", users: [alice, bob] });
  const next = withPresence(people, {
    type: "presence-diff",
    joined: [carol],
    left: [bob],
    updated: [{ ...alice, status: "away" }],
    totalUsers: 1000,
    timestamp: 1,
  });
  assert.deepEqual([...next.users.values()], [{ ...alice, status: "away" }, carol]);
  assert.equal(next.total, 1000);
});

test("users called like parts of JavaScript are users", () => {
  const odd = { userId: "__proto__", username: "constructor" };
  const people = withPresence(NOBODY, { type: "online-users", users: [odd] });
  assert.deepEqual(people.users.get("__proto__"), odd);
});

test("the store follows the room, and tells once for what comes at once", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  let told = 0;
  room.people.subscribe(() => {
    told += 1;
  });
  const joined = { type: "user-joined", ...bob, totalUsers: 2, timestamp: 1 };
  peer.sendText(JSON.stringify([{ type: "online-users", users: [alice] }, joined]));
  const { users } = await holds(room.people, ({ total }) => total === 2);
  assert.deepEqual([...users.keys()], ["alice", "bob"]);
  assert.equal(told, 1);
});

test("who was here stays to be seen while the line is broken", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  peer.send({ type: "online-users", users: [alice, bob] });
  await next(room, "online-users");
  await bench.redialled(room, peer);
  assert.equal(room.people.getSnapshot().total, 2);
});

test("one's own presence is told, and all of it again after a reconnect", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  room.setPresence({ meta: { mood: "well" } });
  room.setPresence({ status: "idle" });
  const { ref: _, ...first } = await peer.receive("presence");
  assert.deepEqual(first, { type: "presence", meta: { mood: "well" } });
  await peer.receive("presence");
  const again = await bench.reconnected(room, peer, { recovered: true });
  const { ref: __, ...frame } = await again.receive("presence");
  assert.deepEqual(frame, { type: "presence", meta: { mood: "well" }, status: "idle" });
});

test("presence that came too often is told after the wait", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  room.setPresence({ status: "away" });
  const { ref } = await peer.receive("presence");
  const told = next(room, "error");
  const limited = { code: "rate-limited", message: "Wait.", retryable: true, retryAfterMs: 900 };
  peer.send({ type: "error", ...limited, ref });
  await told;
  bench.clock.advance(900);
  assert.equal((await peer.receive("presence")).status, "away");
});
