// Events that go on from one room to another.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, test } from "node:test";
import { Client, freshRoom, publish } from "./support/client.ts";
import { BROADCAST_KEY, Server, temporaryFolder } from "./support/server.ts";

const PARTIES = {
  chatroom: {
    kind: "chat",
    routes: [{ events: ["wave"], to: "admin", party: "main", as: "waved" }],
  },
  main: {
    kind: "events",
    persist: true,
    routes: [
      { events: ["comment:new"], rooms: "event:*", to: "admin", as: "notification:new-comment" },
      { events: ["comment:new", "notification:new-comment"], rooms: "admin", to: "event:loop" },
      { events: ["late"], to: "asleep" },
    ],
  },
};

const persistTo = temporaryFolder();
const start = () =>
  Server.start({
    persistTo,
    vars: {
      PARTIES: JSON.stringify(PARTIES),
      LOG_LEVEL: "debug",
      LIMITS: '{"webhookRetryMs":100}',
    },
  });
let server: Server;
before(async () => {
  server = await start();
});
after(async () => {
  await server.stop();
  rmSync(persistTo, { recursive: true });
});

const listen = (room: string) => Client.connect(server, `/parties/main/${room}`, { userId: "ann" });
const tell = (room: string, type: string, payload: unknown, more: object = {}) =>
  publish(server, `/parties/main/${room}`, { type, payload, ...more }, BROADCAST_KEY);

async function kept(room: string): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${server.url}/parties/main/${room}/history?limit=300`, {
    headers: { authorization: `Bearer ${BROADCAST_KEY}` },
  });
  return (await response.json()).messages;
}

test("a comment reaches the room that it belongs to and the admins, once each", async () => {
  const [summer, admin, loop] = await Promise.all(
    ["event:summer", "admin", "event:loop"].map(listen),
  );
  assert.ok(summer && admin && loop);
  const response = await tell("event:summer", "comment:new", { n: 1 }, { timestamp: 7 });
  assert.equal(response.status, 200);
  const here = await summer.next("comment:new");
  assert.deepEqual([here.payload, here.source], [{ n: 1 }, undefined]);
  const { id, seq, ...there } = await admin.next("notification:new-comment");
  assert.deepEqual(there, {
    type: "notification:new-comment",
    payload: { n: 1 },
    timestamp: 7,
    source: { party: "main", room: "event:summer" },
  });
  await tell("event:loop", "end", 1);
  await loop.next("end");
  assert.equal(loop.received.length, 1, "what came from another room goes no further");
  assert.equal((await kept("admin")).length, 1);
  for (const client of [summer, admin, loop]) await client.close();
});

test("nobody can claim over HTTP that an event came from another room", async () => {
  const client = await listen("claims");
  await tell("claims", "T", 1, { source: { party: "main", room: "event:summer" } });
  assert.equal((await client.next("T")).source, undefined);
  await client.close();
});

test("an event of a chat's client goes on as well", async () => {
  const admin = await listen("admin");
  const ann = await Client.join(server, freshRoom(), "ann");
  ann.send({ type: "event", name: "wave", payload: { hand: "left" } });
  const { payload, source } = await admin.next("waved");
  assert.deepEqual(payload, { hand: "left" });
  assert.equal((source as { party: string }).party, "chatroom");
  await ann.close();
  await admin.close();
});

test("a room that is asleep is woken, and has each event once and in order", async () => {
  for (let n = 1; n <= 20; n++) await tell("event:sleepy", "late", n);
  const client = await listen("asleep");
  await client.close();
  const until = Date.now() + 20_000;
  let there = await kept("asleep");
  while (there.length < 20 && Date.now() < until) there = await kept("asleep");
  assert.deepEqual(
    there.map(({ payload }) => payload),
    Array.from({ length: 20 }, (_, n) => n + 1),
  );
});

test("after a kill in the midst of it every event is there once", async () => {
  const room = freshRoom();
  const calls = Array.from({ length: 30 }, (_, n) => tell(room, "late", `${room} ${n}`));
  await Promise.all(calls);
  await server.kill();
  server = await start();
  const ours = async () =>
    (await kept("asleep")).map(({ payload }) => String(payload)).filter((p) => p.startsWith(room));
  const until = Date.now() + 40_000;
  let there = await ours();
  while (there.length < 30 && Date.now() < until) there = await ours();
  assert.equal(there.length, 30);
  assert.equal(new Set(there).size, 30);
});
