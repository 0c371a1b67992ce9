// Webhooks: signed, in order, at least once, whatever breaks.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, test } from "node:test";
import type { WebhookEvent } from "../../packages/client/src/server/index.ts";
import { Client, freshRoom } from "./support/client.ts";
import { Receiver, summary, WEBHOOK_SECRET } from "./support/receiver.ts";
import { BROADCAST_KEY, JWT_SECRET, Server, temporaryFolder } from "./support/server.ts";
import { tireless, token } from "./support/token.ts";

const env = { JWT_SECRET, BROADCAST_KEY, WEBHOOK_SECRET };
const LIMITS = { graceMs: 300, brokenGraceMs: 500, webhookTimeoutMs: 1000, webhookRetryMs: 100 };

const start = (receiver: Receiver, limits: object = {}, options: object = {}) =>
  Server.start({
    env: { ...env, WEBHOOK_SECRET: receiver.secret },
    vars: {
      PARTIES: JSON.stringify({ chatroom: { kind: "chat", webhook: { url: receiver.url } } }),
      LIMITS: JSON.stringify({ ...LIMITS, ...limits }),
    },
    ...options,
  });

let receiver: Receiver;
let server: Server;
before(async () => {
  receiver = await Receiver.start(`${WEBHOOK_SECRET} whsec_${Buffer.alloc(24).toString("base64")}`);
  server = await start(receiver);
});
after(async () => {
  const { output } = server;
  await server.stop();
  await receiver.down();
  assert.deepEqual(receiver.forged, []);
  assert.ok(!output.includes("secret-of-the-receiver"), "the address's query is in no log");
  assert.ok(!output.includes("nobody's business"), "nor is what it answers");
});

const of = (room: string) => (event: WebhookEvent) => event.data.room === room;
const inRoom = (room: string) => receiver.taken.filter(of(room)).map(summary);

async function say(client: Client, id: string): Promise<void> {
  client.send({ type: "message", messageId: id, message: "x" });
  await client.next("ack");
}

test("what happens in a room is told in order, and verified by two libraries", async () => {
  const room = freshRoom();
  const ann = await Client.join(server, room, "ann");
  await say(ann, "m1");
  const bob = await Client.join(server, room, "bob");
  await bob.close();
  await receiver.took((event) => of(room)(event) && event.type === "member.left");
  await ann.close();
  await receiver.took((event) => of(room)(event) && event.type === "room.vacated");
  assert.deepEqual(inRoom(room), [
    "room.occupied",
    "member.joined ann",
    "messages.appended 1",
    "member.joined bob",
    "member.left bob",
    "member.left ann",
    "room.vacated",
  ]);
  const appended = receiver.taken.find(
    (event) => of(room)(event) && event.type === "messages.appended",
  );
  assert.equal(appended?.type === "messages.appended" && appended.data.messages[0]?.message, "x");
});

test("a reload tells nothing", async () => {
  const room = freshRoom();
  await (await Client.join(server, room, "ann")).close();
  const back = await Client.join(server, room, "ann");
  await say(back, "m1");
  await receiver.took((event) => of(room)(event) && event.type === "messages.appended");
  assert.deepEqual(inRoom(room), ["room.occupied", "member.joined ann", "messages.appended 1"]);
  await back.close();
});

test("a receiver that refuses, hangs, hangs up or is down gets everything in the end, and in order", async () => {
  const room = freshRoom();
  const ann = await Client.join(server, room, "ann");
  await receiver.took((event) => of(room)(event) && event.type === "member.joined");
  for (const [n, manner] of (["refuse", "hang", "take and hang up"] as const).entries()) {
    receiver.manner = manner;
    const tried = receiver.tried(2);
    await say(ann, `m${n + 1}`);
    await tried;
    receiver.manner = "take";
    const last = `messages.appended ${n + 1}`;
    await receiver.until(() => inRoom(room).at(-1) === last);
  }
  await receiver.down();
  await say(ann, "m4");
  await server.printed(/"event":"delivery-failed".*could not be reached/);
  await receiver.up();
  await receiver.until(() => inRoom(room).at(-1) === "messages.appended 4");
  await ann.close();
});

test("a room that is emptied tells so", async () => {
  const room = freshRoom();
  const ann = await Client.join(server, room, "ann");
  const { epoch } = await position(room);
  const address = `${server.url}/parties/chatroom/${room}`;
  await fetch(address, { method: "DELETE", headers: { authorization: `Bearer ${BROADCAST_KEY}` } });
  await ann.closed;
  await receiver.took((event) => of(room)(event) && event.type === "room.deleted");
  const deleted = receiver.taken.filter(of(room)).at(-1);
  assert.equal(deleted?.data.epoch, epoch, "the epoch that has ended");
});

