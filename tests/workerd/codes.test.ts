// Every code of the table can be met: each is provoked here, on a real server. A code without a way to provoke it fails.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, test } from "node:test";
import { CLOSE_CODES, ERROR_CODES, type ErrorCode } from "../../packages/client/src/codes.ts";
import { Client, freshRoom, publish } from "./support/client.ts";
import { tamper } from "./support/databases.ts";
import { eventually, type Listed } from "./support/directory.ts";
import { BROADCAST_KEY, Server, temporaryFolder } from "./support/server.ts";
import { token } from "./support/token.ts";

const persistTo = temporaryFolder();
let server: Server;
before(async () => {
  server = await Server.start({ persistTo });
});
after(async () => {
  await server.stop();
  rmSync(persistTo, { recursive: true });
});

const chat = () => `/parties/chatroom/${freshRoom()}`;
const connect = (query: Record<string, string> = { userId: "ann" }, path = chat()) =>
  new Client(`${server.ws}${path}?${new URLSearchParams(query)}`);

/** The code of the error that a frame gets. */
async function frame(text: string | object | Buffer, query?: Record<string, string>) {
  const client = connect(query);
  await client.open();
  if (Buffer.isBuffer(text)) client.socket.send(text);
  else client.send(text);
  const { code } = await client.next("error");
  client.socket.terminate();
  return code;
}

/** The code of a response, which must have the status of the table. */
async function http(response: Promise<Response>) {
  const { status, body } = await response.then(async (answer) => ({
    status: answer.status,
    body: (await answer.json()) as { code: ErrorCode; status: number },
  }));
  assert.equal(status, ERROR_CODES[body.code].status, body.code);
  assert.equal(body.status, status);
  return body.code;
}

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}${path}`, {
    method: "POST",
    body,
    headers: {
      authorization: `Bearer ${BROADCAST_KEY}`,
      "content-type": "application/json",
      ...headers,
    },
  });

const get = (path: string) =>
  fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${BROADCAST_KEY}` } });

/** Waits until the directory lists a room. */
async function listed(room: string) {
  const name = room.replace("/parties/", "");
  await eventually(async () => {
    const { rooms } = (await (await get("/rooms?limit=300")).json()) as { rooms: Listed[] };
    assert.ok(rooms.some((one) => `${one.party}/${one.room}` === name));
  });
}

/** Has an admin act on `mallory`, and gives what she gets then. */
async function moderated<T>(
  action: object,
  then: (mallory: Client, room: string) => Promise<T>,
): Promise<T> {
  const room = chat();
  const admin = connect({ token: token({ sub: "mod", role: "admin" }) }, room);
  const mallory = connect({ userId: "mallory" }, room);
  await admin.open();
  await mallory.open();
  await mallory.settle();
  admin.send({ userId: "mallory", ...action });
  await admin.next("moderated");
  return then(mallory, room);
}

/** Does something to a room's database while the server is down. */
async function tampered(sql: string): Promise<string> {
  const room = chat();
  const writer = connect({ userId: "ann" }, room);
  await writer.open();
  writer.send({ type: "message", messageId: room, message: "x" });
  await writer.next("ack");
  await server.stop();
  tamper(persistTo, "SELECT count(*) AS n FROM history WHERE id = ?", room, sql);
  server = await Server.start({ persistTo });
  return room;
}

