// A room that really slept (the runtime evicts it after about ten seconds of silence) is the same room afterwards:
// its sockets, who they are, its history, its order.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { untilAsleep } from "./support/asleep.ts";
import { Client, freshRoom, publish } from "./support/client.ts";
import { BROADCAST_KEY, Server } from "./support/server.ts";
import { token } from "./support/token.ts";

let server: Server;
before(async () => {
  server = await Server.start({ vars: { LOG_LEVEL: "debug", JWT_CLOCK_SKEW_SECONDS: "0" } });
});
after(() => server.stop());

test("presence, identity, history and order are the same after sleep", async () => {
  const rooms = Array.from({ length: 4 }, freshRoom);
  const [talk, leave, join, events] = rooms as [string, string, string, string];
  const enter = async (room: string) => ({
    room,
    alice: await Client.join(server, room, "alice"),
    bob: await Client.join(server, room, "bob"),
  });
  const inTalk = await enter(talk);
  const inLeave = await enter(leave);
  const inJoin = await enter(join);
  const ann = await Client.connect(server, `/parties/main/${events}`, { userId: "ann" });
  const ben = await Client.connect(server, `/parties/main/${events}`, { userId: "ben" });
  inTalk.alice.send({ type: "message", messageId: "m1", message: "before" });
  // Typing has its timer; it must end, and must not keep the room awake for ever.
  inTalk.alice.send({ type: "typing" });
  await inTalk.bob.next("user-stop-typing");
  const heartbeat = setInterval(() => inTalk.alice.send("ping"), 1000);
  await untilAsleep();
  clearInterval(heartbeat);

  for (const room of [talk, leave, join]) {
    assert.equal(server.wakes(`chatroom/${room}`), 1, "awake once so far, heartbeats or not");
  }

  // A message wakes the room: everybody gets it under the sender's name, and seq goes on.
  const { alice, bob } = inTalk;
  bob.send({ type: "message", messageId: "m2", message: "after" });
  const message = await alice.next("new-message");
  assert.deepEqual([message.messageId, message.seq], ["m1", 1]);
  const later = await alice.next("new-message");
  assert.deepEqual(
    [later.messageId, later.seq, later.userId, later.username],
    ["m2", 2, "bob", "Bob"],
  );
  bob.send({ type: "history" });
  const { messages } = await bob.next("history");
  assert.deepEqual(
    (messages as { messageId: string }[]).map((message) => message.messageId),
    ["m1", "m2"],
  );
  bob.send({ type: "message", messageId: "m2", message: "after" });
  assert.equal((await bob.next("ack")).duplicate, true, "and repeats are still known");

  // A close wakes the room: the one who left is named to the other.
  await inLeave.bob.close();
  const left = await inLeave.alice.next("user-left");
  assert.deepEqual([left.userId, left.totalUsers], ["bob", 1]);

  // A newcomer wakes the room, and finds those who were there.
  const cara = new Client(`${server.ws}/parties/chatroom/${join}?userId=cara&username=Cara`);
  const { users } = await cara.next("online-users");
  assert.deepEqual(
    (users as { userId: string }[]).map((user) => user.userId),
    ["alice", "bob", "cara"],
  );
  await inJoin.alice.next("user-joined"); // Bob's
  const joined = await inJoin.alice.next("user-joined");
  assert.deepEqual([joined.userId, joined.totalUsers], ["cara", 3]);

  // An event of the backend wakes the room, and still knows whom to leave out.
  const event = { type: "T", payload: 1, excludeUserId: "ann" };
  const receipt = await publish(server, `/parties/main/${events}`, event, BROADCAST_KEY);
  assert.equal(((await receipt.json()) as { delivered: number }).delivered, 1);
  await ben.next("T");
  assert.ok(!(await ann.settle()).some((frame) => frame.type === "T"));

  for (const room of [talk, leave, join]) {
    await server.woken(`chatroom/${room}`, 2);
  }
  await server.woken(`main/${events}`, 2);
});

test("a sleeping room is woken to warn of the end of a token", async () => {
  const room = freshRoom();
  const path = `/parties/chatroom/${room}`;
  // The warning comes 30 s before the end, and then it is to be asleep.
  const exp = Math.floor(Date.now() / 1000) + 30 + 22;
  const ann = await Client.connect(server, path, { token: token({ sub: "ann", exp }) });
  await ann.next("online-users");
  await untilAsleep();
  assert.equal(server.wakes(`chatroom/${room}`), 1);
  assert.equal((await ann.next("token-expiring")).expiresAt, exp * 1000);
  await server.woken(`chatroom/${room}`, 2);
  // What was renewed outlives the next sleep: the room still knows its guest, and until when.
  ann.send({ type: "auth", token: token({ sub: "ann", exp: exp + 600 }) });
  assert.equal((await ann.next("authenticated")).expiresAt, (exp + 600) * 1000);
});
