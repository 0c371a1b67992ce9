// A room full of sockets.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, freshRoom, publish } from "./support/client.ts";
import { BROADCAST_KEY, Server } from "./support/server.ts";

const SOCKETS = 1000;
/** Few users with many tabs: a thousand joins that everybody hears of are another test. */
const USERS = 20;

let server: Server;
before(async () => {
  server = await Server.start();
});
after(() => server.stop());

const userOf = (socket: number) => `user${socket % USERS}`;

/** Connects in handfuls: a thousand handshakes at once are another test as well. */
async function fill(address: string): Promise<Client[]> {
  const clients: Client[] = [];
  while (clients.length < SOCKETS) {
    const handful = Array.from({ length: 50 }, (_, n) =>
      Client.connect(server, address, { userId: userOf(clients.length + n) }),
    );
    clients.push(...(await Promise.all(handful)));
  }
  return clients;
}

test("one message reaches all of a thousand sockets", async () => {
  const clients = await fill(`/parties/chatroom/${freshRoom()}`);
  clients[0]?.send({ type: "message", messageId: "m1", message: "to all" });
  const received = await Promise.all(clients.map((client) => client.next("new-message")));
  assert.equal(received.length, SOCKETS);
  assert.ok(received.every((message) => message.messageId === "m1" && message.seq === 1));
  for (const client of clients) client.socket.terminate();
});

test("one event of the backend reaches all but the excluded of a thousand sockets", async () => {
  const address = `/parties/main/${freshRoom()}`;
  const clients = await fill(address);
  const event = { type: "T", payload: {}, excludeUserId: userOf(7) };
  const response = await publish(server, address, event, BROADCAST_KEY);
  assert.equal(
    ((await response.json()) as { delivered: number }).delivered,
    SOCKETS - SOCKETS / USERS,
  );
  const isExcluded = (_: Client, socket: number) => userOf(socket) === userOf(7);
  const others = clients.filter((client, socket) => !isExcluded(client, socket));
  await Promise.all(others.map((client) => client.next("T")));
  for (const client of clients.filter(isExcluded)) {
    assert.ok(!(await client.settle()).some((frame) => frame.type === "T"));
  }
  for (const client of clients) client.socket.terminate();
});
