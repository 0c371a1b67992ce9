// The HTTP API that reads a room, takes it out whole, and removes from it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, freshRoom, publish } from "./support/client.ts";
import { BROADCAST_KEY, Server } from "./support/server.ts";
import { tireless, token } from "./support/token.ts";

const PARTIES = JSON.stringify({
  chatroom: { kind: "chat", search: true },
  main: { kind: "events" },
});

let server: Server;
before(async () => {
  server = await Server.start({ vars: { PARTIES } });
});
after(() => server.stop());

const call = (path: string, method = "GET", credential = BROADCAST_KEY) =>
  fetch(`${server.url}${path}`, { method, headers: { authorization: `Bearer ${credential}` } });
const read = async (path: string) => (await call(path)).json() as Promise<Record<string, unknown>>;
const texts = (page: Record<string, unknown>) =>
  (page.messages as { message: string }[]).map(({ message }) => message);

/** A room in which Ann has said these things. */
async function roomWith(messages: string[]) {
  const path = `/parties/chatroom/${freshRoom()}`;
  const ann = await Client.connect(server, path, { token: tireless("ann") });
  for (const [n, message] of messages.entries()) {
    ann.send({ type: "message", messageId: `m${n + 1}`, message });
    await ann.next("ack");
  }
  return { path, ann };
}

test("pages of history meet, forwards, backwards, by id and by time", async () => {
  const { path } = await roomWith(["a", "b", "c", "d"]);
  const page = async (query: string) => texts(await read(`${path}/history?${query}`)).join("");
  assert.equal(await page(""), "abcd");
  assert.equal(await page("limit=2"), "cd");
  assert.equal(await page("before=3&limit=1"), "b");
  assert.equal(await page("after=1&limit=2"), "bc");
  assert.equal(await page("beforeId=m3"), "ab");
  assert.equal(await page("afterId=m3"), "d");
  assert.equal(await page("beforeTime=1"), "");
  assert.equal(await page("afterTime=1"), "abcd");
  for (const [query, code] of [
    ["before=1&after=1", "invalid-frame"],
    ["before=x", "invalid-frame"],
    ["beforeId=nope", "unknown-message"],
  ]) {
    const { code: answered } = await read(`${path}/history?${query}`);
    assert.equal(answered, code, query);
  }
});

test("search finds words in any case, their beginnings, and nothing that was deleted", async () => {
  const { path, ann } = await roomWith(["Hello World", "hello there", 'a "quoted" AND (odd) one*']);
  const search = async (query: string) =>
    texts(await read(`${path}/search?query=${encodeURIComponent(query)}`));
  assert.deepEqual(await search("hello"), ["Hello World", "hello there"]);
  assert.deepEqual(await search("HELLO wor"), ["Hello World"]);
  assert.deepEqual(await search('"quoted" AND ('), ['a "quoted" AND (odd) one*']);
  assert.deepEqual(await search("nothing of the kind"), []);
  ann.send({ type: "edit", messageId: "m2", message: "good bye" });
  ann.send({ type: "delete", messageId: "m1" });
  await ann.next("message-deleted");
  assert.deepEqual(await search("hello"), []);
  assert.deepEqual(await search("bye"), ["good bye"]);
});

test("presence, position, receipts and numbers can be asked for", async () => {
  const { path, ann } = await roomWith(["a", "b"]);
  const bob = await Client.connect(server, path, { userId: "bob", username: "Bob" });
  bob.send({ type: "read-receipt", seq: 1 });
  await ann.next("message-status-update");
  const { epoch, ...position } = await read(`${path}/position`);
  assert.deepEqual(position, { seq: 2 });
  assert.deepEqual(await read(`${path}/presence`), {
    users: [
      { userId: "ann", username: "ann" },
      { userId: "bob", username: "Bob" },
    ],
    totalUsers: 2,
    connections: 2,
  });
  assert.deepEqual(await read(`${path}/stats`), {
    connections: 2,
    users: 2,
    epoch,
    seq: 2,
    firstSeq: 1,
  });
  assert.deepEqual(await read(`${path}/receipts?userId=bob`), {
    read: 1,
    delivered: 1,
    unread: 1,
    mentions: 0,
    users: [{ userId: "bob", username: "Bob", delivered: 1, read: 1 }],
    hasMore: false,
  });
});

test("an export is everything, line by line, and says that it is", async () => {
  const { path, ann } = await roomWith(Array.from({ length: 350 }, (_, n) => `message ${n}`));
  ann.send({ type: "react", seq: 1, emoji: "👍" });
  await ann.next("reaction");
  await publish(server, `${path}/mute`, { userId: "bob" }, BROADCAST_KEY);
  const response = await call(`${path}/export`);
  assert.equal(response.headers.get("content-type"), "application/x-ndjson");
  const lines = (await response.text()).trim().split("\n");
  const [first, ...rest] = lines.map((line) => JSON.parse(line));
  assert.deepEqual([first.type, first.seq], ["room", 351]);
  assert.deepEqual(rest.pop(), { type: "end", entries: 351 });
  assert.equal(rest.pop().entry.action, "mute");
  assert.deepEqual(
    rest.map((entry) => entry.seq),
    Array.from({ length: 351 }, (_, n) => n + 1),
  );
});

test("an erased user leaves no word and no name behind", async () => {
  const { path, ann } = await roomWith(["the secret"]);
  const bob = await Client.connect(server, path, { token: tireless("bob") });
  bob.send({ type: "message", messageId: "b1", message: "mine" });
  await bob.next("ack");
  ann.send({ type: "edit", messageId: "m1", message: "the other secret" });
  ann.send({ type: "react", seq: 2, emoji: "👍" });
  await bob.next("reaction");
  const erased = await call(`${path}/users/ann`, "DELETE");
  assert.deepEqual(await erased.json(), { erased: 1 });
  const { userId } = await bob.next("user-erased");
  assert.equal(userId, "ann");
  const everything = await (await call(`${path}/export`)).text();
  assert.ok(!everything.includes("secret"), everything);
  assert.ok(!everything.includes('"username":"ann"'), everything);
  assert.ok(everything.includes("mine"));
  assert.deepEqual(texts(await read(`${path}/search?query=secret`)), []);
});

test("each address needs its capability", async () => {
  const { path } = await roomWith(["a"]);
  const powerless = token({ sub: "eve", rooms: { "*": ["join"] } });
  for (const [method, below] of [
    ["GET", "/history"],
    ["GET", "/thread?seq=1"],
    ["GET", "/search?query=a"],
    ["GET", "/pins"],
    ["GET", "/position"],
    ["GET", "/presence"],
    ["GET", "/receipts"],
    ["GET", "/stats"],
    ["GET", "/export"],
    ["DELETE", "/users/ann"],
    ["DELETE", ""],
  ]) {
    const refused = await call(`${path}${below}`, method, powerless);
    assert.equal(refused.status, 403, `${method} ${below}`);
    const wrong = await call(`${path}${below}`, "PUT");
    assert.equal(wrong.status, 405, `PUT ${below}`);
  }
});
