// Coming back: everything that was missed, once and in order, or the plain statement that this cannot be done.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, test } from "node:test";
import { Client, type Frame, freshRoom, publish } from "./support/client.ts";
import { BROADCAST_KEY, Server, temporaryFolder } from "./support/server.ts";
import { tireless } from "./support/token.ts";

const persistTo = temporaryFolder();
let server: Server;
before(async () => {
  server = await Server.start({ persistTo });
});
after(async () => {
  await server.stop();
  rmSync(persistTo, { recursive: true });
});

const key = { headers: { authorization: `Bearer ${BROADCAST_KEY}` } };
const address = (room: string) => `/parties/chatroom/${room}`;

/** Comes into a room, and gives the greeting. */
async function come(room: string, query: Record<string, string>, path = address(room)) {
  const client = await Client.connect(server, path, query);
  return { client, welcome: await client.next("welcome") };
}

/** Everything with a `seq` that came. */
function log(client: Client): Frame[] {
  const frames = client.received
    .filter((text) => text !== "pong")
    .flatMap((text) => JSON.parse(text));
  return frames.filter((frame) => frame.type !== "ack" && frame.type !== "welcome" && frame.seq);
}

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** Waits until an entry has come, alone or in a batch. */
async function reached(client: Client, seq: number) {
  await client.nextText((text) => text.includes(`"seq":${seq},`) || text.includes(`"seq":${seq}}`));
}

for (const batch of ["0", "1"]) {
  test(`1,000 missed messages come in order while others go on writing (batch=${batch})`, async () => {
    const room = freshRoom();
    const { client: writer, welcome } = await come(room, { token: tireless("writer") });
    for (let n = 1; n <= 1000; n++)
      writer.send({ type: "message", messageId: `m${n}`, message: "x" });
    await reached(writer, 1000);
    const since = `${welcome.epoch}:10`;
    const back = await come(room, { userId: "reader", since, batch });
    assert.equal(back.welcome.recovered, true);
    for (let n = 1001; n <= 1100; n++)
      writer.send({ type: "message", messageId: `m${n}`, message: "x" });
    await reached(back.client, 1100);
    const seqs = log(back.client).map((frame) => frame.seq);
    assert.deepEqual(seqs, range(11, 1100));
    if (batch === "1") assert.ok(back.client.messages < 200, "frames came in batches");
  });
}

test("what was changed meanwhile comes in its current form, and the change in its turn", async () => {
  const room = freshRoom();
  const { client: ann, welcome } = await come(room, { token: tireless("ann") });
  for (const messageId of ["m1", "m2"])
    ann.send({ type: "message", messageId, message: messageId });
  ann.send({ type: "edit", messageId: "m1", message: "better" });
  ann.send({ type: "delete", messageId: "m2" });
  await reached(ann, 4);
  const { client } = await come(room, { userId: "bob", since: `${welcome.epoch}:0` });
  await reached(client, 4);
  assert.deepEqual(
    log(client).map(({ type, message, deleted }) => [type, message, deleted]),
    [
      ["new-message", "better", undefined],
      ["new-message", "", true],
      ["message-edited", "better", undefined],
      ["message-deleted", undefined, undefined],
    ],
  );
});

test("a position that is not known is not resumed, and nothing is replayed", async () => {
  const room = freshRoom();
  const { client: ann, welcome } = await come(room, { userId: "ann" });
  ann.send({ type: "message", messageId: "m1", message: "x" });
  await ann.next("ack");
  for (const since of ["", "nonsense", "other:0", `${welcome.epoch}:2`, `${welcome.epoch}:-1`]) {
    const { client, welcome: greeting } = await come(room, { userId: "bob", since });
    assert.equal(greeting.recovered, false, since);
    await client.settle();
    assert.deepEqual(log(client), [], since);
  }
});

test("an emptied room is another one to whoever was there before", async () => {
  const room = freshRoom();
  const { client: ann, welcome } = await come(room, { userId: "ann" });
  ann.send({ type: "message", messageId: "m1", message: "x" });
  await ann.next("ack");
  const gone = await fetch(`${server.url}${address(room)}`, { method: "DELETE", ...key });
  assert.equal(gone.status, 204);
  assert.equal((await ann.closed).code, 4201);
  const back = await come(room, { userId: "ann", since: `${welcome.epoch}:1` });
  assert.equal(back.welcome.recovered, false);
  assert.notEqual(back.welcome.epoch, welcome.epoch);
  assert.equal(back.welcome.seq, 0);
});

test("events are resumed like messages, by those who ask", async () => {
  const path = `/parties/main/${freshRoom()}`;
  const position = async () => (await fetch(`${server.url}${path}/position`, key)).json();
  const { epoch, seq } = (await position()) as { epoch: string; seq: number };
  assert.equal(seq, 0);
  for (const n of [1, 2]) {
    await publish(server, path, { type: "T", payload: n, persist: true }, BROADCAST_KEY);
  }
  const { client, welcome } = await come("", { userId: "ann", since: `${epoch}:0` }, path);
  assert.equal(welcome.recovered, true);
  await reached(client, 2);
  assert.deepEqual(
    log(client).map(({ type, payload }) => [type, payload]),
    [
      ["T", 1],
      ["T", 2],
    ],
  );
});

test("a restart is no gap", async () => {
  const room = freshRoom();
  const { client: ann, welcome } = await come(room, { userId: "ann" });
  for (const messageId of ["m1", "m2", "m3"])
    ann.send({ type: "message", messageId, message: "x" });
  await reached(ann, 3);
  await server.kill();
  server = await Server.start({ persistTo });
  const back = await come(room, { userId: "ann", since: `${welcome.epoch}:1` });
  assert.equal(back.welcome.recovered, true);
  // What may not have arrived is sent again, and is acked as what it was.
  back.client.send({ type: "message", messageId: "m3", message: "x" });
  assert.deepEqual(
    { ...(await back.client.next("ack")), timestamp: 0 },
    {
      type: "ack",
      messageId: "m3",
      seq: 3,
      timestamp: 0,
      duplicate: true,
    },
  );
  assert.deepEqual(
    log(back.client).map((frame) => frame.seq),
    [2, 3],
  );
});
