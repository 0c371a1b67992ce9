// Nothing is lost, doubled or out of order, whatever happens: people write over lines that break, to a server that is killed.
// Short here; `npm run soak` is the same for longer. Prints its seed; SEED=… runs it again with the same decisions.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, test } from "node:test";
import WebSocket from "ws";
import { type Position, Room } from "../../packages/client/src/index.ts";
import { freePort } from "../browser/support/free-port.ts";
import { freshRoom } from "./support/client.ts";
import { chooseSeed, type Random, seeded } from "./support/random.ts";
import { RoughLine } from "./support/rough-line.ts";
import { BROADCAST_KEY, Server, temporaryFolder } from "./support/server.ts";
import { tireless } from "./support/token.ts";

const CLIENTS = 20;
const MESSAGES = Number(process.env.SOAK_MESSAGES ?? 2000);
const KILLS = Number(process.env.SOAK_KILLS ?? 2);
/** Milliseconds between two messages of one client, on average. */
const PACE_MS = 100;

const persistTo = temporaryFolder();
const folders = [persistTo];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

interface Entry {
  type: string;
  seq: number;
}

/** Checks what comes over every single connection, before the client has made it right: nothing twice, nothing missing. */
function checkedSocket(faults: string[], flags: { recovered: number; reset: number }) {
  return class extends WebSocket {
    constructor(url: string) {
      super(url);
      const since = new URL(url).searchParams.get("since");
      const known = since === null || since === "" ? undefined : Number(since.split(":").pop());
      let last: number | undefined;
      this.on("message", (data) => {
        const text = data.toString();
        if (text === "pong") return;
        for (const frame of [JSON.parse(text)].flat()) {
          if (frame.type === "welcome") {
            last = frame.recovered ? known : frame.seq;
            if (frame.recovered) flags.recovered++;
            else flags.reset++;
            if (frame.recovered !== (known !== undefined)) {
              faults.push(`since=${since} got recovered=${frame.recovered}`);
            }
          } else if (isEntry(frame)) {
            if (last !== undefined && frame.seq !== last + 1) {
              faults.push(`${frame.seq} came after ${last} on a connection since ${since}`);
            }
            last = frame.seq;
          }
        }
      });
    }
  };
}

const isEntry = (frame: Entry) =>
  typeof frame.seq === "number" && /^(new-message|message-|reaction|user-erased)/.test(frame.type);

/** Somebody who writes, and notes what they see. */
function participant(
  place: { host: string; room: string; since: Position },
  name: string,
  random: Random,
  faults: string[],
) {
  const flags = { recovered: 0, reset: 0 };
  const client = new Room({
    ...place,
    party: "chatroom",
    token: tireless(name),
    autoDelivered: false,
    world: { WebSocket: checkedSocket(faults, flags), random },
  });
  const seen: string[] = [];
  client.on("new-message", ({ seq, messageId }) => seen.push(`${seq} ${messageId}`));
  const acked: string[] = [];
  const write = async (count: number) => {
    const acks = [];
    for (let n = 0; n < count; n++) {
      const messageId = `${name}-${n}`;
      const ack = client.send(`${n}`, { messageId });
      acks.push(ack.then(() => acked.push(messageId)));
      await new Promise((resolve) => setTimeout(resolve, random() * 2 * PACE_MS));
    }
    await Promise.all(acks);
  };
  client.join();
  return { client, name, seen, acked, flags, write };
}

test(`${CLIENTS} people lose nothing over rough lines and ${KILLS} kills`, async () => {
  const seed = chooseSeed();
  console.log(`SEED=${seed}`);
  const random = seeded(seed);
  const port = await freePort();
  let server = await Server.start({ port, persistTo });
  const line = await RoughLine.open(server.url, seeded(random() * 2 ** 32), {
    lifetimeMs: 3000,
    delayMs: 50,
  });
  const room = freshRoom();
  const key = { headers: { authorization: `Bearer ${BROADCAST_KEY}` } };
  const address = `/parties/chatroom/${room}`;
  const start = await fetch(`${server.url}${address}/position`, key);
  const place = { host: line.host, room, since: (await start.json()) as Position };
  const faults: string[] = [];
  const people = Array.from({ length: CLIENTS }, (_, n) =>
    participant(place, `p${n}`, seeded(random() * 2 ** 32), faults),
  );
  const writing = Promise.all(people.map(({ write }) => write(MESSAGES / CLIENTS)));
  const duration = (MESSAGES / CLIENTS) * PACE_MS;
  for (let kill = 0; kill < KILLS; kill++) {
    await new Promise((resolve) => setTimeout(resolve, duration / (KILLS + 1)));
    await server.kill();
    server = await Server.start({ port, persistTo });
  }
  await writing;
  line.smooth();

  const exported = await fetch(`${server.url}${address}/export`, key);
  const lines = (await exported.text()).trim().split("\n");
  const entries = lines.map((text) => JSON.parse(text)).filter(isEntry);
  const kept = entries.map(({ seq, messageId }) => `${seq} ${messageId}`);
  const last = entries.at(-1).seq;
  // Everybody catches up.
  await Promise.all(
    people.map(
      ({ client }) =>
        new Promise<void>((resolve) => {
          const look = () => client.position?.seq === last && resolve();
          // After the client has taken the frame.
          client.on("frame", () => setImmediate(look));
          client.wake();
          look();
        }),
    ),
  );

  assert.deepEqual(faults, []);
  assert.deepEqual(
    entries.map(({ seq }) => seq),
    Array.from({ length: MESSAGES }, (_, n) => n + 1),
    "dense, and each message once",
  );
  const acked = people.flatMap((person) => person.acked).sort();
  assert.equal(acked.length, MESSAGES);
  assert.deepEqual(
    entries.map(({ messageId }) => messageId).sort(),
    acked,
    "what was acked is what is kept",
  );
  for (const { name, seen, flags } of people) {
    assert.deepEqual(seen, kept, `${name} has seen everything, once, in order`);
    assert.equal(flags.reset, 0, `${name} never had to start anew`);
  }
  const recovered = people.reduce((sum, { flags }) => sum + flags.recovered, 0);
  console.log(
    `${MESSAGES} messages, ${recovered} resumptions, ${KILLS} kills; ${JSON.stringify(line.counts)}`,
  );
  for (const { client } of people) client.leave();
  line.close();
  await server.stop();
});
