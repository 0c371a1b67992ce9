// The directory: rooms appear and vanish, numbers survive restarts and sleep, and what is counted is what happened.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, test } from "node:test";
import { Client, freshRoom, publish } from "./support/client.ts";
import { ask, eventually, listed, rooms, stats } from "./support/directory.ts";
import { BROADCAST_KEY, Server, temporaryFolder } from "./support/server.ts";
import { token } from "./support/token.ts";

const persistTo = temporaryFolder();
// Reports as often as can be, and rooms that vanish while one watches.
const limits = { reportMs: 50, recentMs: 3000, directorySilentMs: 2000 };
const start = () =>
  Server.start({ persistTo, vars: { LIMITS: JSON.stringify(limits), LOG_LEVEL: "debug" } });

let server: Server;
before(async () => {
  server = await start();
});
after(async () => {
  await server.stop();
  rmSync(persistTo, { recursive: true });
});

test("a room appears when somebody comes, says who is in, and vanishes after the last has gone", async () => {
  const room = freshRoom();
  const begin = Date.now();
  const alice = await Client.join(server, room, "alice");
  const tab = await Client.join(server, room, "alice");
  await eventually(async () => {
    const found = await listed(server, room);
    assert.deepEqual([found?.connections, found?.users], [2, 1]);
  });
  alice.send({ type: "message", messageId: "m1", message: "hello" });
  await alice.next("ack");
  const found = await eventually(async () => {
    const found = await listed(server, room);
    assert.equal(found?.activity.at(-1), 1, "one frame in this minute, or the test crossed two");
    return found;
  });
  assert.equal(found.party, "chatroom");
  assert.equal(found.activity.length, 30);
  assert.ok(begin <= found.since && found.since <= found.lastActivity + 1000);
  assert.ok(found.lastActivity <= Date.now());
  assert.deepEqual(found.webhooks, { waiting: 0, dead: 0 });
  await alice.close();
  await tab.close();
  await eventually(async () => assert.equal((await listed(server, room))?.connections, 0));
  await eventually(async () => assert.equal(await listed(server, room), undefined));
});

test("a room that was only asked something is counted and not listed", async () => {
  const wakeUps = async () => (await stats(server)).parties.chatroom?.counters.wakeUps ?? 0;
  const room = freshRoom();
  const before = await wakeUps();
  assert.equal((await ask(server, `/parties/chatroom/${room}/presence`)).status, 200);
  await eventually(async () => assert.equal(await wakeUps(), before + 1));
  assert.equal(await listed(server, room), undefined);
});

test("what is counted is what the test has sent", async () => {
  const room = freshRoom();
  const before = (await stats(server)).parties.main?.counters;
  const since = (name: string, counters: Record<string, number> | undefined) =>
    (counters?.[name] ?? 0) - (before?.[name] ?? 0);
  const clients = await Promise.all(
    ["ann", "ben", "cid"].map((userId) =>
      Client.connect(server, `/parties/main/${room}`, { userId }),
    ),
  );
  for (const client of clients) await client.settle();
  for (let n = 0; n < 5; n++) {
    const answer = await publish(
      server,
      `/parties/main/${room}`,
      { type: "T", payload: n },
      BROADCAST_KEY,
    );
    assert.equal(answer.status, 200);
  }
  clients[0]?.send({ type: "nonsense", text: "é" });
  await clients[0]?.next("error");
  for (const client of clients) await client.settle();
  const sent = clients.flatMap((client) => client.received);
  await eventually(async () => {
    const { main } = (await stats(server)).parties;
    const counters = main?.counters;
    const counted = ["received", "sent", "published", "connects", "wakeUps", "sentBytes"];
    const expected = {
      // Two pings of each, and the frame that is refused.
      received: 7,
      sent: sent.length,
      published: 5,
      connects: 3,
      wakeUps: 1,
      sentBytes: sent.reduce((bytes, text) => bytes + Buffer.byteLength(text), 0),
    };
    assert.deepEqual(
      Object.fromEntries(counted.map((name) => [name, since(name, counters)])),
      expected,
    );
  });
  for (const client of clients) await client.close();
});

