// docs/protocol.md is true: what it says a client sends is sent, and what it says comes back comes back,
// byte for byte but for ids and times.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Client, freshRoom, publish } from "./support/client.ts";
import { BROADCAST_KEY, Server } from "./support/server.ts";
import { tireless, token } from "./support/token.ts";

const docs = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");
const examples = [...docs.matchAll(/```json\n([\s\S]*?)```/g)].flatMap(([, block]) =>
  (block ?? "").trim().split("\n"),
);

let server: Server;
before(async () => {
  server = await Server.start();
});
after(() => server.stop());

/** The same text with everything that differs from run to run made equal. */
function plain(text: string): string {
  const volatile = [
    ...["timestamp", "serverTime", "expiresAt", "issuedBefore", "until", "at", "editedAt"],
    ...["epoch", "id", "token"],
  ];
  return JSON.stringify(JSON.parse(text), (key, value) =>
    volatile.includes(key) && value !== undefined ? "…" : value,
  );
}

function example(start: string): string {
  const found = examples.find((text) => text.startsWith(start));
  assert.ok(found, `docs/protocol.md has no example ${start}…`);
  return found;
}

/** Has people do everything that can be done to messages, and gives those people. */
async function changeMessages(sent: (start: string) => string): Promise<Client[]> {
  const room = `/parties/chatroom/${freshRoom()}`;
  const enter = (sub: string, name: string, role: string) =>
    Client.connect(server, room, { token: token({ sub, name, role }) });
  const alice = await enter("alice", "Alice", "user");
  const bob = await enter("bob", "Bob", "user");
  const mod = await enter("mod", "Mod", "admin");
  const done = async (client: Client, start: string) => {
    client.send(sent(start));
    await client.next("ack");
  };
  await done(alice, '{"type":"message","messageId":"m1"');
  await done(alice, '{"type":"message","messageId":"m2"');
  bob.send(sent('{"type":"delivered"'));
  bob.send(sent('{"type":"read-receipt","messageId"'));
  bob.send(sent('{"type":"read-receipt","seq"'));
  bob.send(sent('{"type":"receipts","ref":"r1"}'));
  await bob.next("receipts");
  bob.send(sent('{"type":"thread"'));
  await bob.next("thread");
  alice.send({ type: "message", messageId: "m3", message: "Hello again" });
  await alice.next("ack");
  await done(alice, '{"type":"edit"');
  await done(bob, '{"type":"react","seq":3,"emoji":"👍"');
  await done(bob, '{"type":"react","seq":3,"emoji":"🎉"');
  await done(alice, '{"type":"delete"');
  await done(mod, '{"type":"pin"');
  await done(mod, '{"type":"unpin"');
  bob.send(sent('{"type":"reactions"'));
  bob.send(sent('{"type":"pins"}'));
  bob.send(sent('{"type":"search"'));
  bob.send(sent('{"type":"history","afterId"'));
  const { messages } = await bob.next("history");
  // What a page is made of comes as frames, too, when it is resumed.
  for (const message of messages as object[]) bob.received.push(JSON.stringify(message));
  return [alice, bob, mod];
}

