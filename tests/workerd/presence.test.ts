// Who is here, when many come and go.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, type Frame, freshRoom } from "./support/client.ts";
import { Server } from "./support/server.ts";

const PEOPLE = 1000;

let server: Server;
before(async () => {
  server = await Server.start();
});
after(() => server.stop());

interface Person {
  userId: string;
}

const isPresence = (frame: Frame) => /^(online-users|presence-diff|user-)/.test(frame.type);
const frames = (client: Client) => client.received.map((text) => JSON.parse(text) as Frame);

/** Who is here, by all that a client was told. */
function here(client: Client): string[] {
  const users = new Set<string>();
  for (const frame of frames(client)) {
    const list = (field: string) => (frame[field] ?? []) as Person[];
    if (frame.type === "online-users") users.clear();
    for (const { userId } of [...list("users"), ...list("joined")]) users.add(userId);
    for (const { userId } of list("left")) users.delete(userId);
    if (frame.type === "user-joined") users.add(frame.userId as string);
    if (frame.type === "user-left") users.delete(frame.userId as string);
  }
  return [...users].sort();
}

test("1,000 who come at once cost each other a few frames, and everybody knows all", async () => {
  const address = `/parties/chatroom/${freshRoom()}`;
  const began = performance.now();
  const clients: Client[] = [];
  while (clients.length < PEOPLE) {
    const some = Array.from({ length: 100 }, (_, n) => {
      const userId = `user${clients.length + n}`;
      // Half of them take batches and learn of differences, the others get lists.
      return Client.connect(server, address, { userId, batch: String(n % 2) });
    });
    clients.push(...(await Promise.all(some)));
  }
  const took = performance.now() - began;
  const everybody = Array.from({ length: PEOPLE }, (_, n) => `user${n}`).sort();
  const latest = clients.at(-1) as Client;
  const told = (client: Client) => client.nextText((text) => isPresence(JSON.parse(text)));
  for (const client of clients) {
    while (here(client).length < PEOPLE) await told(client);
    assert.deepEqual(here(client), everybody);
  }
  await latest.settle();
  const most = Math.max(...clients.map((client) => frames(client).filter(isPresence).length));
  console.log(`${PEOPLE} joins in ${took.toFixed(0)} ms: ${most} presence frames at most`);
  assert.ok(most <= 50, `${most} frames`);
  for (const client of clients) client.socket.terminate();
});

test("100 reloads of one of two tabs make no join and no leave", async () => {
  const room = freshRoom();
  const observer = await Client.join(server, room, "ann");
  await Client.join(server, room, "bob");
  let tab = await Client.join(server, room, "bob");
  for (let reload = 0; reload < 100; reload++) {
    await tab.close(1001);
    tab = await Client.join(server, room, "bob");
  }
  const noise = (await observer.settle()).filter(({ type }) => /^user-(joined|left)$/.test(type));
  assert.deepEqual(
    noise.map(({ type, userId }) => [type, userId]),
    [["user-joined", "bob"]],
  );
});

test("a reload of the only tab is not seen, and leaving is, three seconds later", async () => {
  const room = freshRoom();
  const observer = await Client.join(server, room, "ann");
  const bob = await Client.join(server, room, "bob");
  await bob.close();
  const again = await Client.join(server, room, "bob");
  await again.close();
  const { userId } = await observer.next("user-left");
  assert.equal(userId, "bob");
  const noise = frames(observer).filter(({ type }) => /^user-(joined|left)$/.test(type));
  assert.deepEqual(
    noise.map(({ type }) => type),
    ["user-joined", "user-left"],
  );
});