async function position(room: string): Promise<{ epoch: string }> {
  return (await (await call(room, "position")).json()) as { epoch: string };
}

const call = (room: string, below: string, init: RequestInit = {}, key = BROADCAST_KEY) =>
  fetch(`${server.url}/parties/chatroom/${room}/${below}`, {
    ...init,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
  });

test("only whoever may see them sees what waits and what was given up", async () => {
  const room = freshRoom();
  const user = token({ sub: "ann" });
  assert.equal((await call(room, "webhooks", {}, user)).status, 403);
  assert.equal(
    (await call(room, "webhooks/replay", { method: "POST", body: "{}" }, user)).status,
    403,
  );
  assert.equal((await call(room, "webhooks/replay")).status, 405);
  assert.equal((await call(room, "webhooks/replay", { method: "POST", body: "[1]" })).status, 400);
  const operator = token({ sub: "op", rooms: { [room]: ["webhooks"] } });
  const shown = await call(room, "webhooks", {}, operator);
  assert.deepEqual(await shown.json(), { waiting: 0, attempts: 0, dead: [] });
});

type Letter = { id: string; type: string; error: string };

test("what was given up is listed, and replayed when the receiver is well again", async () => {
  const impatient = await Receiver.start();
  const own = await start(impatient, { webhookGiveUpMs: 300 });
  try {
    const room = freshRoom();
    const path = `${own.url}/parties/chatroom/${room}/webhooks`;
    const headers = {
      authorization: `Bearer ${BROADCAST_KEY}`,
      "content-type": "application/json",
    };
    impatient.manner = "refuse";
    const ann = await Client.join(own, room, "ann");
    await say(ann, "m1");
    await own.printed(/("event":"dead-letter"[\s\S]*){3}/);
    const listed = async () =>
      ((await (await fetch(path, { headers })).json()) as { dead: Letter[] }).dead;
    const dead = await listed();
    const [message, member] = dead;
    assert.ok(message && member);
    assert.deepEqual(
      dead.map(({ type, error }) => [type, error]),
      ["messages.appended", "member.joined", "room.occupied"].map((type) => [type, "answered 503"]),
    );
    impatient.manner = "take";
    const replay = (body: object) =>
      fetch(`${path}/replay`, { method: "POST", headers, body: JSON.stringify(body) });
    assert.deepEqual(await (await replay({ ids: [member.id] })).json(), { replayed: 1 });
    await impatient.took(({ id }) => id === member.id);
    assert.deepEqual(await (await replay({})).json(), { replayed: 2 });
    await impatient.took(({ id }) => id === message.id);
    assert.deepEqual(impatient.taken.map(summary), [
      "member.joined ann",
      "room.occupied",
      "messages.appended 1",
    ]);
    assert.deepEqual(await listed(), []);
    await ann.close();
  } finally {
    await own.stop();
    await impatient.down();
  }
});

test("a server that is killed in the midst of it tells everything after its restart, though nobody connects", async () => {
  const persistTo = temporaryFolder();
  const hook = await Receiver.start();
  const room = freshRoom();
  const options = { persistTo };
  let doomed = await start(hook, {}, options);
  try {
    const address = `/parties/chatroom/${room}`;
    const clients = await Promise.all(
      ["ann", "bob"].map((user) => Client.connect(doomed, address, { token: tireless(user) })),
    );
    const [ann] = clients;
    assert.ok(ann);
    for (let n = 1; n <= 5; n++) await say(ann, `early${n}`);
    hook.manner = "hang";
    const tried = hook.tried(1);
    for (let n = 1; n <= 150; n++) {
      ann.send({ type: "message", messageId: `m${n}`, message: "x" });
      if (n % 50 === 0) for (let acks = 0; acks < 50; acks++) await ann.next("ack");
    }
    await tried;
    await doomed.kill();
    for (const client of clients) client.socket.terminate();
    hook.manner = "take";
    doomed = await start(hook, {}, options);
    await hook.took(({ type }) => type === "room.vacated");
    const seqs = hook.taken.flatMap((event) =>
      event.type === "messages.appended" ? event.data.messages.map(({ seq }) => seq) : [],
    );
    assert.deepEqual(
      seqs,
      Array.from({ length: 155 }, (_, n) => n + 1),
    );
    const people = hook.taken
      .map(({ type }) => type)
      .filter((type) => type !== "messages.appended");
    assert.deepEqual(people, [
      "room.occupied",
      "member.joined",
      "member.joined",
      "member.left",
      "member.left",
      "room.vacated",
    ]);
    assert.deepEqual(hook.forged, []);
  } finally {
    await doomed.stop();
    await hook.down();
    rmSync(persistTo, { recursive: true });
  }
});