const provocations: Record<ErrorCode, () => Promise<unknown>> = {
  "invalid-json": () => frame("{"),
  "invalid-utf8": async () => {
    const client = connect();
    await client.open();
    client.socket.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false });
    return (await client.next("error")).code;
  },
  "invalid-frame": () => frame({ type: "message" }),
  "unknown-type": () => frame({ type: "dance" }),
  "binary-not-supported": () => frame(Buffer.from([1])),
  "message-too-large": () => frame({ type: "message", message: "x".repeat(70_000) }),
  "not-allowed": () =>
    frame({ type: "history" }, { token: token({ sub: "ann", rooms: { "*": ["join"] } }) }),
  "rate-limited": async () => {
    const client = connect();
    await client.open();
    for (let n = 0; n < 100; n++) client.send({ type: "message", message: "x" });
    return (await client.next("error")).code;
  },
  muted: () =>
    moderated({ type: "mute" }, async (mallory) => {
      mallory.send({ type: "message", message: "x" });
      return (await mallory.next("error")).code;
    }),
  banned: () =>
    moderated({ type: "ban" }, async (_, room) => {
      return (await connect({ userId: "mallory" }, room).next("error")).code;
    }),
  "wrong-user": () =>
    frame({ type: "auth", token: token({ sub: "bob" }) }, { token: token({ sub: "ann" }) }),
  "unknown-message": () => frame({ type: "read-receipt", messageId: "nope" }),
  "not-enabled": () => frame({ type: "search", query: "x" }),
  "limit-reached": () => {
    const mentions = Array.from({ length: 51 }, (_, n) => `u${n}`);
    return frame({ type: "message", message: "x", meta: { mentions } });
  },
  "storage-failed": async () => {
    const room = await tampered(
      "CREATE TRIGGER full BEFORE INSERT ON history BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    );
    const client = connect({ userId: "ann" }, room);
    await client.open();
    client.send({ type: "message", messageId: "m2", message: "x" });
    return (await client.next("error")).code;
  },
  "directory-unavailable": async () => {
    // Every shard has a party's row once something was counted in it; one that cannot be read is enough.
    const room = chat();
    const client = connect({ userId: "ann" }, room);
    await client.open();
    await listed(room);
    const broken = "INSERT INTO schema (version) VALUES (99)";
    const name = room.replace("/parties/", "");
    await server.stop();
    tamper(persistTo, "SELECT count(*) AS n FROM rooms WHERE name = ?", name, broken, "parties");
    server = await Server.start({ persistTo });
    const code = await http(get("/rooms"));
    const mend = "DELETE FROM schema WHERE version = 99";
    await server.stop();
    tamper(persistTo, "SELECT count(*) AS n FROM rooms WHERE name = ?", name, mend, "parties");
    server = await Server.start({ persistTo });
    return code;
  },
  "invalid-event": () => http(post("/parties/main/r", "{}")),
  "invalid-idempotency-key": () =>
    http(post("/parties/main/r", "{}", { "idempotency-key": "x".repeat(129) })),
  "idempotency-mismatch": async () => {
    const headers = { "idempotency-key": freshRoom() };
    await post("/parties/main/r", '{"type":"T","payload":1}', headers);
    return http(post("/parties/main/r", '{"type":"T","payload":2}', headers));
  },
  "invalid-room": () => http(post("/parties/main/%00", "{}")),
  "invalid-identity": async () => (await connect({ userId: "a\n" }).next("error")).code,
  "unknown-party": () => http(post("/parties/nope/r", "{}")),
  "not-found": () => http(fetch(`${server.url}/nope`)),
  "method-not-allowed": () => http(fetch(`${server.url}/health`, { method: "PUT" })),
  "upgrade-required": () => http(fetch(`${server.url}/parties/main/r`)),
  unauthorized: () => http(post("/parties/main/r", "{}", { authorization: "Bearer x" })),
  "body-too-large": () => http(post("/parties/main/r", "x".repeat(1_100_000))),
  "unsupported-media-type": () =>
    http(post("/parties/main/r", "{}", { "content-type": "text/plain" })),
  misconfigured: async () => {
    const broken = await Server.start({ vars: { AUTH_MODE: "nonsense" } });
    const code = await http(fetch(`${broken.url}/health`));
    await broken.stop();
    return code;
  },
  internal: async () => {
    const room = await tampered("INSERT INTO schema (version) VALUES (99)");
    return http(publish(server, room, { type: "T", payload: 1 }, BROADCAST_KEY));
  },
};

for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
  test(`${code} can be met`, async () => {
    assert.equal(await provocations[code](), code);
  });
}

/** Each gives the code that a socket was closed with. */
const closes: Record<keyof typeof CLOSE_CODES, () => Promise<number>> = {
  1000: async () => {
    const client = connect();
    await client.open();
    return (await client.close()).code;
  },
  1008: async () => (await connect({ token: "x" }).closed).code,
  1009: async () => {
    const client = connect();
    await client.open();
    client.send("x".repeat(1_100_000));
    return (await client.closed).code;
  },
  1011: async () => {
    const room = await tampered("INSERT INTO schema (version) VALUES (99)");
    return (await connect({ userId: "ann" }, room).closed).code;
  },
  4000: async () => (await connect({}, "/parties/chatroom/%00").closed).code,
  4001: () => moderated({ type: "kick" }, async (mallory) => (await mallory.closed).code),
  4003: () => moderated({ type: "ban" }, async (mallory) => (await mallory.closed).code),
  4004: async () => {
    const room = chat();
    const first = connect({ userId: "ann", _pk: "same" }, room);
    await first.open();
    await first.settle();
    await connect({ userId: "ann", _pk: "same" }, room).open();
    return (await first.closed).code;
  },
  4100: async () => {
    // With no patience at all: what has just been sent waits for a moment, however fast it is read.
    const vars = { LIMITS: '{"slowBytes":1,"slowHardBytes":1}' };
    const impatient = await Server.start({ vars });
    const client = new Client(`${impatient.ws}${chat()}?userId=ann`);
    await client.open();
    const message = "x".repeat(60_000);
    for (let n = 0; n < 10; n++) client.send({ type: "message", message });
    const { code } = await client.closed;
    await impatient.stop();
    return code;
  },
  4129: async () => {
    const client = connect();
    await client.open();
    for (let n = 0; n < 200; n++) client.send({ type: "message", message: "x" });
    return (await client.closed).code;
  },
  4201: async () => {
    const room = chat();
    const client = connect({ userId: "ann" }, room);
    await client.open();
    await client.settle();
    const authorization = `Bearer ${BROADCAST_KEY}`;
    await fetch(`${server.url}${room}`, { method: "DELETE", headers: { authorization } });
    return (await client.closed).code;
  },
  4202: async () => {
    const impatient = await Server.start({ vars: { LIMITS: '{"heartbeatMs":1000}' } });
    const client = new Client(`${impatient.ws}${chat()}?userId=ann`);
    await client.open();
    client.send("ping");
    const { code } = await client.closed;
    await impatient.stop();
    return code;
  },
  4401: () => moderated({ type: "revoke" }, async (mallory) => (await mallory.closed).code),
};

for (const code of Object.keys(CLOSE_CODES).map(Number) as (keyof typeof CLOSE_CODES)[]) {
  test(`a socket can be closed with ${code}`, async () => {
    assert.equal(await closes[code](), code);
  });
}
