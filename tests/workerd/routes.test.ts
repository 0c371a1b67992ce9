// Events that go on from one room to another.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, test } from "node:test";
import { untilAsleep } from "./support/asleep.ts";
import { Client, type Frame, freshRoom, publish } from "./support/client.ts";
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

/** What a room has kept so far and what comes to it from now on, until it is so much. */
async function from(
  room: string,
  count: number,
  ours: (event: Frame) => boolean,
): Promise<Frame[]> {
  const authorization = `Bearer ${BROADCAST_KEY}`;
  const address = `/parties/main/${room}`;
  const position = await fetch(`${server.url}${address}/position`, { headers: { authorization } });
  const { epoch } = (await position.json()) as { epoch: string };
  const client = await Client.connect(server, address, { userId: "ann", since: `${epoch}:0` });
  const events: Frame[] = [];
  while (events.length < count) {
    const text = await client.nextText((text) => text.includes('"payload"'), "event", 40_000);
    const event = JSON.parse(text);
    if (ours(event)) events.push(event);
  }
  await client.close();
  return events;
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
  await tell("admin", "end", 1);
  await admin.next("end");
  assert.deepEqual(
    admin.received.map((text) => JSON.parse(text).type),
    ["notification:new-comment", "end"],
  );
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

test("a room that is asleep is woken by what comes to it", async () => {
  const asleep = await listen("asleep");
  await tell("event:early", "late", "before");
  await asleep.next("late");
  await untilAsleep();
  assert.equal(server.wakes("main/asleep"), 1);
  for (let n = 1; n <= 20; n++) await tell("event:sleepy", "late", n);
  for (let n = 1; n <= 20; n++) assert.equal((await asleep.next("late")).payload, n);
  await server.woken("main/asleep", 2);
  await asleep.close();
});

test("after a kill in the midst of it every event is there, once and in order", async () => {
  const room = freshRoom();
  const ours = ({ payload }: Frame) => String(payload).startsWith(room);
  for (let n = 1; n <= 30; n++) await tell(room, "late", `${room} ${n}`);
  await server.kill();
  server = await start();
  await tell(room, "late", `${room} last`);
  const payloads = (await from("asleep", 31, ours)).map(({ payload }) => payload);
  const expected = Array.from({ length: 30 }, (_, n) => `${room} ${n + 1}`);
  assert.deepEqual(payloads, [...expected, `${room} last`]);
});
