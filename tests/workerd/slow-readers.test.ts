// Somebody whose line takes nothing: closed before the server's memory is full, while nobody else notices, and brought up to
// date when it comes back.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, type Frame, freshRoom } from "./support/client.ts";
import { Server } from "./support/server.ts";

const LIMITS = {
  rates: {
    messages: { burst: 100_000, perSecond: 10_000 },
    connection: { burst: 100_000, perSecond: 10_000 },
  },
};
const TEXT = "x".repeat(60 * 1024);
/** More than 4 MiB, what the system's own buffers take besides, and what a look may miss. */
const MESSAGES = 400;

let server: Server;
before(async () => {
  // Without wrangler, whose proxies read in the client's place and keep it all.
  server = await Server.start({ kind: "serve", vars: { LIMITS: JSON.stringify(LIMITS) } });
});
after(() => server.stop());

const seqsOf = (frames: Frame[]) =>
  frames.filter(({ type }) => type === "new-message").map(({ seq }) => seq as number);

/** Somebody who offers no compression: these texts would come to nothing. */
async function join(room: string, userId: string, query = {}): Promise<Client> {
  const parameters = new URLSearchParams({ userId, username: userId, _pk: userId, ...query });
  const address = `${server.ws}/parties/chatroom/${room}?${parameters}`;
  const client = new Client(address, [], { perMessageDeflate: false });
  await client.open();
  return client;
}

/** Says so many long things, each when the one before is acked. */
async function say(client: Client, from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n++) {
    client.send({ type: "message", messageId: `m${n}`, message: TEXT });
    await client.next("ack");
  }
}

test("who does not read is closed with 4100, and nobody else notices", async () => {
  const room = freshRoom();
  const ann = await join(room, "ann");
  const bob = await join(room, "bob");
  const slow = await join(room, "slow");
  const welcome = await slow.next("welcome");
  // The runtime lets go of a socket that has sent something as soon as it is closed.
  await slow.settle();
  slow.socket.pause();
  await say(ann, 1, MESSAGES);
  const all = Array.from({ length: MESSAGES }, (_, n) => n + 1);
  assert.deepEqual(seqsOf(await bob.settle()), all, "bob has everything as soon as it was said");

  slow.socket.resume();
  assert.deepEqual(await slow.closed, { code: 4100, reason: "too-slow" });
  const had = seqsOf(slow.received.map((text) => JSON.parse(text)));
  assert.ok(had.length < MESSAGES, `it had ${had.length} of ${MESSAGES}`);
  assert.deepEqual(had, all.slice(0, had.length), "what it has is in order and without a gap");

  const since = `${welcome.epoch}:${had.length}`;
  const back = await join(room, "slow", { since });
  assert.equal((await back.next("welcome")).recovered, true);
  await back.nextText((text) => text.includes(`"seq":${MESSAGES}`), "the last message", 30_000);
  assert.deepEqual(seqsOf(await back.settle()), all.slice(had.length));
  const kinds = new Set((await bob.settle()).map(({ type }) => type));
  assert.ok(!kinds.has("user-left"), "nobody thinks that it was gone");
  for (const client of [ann, bob, back]) await client.close();
});

test("who catches up slowly is sent a page when it has taken the one before", async () => {
  const room = freshRoom();
  const ann = await join(room, "ann");
  const { epoch } = await ann.next("welcome");
  await say(ann, 1, MESSAGES);
  const late = new Client(
    `${server.ws}/parties/chatroom/${room}?userId=late&_pk=late&since=${epoch}:0`,
    [],
    { perMessageDeflate: false },
  );
  await late.open();
  late.socket.pause();
  // The others go on; 24 MB do not lie in the server's memory meanwhile, or it would have been closed.
  await say(ann, MESSAGES + 1, MESSAGES + 20);
  late.socket.resume();
  await late.nextText((text) => text.includes(`"seq":${MESSAGES + 20}`), "the last", 30_000);
  const all = Array.from({ length: MESSAGES + 20 }, (_, n) => n + 1);
  assert.deepEqual(seqsOf(await late.settle()), all);
  for (const client of [ann, late]) await client.close();
});