test("every example of the docs is sent or received", async () => {
  const used = new Set<string>();
  const sent = (start: string) => {
    const text = example(start);
    used.add(plain(text));
    return text;
  };
  const room = `/parties/chatroom/${freshRoom()}`;
  const alice = await Client.connect(server, room, {
    userId: "alice",
    username: "Alice",
    _pk: "c1",
  });
  await alice.next("online-users");
  const bob = await Client.connect(server, room, { userId: "bob", username: "Bob" });
  await alice.next("user-joined");

  alice.send(sent('{"type":"message","messageId":"m1"'));
  await bob.next("new-message");
  bob.send(sent('{"type":"history"}'));
  bob.send(sent('{"type":"history","before"'));
  bob.send(sent('{"type":"history","after"'));
  await bob.next("history");
  bob.send(sent('{"type":"history","beforeTime"'));
  await bob.next("history");
  bob.send(sent('{"type":"presence"'));
  await alice.next("user-updated");
  alice.send(sent('{"type":"event"'));
  await bob.next("event");
  alice.send(sent('{"type":"typing"}'));
  await bob.next("user-typing");
  alice.send(sent('{"type":"stop-typing"}'));
  await bob.next("user-stop-typing");
  alice.send(sent('{"type":"message","messageId":"m2"'));
  await bob.next("new-message");
  alice.send(sent('{"type":"ping"'));
  await alice.next("pong");
  alice.send({ type: "message", messageId: "m1", message: 7 });
  await alice.next("error");
  await bob.close();
  await alice.next("user-left");
  const changes = await changeMessages(sent);

  const soon = Math.floor(Date.now() / 1000) - 40;
  const admin = (exp: number) => token({ sub: "mod", role: "admin", exp });
  const moderator = await Client.connect(server, room, { token: admin(soon) });
  await moderator.next("token-expiring");
  moderator.send({ ...JSON.parse(sent('{"type":"auth"')), token: admin(soon + 600) });
  await moderator.next("authenticated");
  const mallory = async () => {
    const client = await Client.connect(server, room, { userId: "mallory" });
    await client.settle();
    return client;
  };
  const tabs = [await mallory(), await mallory()];
  moderator.send(sent('{"type":"kick"'));
  await moderator.next("moderated");
  for (const tab of tabs) assert.equal((await tab.closed).code, 4001);
  for (const action of ["ban", "unban", "mute", "unmute", "slow-mode", "revoke"]) {
    moderator.send(sent(`{"type":"${action}"`));
    await moderator.next("moderated");
  }
  moderator.send({ type: "unban", userId: "mallory" });
  await moderator.next("moderated");

  const project = "/parties/main/p1";
  const ann = await Client.connect(server, project, { userId: "alice", userName: "Alice" });
  const boards = [];
  for (const userId of ["bob", "cara", "dan"]) {
    const name = userId.charAt(0).toUpperCase() + userId.slice(1);
    boards.push(await Client.connect(server, project, { userId, userName: name }));
  }
  const task = { taskId: "t1", status: "done" };
  const event = { type: "TASK_UPDATED", payload: task, excludeUserId: "alice" };
  const kept = { ...event, payload: { taskId: "t1" }, persist: true };
  const answers = [
    await publish(server, project, event, BROADCAST_KEY),
    await publish(server, `${project}/broadcast`, kept, BROADCAST_KEY),
    await fetch(`${server.url}${project}`, { method: "POST" }),
    await fetch(`${server.url}/health`),
  ];
  const other = `/parties/chatroom/${freshRoom()}`;
  const unruly = await Promise.all(
    [1, 2].map(() => Client.connect(server, other, { userId: "mallory" })),
  );
  for (const client of unruly) await client.settle();
  const kick = { userId: "mallory", reason: "spam" };
  const writer = await Client.join(server, other.replace("/parties/chatroom/", ""), "cara");
  writer.send({ type: "message", message: "to be forgotten" });
  await writer.next("ack");
  answers.push(
    await publish(server, `${other}/kick`, kick, BROADCAST_KEY),
    await fetch(`${server.url}${other}/audit`, {
      headers: { authorization: `Bearer ${BROADCAST_KEY}` },
    }),
    await fetch(`${server.url}${other}/users/cara`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${BROADCAST_KEY}` },
    }),
  );
  const headers = {
    authorization: `Bearer ${BROADCAST_KEY}`,
    "content-type": "application/json",
    "idempotency-key": freshRoom(),
  };
  for (const [path, body] of [
    [project, sent('{"events":')],
    ["/broadcast", sent('{"rooms":')],
    [project, JSON.stringify(event)],
  ]) {
    // The third call has the key of the first, and another body.
    const own = path === project ? headers : { ...headers, "idempotency-key": freshRoom() };
    answers.push(await fetch(`${server.url}${path}`, { method: "POST", headers: own, body }));
  }
  await boards[1]?.next("TASK_UPDATED");
  await boards[1]?.next("TASK_UPDATED");
  await boards[0]?.close();
  await ann.next("USER_LEFT");

  const bodies = await Promise.all(answers.map((answer) => answer.text()));
  const clients = [alice, bob, ann, moderator, ...boards, ...changes];
  const frames = clients.flatMap((client) => client.received);
  const came = new Set([...frames, ...bodies].map(plain));
  for (const text of examples) {
    const known = used.has(plain(text)) || came.has(plain(text));
    assert.ok(known, `neither sent nor received: ${text}\ncame:\n${[...came].join("\n")}`);
  }
  assert.ok(docs.includes("`GET /health` answers `{"), "the health example is in the text");
  assert.ok(docs.includes(bodies[3] ?? ""), bodies[3]);
});

test("a duplicate is acked with the first seq and delivered to nobody", async () => {
  const room = freshRoom();
  const [alice, bob] = [
    await Client.join(server, room, "alice"),
    await Client.join(server, room, "bob"),
  ];
  const frame = { type: "message", messageId: "m1", message: "once" };
  alice.send(frame);
  const first = await alice.next("ack");
  alice.send(frame);
  assert.deepEqual(await alice.next("ack"), { ...first, duplicate: true });
  const messages = (await bob.settle()).filter((frame) => frame.type === "new-message");
  assert.equal(messages.length, 1);
});

test("the text ping is answered by the runtime and by nobody else", async () => {
  const alice = await Client.join(server, freshRoom(), "alice");
  alice.send("ping");
  await alice.nextText((text) => text === "pong");
});

test("everybody sees the same order, and each sender's own order in it", async () => {
  const room = freshRoom();
  const names = ["ann", "ben", "cleo", "dora"];
  const people = await Promise.all(names.map((name) => Client.join(server, room, name)));
  for (let n = 0; n < 50; n++) {
    for (const [index, person] of people.entries()) {
      person.send({ type: "message", messageId: `${names[index]}-${n}`, message: "x" });
    }
  }
  const orders = await Promise.all(
    people.map(async (person) => {
      const order = [];
      for (let n = 0; n < 200; n++) order.push(await person.next("new-message"));
      return order.map((message) => `${message.seq} ${message.messageId}`);
    }),
  );
  for (const order of orders) assert.deepEqual(order, orders[0]);
  const seqs = orders[0]?.map((entry) => Number.parseInt(entry, 10));
  assert.deepEqual(
    seqs,
    Array.from({ length: 200 }, (_, index) => index + 1),
  );
  for (const name of names) {
    const own = orders[0]?.map((entry) => entry.split(" ")[1]).filter((id) => id?.startsWith(name));
    assert.deepEqual(
      own,
      Array.from({ length: 50 }, (_, n) => `${name}-${n}`),
    );
  }
});

test("pages of history meet without a gap or an overlap", async () => {
  const room = freshRoom();
  const alice = await Client.connect(server, `/parties/chatroom/${room}`, {
    token: tireless("alice"),
  });
  for (let n = 1; n <= 120; n++) alice.send({ type: "message", messageId: `m${n}`, message: "x" });
  const seen: number[] = [];
  let before: number | undefined;
  for (;;) {
    alice.send({ type: "history", before });
    const page = await alice.next("history");
    const seqs = (page.messages as { seq: number }[]).map((message) => message.seq);
    seen.unshift(...seqs);
    before = seqs[0];
    if (!page.hasMore) break;
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 120 }, (_, index) => index + 1),
  );
  const latest = await Client.join(server, room, "bob");
  latest.send({ type: "history", after: 100, limit: 300 });
  assert.equal(((await latest.next("history")).messages as unknown[]).length, 20);
});

test("a second socket with the same connection id takes over", async () => {
  const room = freshRoom();
  const observer = await Client.join(server, room, "alice");
  const query = { userId: "bob", username: "Bob", _pk: "the-same" };
  const first = await Client.connect(server, `/parties/chatroom/${room}`, query);
  // A socket that never sent anything gets its close frame as well, but the runtime leaves its TCP open for seconds.
  await first.settle();
  const second = await Client.connect(server, `/parties/chatroom/${room}`, query);
  assert.deepEqual(await first.closed, { code: 4004, reason: "superseded" });
  second.send({ type: "message", messageId: "m1", message: "still here" });
  await second.next("ack");
  const presence = (await observer.settle()).filter((frame) => /^user-/.test(frame.type));
  assert.deepEqual(
    presence.map(({ type, userId }) => [type, userId]),
    [["user-joined", "bob"]],
  );
});

test("a close is answered with its code", async () => {
  for (const [sent, received] of [
    [1000, 1000],
    [4321, 4321],
    [undefined, 1000],
  ]) {
    const client = await Client.join(server, freshRoom(), "alice");
    assert.equal((await client.close(sent)).code, received);
  }
});