test("counts survive the end of the server, up to the last report, and rooms that died are found out", async () => {
  const room = freshRoom();
  const alice = await Client.join(server, room, "alice");
  for (let n = 0; n < 3; n++) {
    alice.send({ type: "message", messageId: `m${n}`, message: "x" });
    await alice.next("ack");
  }
  await eventually(async () => {
    const found = await listed(server, room);
    assert.equal(
      found?.activity.reduce((sum, count) => sum + count),
      3,
    );
  });
  const before = await stats(server);
  await server.kill();
  server = await start();
  const after = await stats(server);
  const counters = (all: typeof before) => all.parties.chatroom?.counters ?? {};
  for (const [name, count] of Object.entries(counters(before))) {
    assert.ok((counters(after)[name] ?? 0) >= count, `${name}: ${count} before`);
  }
  // It has said no goodbye. The directory asks it, and it says that nobody is in.
  await eventually(async () => {
    const found = await listed(server, room);
    assert.equal(found?.connections ?? 0, 0);
  });
});

test("pages by name have every room once", async () => {
  const prefix = freshRoom();
  const names = Array.from({ length: 7 }, (_, n) => `${prefix}-${n}`);
  const clients = await Promise.all(names.map((room) => Client.join(server, room, "alice")));
  await eventually(async () => {
    const page = await rooms(server, "party=chatroom&limit=300");
    const found = page.rooms.filter(({ room }) => room.startsWith(prefix));
    assert.equal(found.length, 7);
  });
  const seen: string[] = [];
  let after = `chatroom/${prefix}`;
  for (;;) {
    const query = new URLSearchParams({ party: "chatroom", limit: "3", after });
    const page = await rooms(server, query.toString());
    assert.ok(page.rooms.length <= 3);
    seen.push(...page.rooms.map(({ room }) => room));
    if (page.next === undefined) break;
    after = page.next;
  }
  assert.deepEqual(
    seen.filter((room) => room.startsWith(prefix)),
    names,
  );
  const top = await rooms(server, "sort=connections&limit=2");
  assert.equal(top.rooms.length, 2);
  assert.equal(top.next, undefined);
  for (const client of clients) await client.close();
});

test("only who may see the whole deployment sees it", async () => {
  const status = async (path: string, credential?: string) =>
    (await ask(server, path, credential)).status;
  const everywhere = token({ sub: "ops", rooms: { "*": ["metrics"] } });
  const somewhere = token({ sub: "ops", role: "admin", rooms: { "a:*": ["metrics"] } });
  for (const path of ["/rooms", "/stats", "/metrics"]) {
    assert.equal(await status(path), 200);
    assert.equal(await status(path, everywhere), 200);
    assert.equal(await status(path, token({ sub: "root", role: "admin" })), 200);
    assert.equal(await status(path, somewhere), 403);
    assert.equal(await status(path, token({ sub: "u1" })), 403);
    assert.equal(await status(path, "wrong"), 401);
    assert.equal((await fetch(`${server.url}${path}`)).status, 401);
    assert.equal((await fetch(`${server.url}${path}`, { method: "POST" })).status, 405);
  }
  assert.equal(await status("/rooms?limit=0"), 400);
  assert.equal(await status("/rooms?sort=size"), 400);
});

test("what the edge refuses is counted", async () => {
  for (let n = 0; n < 3; n++) {
    const client = new Client(`${server.ws}/parties/chatroom/${freshRoom()}?userId=a%0Ab`);
    await client.closed;
  }
  await eventually(async () => {
    const { rejects } = (await stats(server)).parties[""] ?? {};
    assert.equal(rejects?.["invalid-identity"], 3);
  });
});
