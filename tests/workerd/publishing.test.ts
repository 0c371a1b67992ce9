// A backend publishes several events, in several rooms, again, and signed. On a real server.
import assert from "node:assert/strict";
import { createHash, createHmac, randomUUID } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { after, before, test } from "node:test";
import { Client, freshRoom } from "./support/client.ts";
import { tamper } from "./support/databases.ts";
import { BROADCAST_KEY, Server, temporaryFolder } from "./support/server.ts";
import { token } from "./support/token.ts";

const persistTo = temporaryFolder();
const start = () => Server.start({ persistTo, vars: { LOG_LEVEL: "debug" } });
let server: Server;
before(async () => {
  server = await start();
});
after(async () => {
  const output = server.output;
  await server.stop();
  rmSync(persistTo, { recursive: true });
  assert.doesNotMatch(output, /panicked|Critical|unreachable/);
  assert.doesNotMatch(output, new RegExp(BROADCAST_KEY));
});

interface Receipt {
  id: string;
  seq?: number;
  delivered: number;
}
interface RoomAnswer {
  party: string;
  room: string;
  results?: Receipt[];
  problem?: { code: string; status: number; detail: string; title: string };
}

interface Answer<T> {
  status: number;
  body: T;
}

async function post<T>(
  path: string,
  body: string | object,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  const response = await fetch(`${server.url}${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(headers["x-signature"] === undefined && { authorization: `Bearer ${BROADCAST_KEY}` }),
      ...headers,
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as T };
}

/** Posts what is to be refused, and gives the code. */
async function refused(
  path: string,
  body: string | object,
  headers?: Record<string, string>,
): Promise<string> {
  const answer = await post<{ code: string; status: number }>(path, body, headers);
  assert.equal(answer.status, answer.body.status);
  return `${answer.status} ${answer.body.code}`;
}

const at = (room: string) => `/parties/main/${room}`;
const listen = (room: string, userId = "ann") => Client.connect(server, at(room), { userId });
const key = () => ({ "idempotency-key": `"${randomUUID()}"` });
const event = { type: "T", payload: { n: 1 } };
const kept = { ...event, persist: true };
const events = (client: Client) =>
  client.received.map((text) => JSON.parse(text)).filter(({ type }) => type === "T");

test("several events arrive in order, and are answered in order", async () => {
  const room = freshRoom();
  const ann = await listen(room);
  const list = [1, 2, 3].map((n) => ({ type: "T", payload: n, persist: n !== 2 }));
  const { status, body } = await post<{ results: Receipt[] }>(at(room), { events: list });
  assert.equal(status, 200);
  assert.deepEqual(
    body.results.map(({ seq, delivered }) => [seq, delivered]),
    [
      [1, 1],
      [undefined, 1],
      [2, 1],
    ],
  );
  assert.equal(new Set(body.results.map(({ id }) => id)).size, 3);
  await ann.settle();
  assert.deepEqual(
    events(ann).map(({ payload, seq }) => [payload, seq]),
    [
      [1, 1],
      [2, undefined],
      [3, 2],
    ],
  );
  ann.socket.terminate();
});

test("one bad event among several keeps all of them back", async () => {
  const room = freshRoom();
  const body = { events: [kept, { ...kept, type: "" }] };
  assert.equal(await refused(at(room), body), "400 invalid-event");
  const { body: next } = await post<Receipt>(at(room), kept);
  assert.equal(next.seq, 1);
});

test("a hundred events go in one call, and one more does not", async () => {
  const room = freshRoom();
  const list = (length: number) => ({ events: Array.from({ length }, () => kept) });
  assert.equal(await refused(at(room), list(101)), "400 invalid-event");
  assert.equal(server.wakes(`main/${room}`), 0, "what is no event wakes no room");
  const { body } = await post<{ results: Receipt[] }>(at(room), list(100));
  assert.deepEqual(
    body.results.map(({ seq }) => seq),
    Array.from({ length: 100 }, (_, index) => index + 1),
  );
});

test("a hundred rooms in one call each answer in their place", async () => {
  const rooms = Array.from({ length: 100 }, freshRoom);
  const first = await listen(rooms[0] ?? "");
  const last = await listen(rooms[99] ?? "");
  const { status, body } = await post<{ results: RoomAnswer[] }>("/broadcast", {
    rooms: rooms.map((room, n) => (n % 2 ? { room } : { party: "main", room })),
    events: [kept, event],
  });
  assert.equal(status, 200);
  assert.deepEqual(
    body.results.map(({ party, room }) => [party, room]),
    rooms.map((room) => ["main", room]),
  );
  for (const [n, { results, problem }] of body.results.entries()) {
    assert.equal(problem, undefined);
    const delivered = n === 0 || n === 99 ? 1 : 0;
    assert.deepEqual(
      results?.map(({ seq, delivered }) => [seq, delivered]),
      [
        [1, delivered],
        [undefined, delivered],
      ],
    );
  }
  for (const client of [first, last]) {
    await client.settle();
    assert.equal(events(client).length, 2);
    client.socket.terminate();
  }
  const tooMany = { rooms: Array.from({ length: 101 }, () => ({ room: "r" })), ...event };
  assert.equal(await refused("/broadcast", tooMany), "400 invalid-event");
});

test("a room that fails does not fail the others", async () => {
  const project = `project:${randomUUID()}`;
  const rooms = [
    { party: "nope", room: "r" },
    { room: project },
    { room: "a\n" },
    { room: freshRoom() },
    { party: "chatroom", room: project },
  ];
  const claims = { sub: "api", rooms: { "project:*": ["broadcast"] } };
  const authorization = `Bearer ${token(claims)}`;
  const { status, body } = await post<{ results: RoomAnswer[] }>(
    "/broadcast",
    { rooms, ...event },
    { authorization },
  );
  assert.equal(status, 200);
  assert.deepEqual(
    body.results.map(({ results, problem }) => problem?.code ?? results?.length),
    ["unknown-party", 1, "invalid-room", "not-allowed", 1],
  );
  assert.equal(body.results[0]?.problem?.status, 404);
  assert.equal(server.wakes(`main/${rooms[3]?.room}`), 0, "who may not publish wakes no room");
});

test("rooms are named as they are, not as they stand in an address", async () => {
  const room = `${freshRoom()} ü/50%`;
  const ann = await Client.connect(server, at(encodeURIComponent(room)), { userId: "ann" });
  const { body } = await post<{ results: RoomAnswer[] }>("/broadcast", {
    rooms: [{ room }],
    ...event,
  });
  assert.deepEqual(body.results[0]?.room, room);
  assert.equal(body.results[0]?.results?.[0]?.delivered, 1);
  ann.socket.terminate();
});

test("a repeated call is answered the same and delivers nothing, also after a restart", async () => {
  const [room, headers] = [freshRoom(), key()];
  const ann = await listen(room);
  const first = await post<Receipt>(at(room), kept, headers);
  assert.deepEqual([first.body.seq, first.body.delivered], [1, 1]);
  const bare = { "idempotency-key": headers["idempotency-key"].replaceAll('"', "") };
  assert.deepEqual(await post(`${at(room)}/broadcast`, kept, bare), first, "bare as well");
  await ann.settle();
  assert.equal(events(ann).length, 1);
  await ann.close();

  await server.stop();
  server = await start();
  const again = await listen(room);
  assert.deepEqual(await post(at(room), kept, headers), first);
  await again.settle();
  assert.equal(events(again).length, 0);
  assert.equal(await refused(at(room), event, headers), "422 idempotency-mismatch");
  const { body: other } = await post<Receipt>(at(room), kept, key());
  assert.equal(other.seq, 2);
  const { body: elsewhere } = await post<Receipt>(at(freshRoom()), event, headers);
  assert.notEqual(elsewhere.id, first.body.id, "each room has keys of its own");
  again.socket.terminate();
});

test("the same key at the same moment counts once", async () => {
  const [room, headers] = [freshRoom(), key()];
  const calls = Array.from({ length: 20 }, () => post<Receipt>(at(room), kept, headers));
  const answers = await Promise.all(calls);
  for (const { body } of answers) assert.deepEqual(body, answers[0]?.body);
  assert.equal((await post<Receipt>(at(room), kept)).body.seq, 2);
});

test("what a room erased may be published again", async () => {
  const [room, headers] = [freshRoom(), key()];
  const first = await post<Receipt>(at(room), kept, headers);
  const authorization = `Bearer ${BROADCAST_KEY}`;
  await fetch(`${server.url}${at(room)}`, { method: "DELETE", headers: { authorization } });
  const second = await post<Receipt>(at(room), kept, headers);
  assert.equal(second.body.seq, 1);
  assert.notEqual(second.body.id, first.body.id);
});

test("a call to several rooms that failed halfway is completed by repeating it", async () => {
  const [good, bad] = [freshRoom(), freshRoom()];
  const body = { rooms: [{ room: good }, { room: bad }], events: [kept] };
  const marked = `mark-${randomUUID()}`;
  await post(at(bad), event, { "idempotency-key": marked });
  await server.stop();
  const find = "SELECT count(*) AS n FROM answers WHERE key = ?";
  const abort = "BEGIN SELECT RAISE(ABORT, 'disk full'); END";
  tamper(persistTo, find, marked, `CREATE TRIGGER full BEFORE INSERT ON history ${abort}`);
  server = await start();
  const headers = key();
  const broadcast = () => post<{ results: RoomAnswer[] }>("/broadcast", body, headers);
  const half = await broadcast();
  assert.equal(half.status, 200);
  assert.equal(half.body.results[0]?.results?.[0]?.seq, 1);
  assert.equal(half.body.results[1]?.problem?.code, "storage-failed");

  await server.stop();
  tamper(persistTo, find, marked, "DROP TRIGGER full");
  server = await start();
  const whole = await broadcast();
  assert.deepEqual(whole.body.results[0], half.body.results[0], "not published again");
  assert.equal(whole.body.results[1]?.results?.[0]?.seq, 1);
  assert.deepEqual(await broadcast(), whole);
  const other = await post<{ results: RoomAnswer[] }>("/broadcast", { ...body, ...event }, headers);
  for (const { problem } of other.body.results) assert.equal(problem?.code, "idempotency-mismatch");
});

/** Signs a request as a backend does. */
function signed(
  path: string,
  body: string,
  { seconds = Math.floor(Date.now() / 1000), secret = BROADCAST_KEY, method = "POST" } = {},
): Record<string, string> {
  const digest = createHash("sha256").update(body).digest("hex");
  const text = `${seconds}.${method}.${path}.${digest}`;
  return {
    "x-signature-timestamp": String(seconds),
    "x-signature": `v1=${createHmac("sha256", secret).update(text).digest("hex")}`,
  };
}

test("a signed request needs no key", async () => {
  const room = freshRoom();
  const body = JSON.stringify({ type: "T", payload: "ü" });
  for (const path of [at(room), `${at(room)}/broadcast`, `${at(room)}?x=%20y&z`]) {
    assert.equal((await post<Receipt>(path, body, signed(path, body))).status, 200, path);
  }
  const several = JSON.stringify({ rooms: [{ room }], ...event });
  const { body: answer } = await post<{ results: RoomAnswer[] }>(
    "/broadcast",
    several,
    signed("/broadcast", several),
  );
  assert.equal(answer.results[0]?.results?.length, 1);
  const path = `${at(room)}/stats`;
  const headers = signed(path, "", { method: "GET" });
  assert.equal((await fetch(`${server.url}${path}`, { headers })).status, 200, "a GET as well");
});

test("the docs sign as the server checks", async () => {
  const docs = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");
  const [, code] = docs.match(/```js\n([^`]*createHmac[\s\S]*?)```/) ?? [];
  assert.ok(code, "docs/protocol.md shows how to sign");
  const source = `${code}\nexport { sign };`;
  const { sign } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  const [path, body] = [`${at(freshRoom())}?x=1`, JSON.stringify(event)];
  const headers = {
    ...sign(BROADCAST_KEY, "POST", path, body),
    "content-type": "application/json",
  };
  const response = await fetch(`${server.url}${path}`, { method: "POST", headers, body });
  assert.equal(response.status, 200);
});

test("a signature that is late, early, forged or of something else is refused", async () => {
  const room = freshRoom();
  const [path, body] = [at(room), JSON.stringify(event)];
  const now = Math.floor(Date.now() / 1000);
  const good = signed(path, body);
  const unauthorized = "401 unauthorized";
  const attempts: [string, string, Record<string, string>][] = [
    [path, body, signed(path, body, { seconds: now - 310 })],
    [path, body, signed(path, body, { seconds: now + 310 })],
    [path, body, signed(path, body, { secret: "guess" })],
    [path, body, signed(path, body, { method: "PUT" })],
    [path, body.replace("1", "2"), good],
    [`${path}?x=1`, body, good],
    [at(freshRoom()), body, good],
    [path, body, { ...good, "x-signature-timestamp": String(now - 1) }],
    [path, body, { ...good, "x-signature-timestamp": "" }],
    [path, body, { ...good, "x-signature": "" }],
    [path, body, { ...good, "x-signature": good["x-signature"]?.replace("v1=", "v2=") ?? "" }],
    ["/broadcast", JSON.stringify({ rooms: [{ room }], ...event }), good],
    // A wrong signature is not made up for by a right key.
    [path, body, { "x-signature": "v1=00", authorization: `Bearer ${BROADCAST_KEY}` }],
  ];
  for (const [index, [path, body, headers]] of attempts.entries()) {
    assert.equal(await refused(path, body, headers), unauthorized, `attempt ${index}`);
  }
  assert.equal(server.wakes(`main/${room}`), 0, "who is refused wakes no room");
  assert.equal((await post(path, body, good)).status, 200);
});

test("bad input is refused with its code, and wakes no room", async () => {
  const room = freshRoom();
  const rooms = [{ room }];
  for (const events of [[], {}, 7, "x", [7], [[]], [{}], [{ type: "T" }], [null]]) {
    assert.equal(await refused(at(room), { events }), "400 invalid-event");
    assert.equal(await refused("/broadcast", { rooms, events }), "400 invalid-event");
  }
  for (const bad of [
    { type: 7 },
    { type: "" },
    { type: "x".repeat(129) },
    { timestamp: "now" },
    { timestamp: -1 },
    { excludeUserId: "" },
    { excludeUserId: 7 },
    { excludeConnectionId: "\n" },
    { onlyUserIds: "u1" },
    { onlyUserIds: [7] },
    { persist: "yes" },
    { persist: true, onlyUserIds: ["u1"] },
  ]) {
    assert.equal(await refused(at(room), { ...event, ...bad }), "400 invalid-event");
    const one = { events: [event, { ...event, ...bad }] };
    assert.equal(await refused(at(room), one), "400 invalid-event");
    assert.equal(await refused("/broadcast", { rooms, ...one }), "400 invalid-event");
  }
  for (const bad of [[], {}, 7, null, [7], [{}], [{ room: 7 }], [{ room, party: 7 }], [null]]) {
    assert.equal(await refused("/broadcast", { rooms: bad, ...event }), "400 invalid-event");
  }
  for (const bad of ['""', '"', "a b", "a, b", "x".repeat(129), '"a" "b"', "ü"]) {
    const headers = { "idempotency-key": bad };
    assert.equal(await refused(at(room), event, headers), "400 invalid-idempotency-key", bad);
    const body = { rooms, ...event };
    assert.equal(await refused("/broadcast", body, headers), "400 invalid-idempotency-key", bad);
  }
  for (const path of [at(room), "/broadcast"]) {
    assert.equal(await refused(path, "{"), "400 invalid-json");
    assert.equal(await refused(path, ""), "400 invalid-json");
    const text = { "content-type": "text/plain" };
    assert.equal(await refused(path, "{}", text), "415 unsupported-media-type");
    const key = { authorization: "Bearer x" };
    assert.equal(await refused(path, "{}", key), "401 unauthorized");
    assert.equal(await refused(path, "x".repeat(1_100_000)), "413 body-too-large");
    const forged = { ...signed(path, "{}"), "content-type": "text/plain" };
    assert.equal(await refused(path, "{}", forged), "415 unsupported-media-type");
  }
  assert.equal((await fetch(`${server.url}/broadcast`)).status, 405);
  assert.equal((await fetch(`${server.url}/broadcast/x`)).status, 404);
  assert.equal(server.wakes(`main/${room}`), 0);
});

test("limits of calls can be set", async () => {
  const LIMITS = JSON.stringify({ eventsPerCall: 1, roomsPerCall: 1, signatureMs: 1000 });
  const strict = await Server.start({ vars: { LIMITS } });
  const before = server;
  server = strict;
  try {
    assert.equal(await refused(at("r"), { events: [event, event] }), "400 invalid-event");
    const two = { rooms: [{ room: "a" }, { room: "b" }], ...event };
    assert.equal(await refused("/broadcast", two), "400 invalid-event");
    const body = JSON.stringify(event);
    const seconds = Math.floor(Date.now() / 1000) - 5;
    const late = signed(at("r"), body, { seconds });
    assert.equal(await refused(at("r"), body, late), "401 unauthorized");
    assert.equal((await post(at("r"), body, signed(at("r"), body))).status, 200);
  } finally {
    server = before;
    await strict.stop();
  }
});
