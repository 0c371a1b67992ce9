// Who gets in, who may publish, and what the others are told.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client, freshRoom, publish } from "./support/client.ts";
import { BROADCAST_KEY, Server } from "./support/server.ts";
import { token } from "./support/token.ts";

const soon = () => Math.floor(Date.now() / 1000) + 600;
const event = { type: "TASK_UPDATED", payload: { taskId: "t1" } };

describe("in production", () => {
  let server: Server;
  before(async () => {
    server = await Server.start({ vars: { AUTH_MODE: "token" } });
  });
  after(async () => {
    const output = server.output;
    await server.stop();
    assert.doesNotMatch(output, /eyJ|sub.*ann/, "no token is in the log");
  });

  async function refusal(query: Record<string, string>, protocols: string[] = []) {
    const address = `${server.ws}/parties/chatroom/${freshRoom()}?${new URLSearchParams(query)}`;
    const client = new Client(address, protocols);
    const { code } = await client.next("error");
    return [code, (await client.closed).code];
  }

  test("nobody enters without a token", async () => {
    assert.deepEqual(await refusal({}), ["unauthorized", 1008]);
    assert.deepEqual(await refusal({ userId: "ann", username: "Ann" }), ["unauthorized", 1008]);
    assert.deepEqual(await refusal({ sessionId: "s1" }), ["unauthorized", 1008]);
  });

  test("a token that does not hold is refused", async () => {
    const expired = token({ sub: "ann", exp: soon() - 3600 });
    const early = token({ sub: "ann", nbf: soon() });
    const forged = token({ sub: "ann" }, "another secret");
    const unsigned = `${token({ sub: "ann" }, "", "none").split(".").slice(0, 2).join(".")}.`;
    for (const bad of ["x", "x.y.z", expired, early, forged, unsigned, token({})]) {
      assert.deepEqual(await refusal({ token: bad }), ["unauthorized", 1008]);
      assert.deepEqual(await refusal({}, ["bearer", bad]), ["unauthorized", 1008]);
    }
    assert.deepEqual(await refusal({ token: BROADCAST_KEY }), ["unauthorized", 1008]);
  });

  test("a backend listens with its key, says nothing, and is seen by nobody", async () => {
    const room = freshRoom();
    const address = `${server.ws}/parties/chatroom/${room}`;
    const ann = new Client(`${address}?token=${token({ sub: "ann", name: "Ann" })}`);
    await ann.next("online-users");
    const backend = new Client(address, ["bearer", BROADCAST_KEY]);
    const welcome = await backend.next("welcome");
    assert.deepEqual([welcome.userId, welcome.role], ["backend", "admin"]);
    ann.send({ type: "message", messageId: "m1", message: "hello" });
    assert.equal((await backend.next("new-message")).message, "hello");
    backend.send({ type: "message", messageId: "m2", message: "psst" });
    assert.equal((await backend.next("error")).code, "not-allowed");
    await backend.close();
    const told = (await ann.settle()).map(({ type }) => type);
    assert.deepEqual(told, ["welcome", "online-users", "ack", "new-message"]);
    await ann.close();
  });

  test("a token that does not allow to join this room is refused", async () => {
    const elsewhere = token({ sub: "ann", rooms: { "event:*": ["join"] } });
    assert.deepEqual(await refusal({ token: elsewhere }), ["not-allowed", 1008]);
  });

  test("a token names its user in the query, in a header and as a subprotocol", async () => {
    const good = token({ sub: "ann", name: "Ann Ä", role: "admin", exp: soon() });
    const address = `${server.ws}/parties/chatroom/${freshRoom()}`;
    const claimed = "userId=mallory&username=Mallory";
    const headers = { authorization: `Bearer ${good}` };
    const clients = [
      new Client(`${address}?token=${good}&${claimed}`),
      new Client(`${address}?${claimed}`, [], { headers }),
      new Client(`${address}?${claimed}`, ["bearer", good]),
    ];
    for (const client of clients) {
      const welcome = await client.next("welcome");
      assert.deepEqual([welcome.userId, welcome.role], ["ann", "admin"]);
      const { users } = await client.next("online-users");
      const names = (users as { userId: string; username: string }[]).map(
        ({ userId, username }) => [userId, username],
      );
      assert.deepEqual(names, [["ann", "Ann Ä"]]);
    }
    assert.equal(clients[2]?.socket.protocol, "bearer");
    for (const client of clients) await client.close();
  });

  test("what a token does not allow is refused frame by frame", async () => {
    const reader = token({ sub: "ann", rooms: { "*": ["join", "history"] } });
    const client = await Client.connect(server, `/parties/chatroom/${freshRoom()}`, {
      token: reader,
    });
    client.send({ type: "message", messageId: "m1", message: "x" });
    const { code, ref } = await client.next("error");
    assert.deepEqual([code, ref], ["not-allowed", "m1"]);
    client.send({ type: "history" });
    await client.next("history");
  });
});

describe("publishing", () => {
  let server: Server;
  before(async () => {
    server = await Server.start();
  });
  after(() => server.stop());

  const post = (path: string, body: string, headers: Record<string, string>) =>
    fetch(`${server.url}${path}`, { method: "POST", body, headers });

  async function assertProblem(response: Response, status: number, code: string): Promise<void> {
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    const problem = (await response.json()) as Record<string, unknown>;
    assert.deepEqual([response.status, problem.status, problem.code], [status, status, code]);
    assert.equal(typeof problem.title, "string");
    assert.match(String(problem.detail), /\.$/);
  }

  test("a refused event is a problem document and reaches nobody", async () => {
    const room = freshRoom();
    const path = `/parties/main/${room}`;
    const listener = await Client.connect(server, path, { userId: "ann" });
    const key = `Bearer ${BROADCAST_KEY}`;
    const json = { authorization: key, "content-type": "application/json" };
    const good = JSON.stringify(event);
    const bearing = (credential: string) => ({ ...json, authorization: `Bearer ${credential}` });

    await assertProblem(
      await post(path, good, { "content-type": "application/json" }),
      401,
      "unauthorized",
    );
    await assertProblem(await post(path, good, bearing("wrong")), 401, "unauthorized");
    await assertProblem(await post(path, good, bearing(`${BROADCAST_KEY}x`)), 401, "unauthorized");
    await assertProblem(
      await post(path, good, bearing(token({ sub: "a" }, "forged"))),
      401,
      "unauthorized",
    );
    await assertProblem(
      await post(path, good, { ...json, authorization: `Basic ${BROADCAST_KEY}` }),
      401,
      "unauthorized",
    );
    await assertProblem(await post(path, good, bearing(token({ sub: "ann" }))), 403, "not-allowed");
    const elsewhere = token({ rooms: { "event:*": ["broadcast"] } });
    await assertProblem(await post(path, good, bearing(elsewhere)), 403, "not-allowed");
    await assertProblem(await post("/parties/nope/r", good, json), 404, "unknown-party");
    await assertProblem(await post(`${path}/nope`, good, json), 404, "not-found");
    await assertProblem(await post("/nope", good, json), 404, "not-found");
    await assertProblem(await post("/parties/main/a%00", good, json), 400, "invalid-room");
    await assertProblem(
      await post(path, good, { ...json, "content-type": "text/plain" }),
      415,
      "unsupported-media-type",
    );
    await assertProblem(await post(path, "{", json), 400, "invalid-json");
    await assertProblem(await post(path, "", json), 400, "invalid-json");
    await assertProblem(await post(path, '{"type":"T"}', json), 400, "invalid-event");
    await assertProblem(await post(path, '{"type":"","payload":1}', json), 400, "invalid-event");
    const large = JSON.stringify({ type: "T", payload: "x".repeat(1024 * 1024) });
    await assertProblem(await post(path, large, json), 413, "body-too-large");
    await assertProblem(await fetch(`${server.url}${path}`), 426, "upgrade-required");
    for (const [method, below, allow] of [
      ["PUT", "", "GET, POST, DELETE"],
      ["GET", "/broadcast", "POST"],
      ["PATCH", "/broadcast", "POST"],
    ] as const) {
      const response = await fetch(`${server.url}${path}${below}`, { method, headers: json });
      assert.equal(response.headers.get("allow"), allow);
      await assertProblem(response, 405, "method-not-allowed");
    }
    assert.deepEqual(await listener.settle(), []);
  });

  test("a body that grows past the limit without saying so is cut off", async () => {
    let chunks = 0;
    const body = new ReadableStream({
      pull(controller) {
        chunks += 1;
        if (chunks > 200) controller.close();
        else controller.enqueue(new TextEncoder().encode("x".repeat(10_000)));
      },
    });
    const response = await fetch(`${server.url}/parties/main/r`, {
      method: "POST",
      body,
      duplex: "half",
      headers: { authorization: `Bearer ${BROADCAST_KEY}`, "content-type": "application/json" },
    });
    await assertProblem(response, 413, "body-too-large");
  });

  test("the key, an admin and a token with the capability may publish", async () => {
    const room = `project:${freshRoom()}`;
    const path = `/parties/main/${encodeURIComponent(room)}`;
    const listener = await Client.connect(server, path, { userId: "ann" });
    const granted = token({ sub: "api", rooms: { "project:*": ["broadcast"] } });
    for (const credential of [BROADCAST_KEY, granted, token({ role: "admin", exp: soon() })]) {
      const response = await publish(server, path, event, credential);
      assert.equal(response.status, 200);
      assert.equal(((await response.json()) as { delivered: number }).delivered, 1);
      await listener.next("TASK_UPDATED");
    }
  });
});

describe("a bad configuration", () => {
  test("is one clear error that names the key, in the answer and in the log", async (t) => {
    const server = await Server.start({ vars: { AUTH_MODE: "opne" } });
    t.after(() => server.stop());
    const response = await fetch(`${server.url}/health`);
    const problem = (await response.json()) as { code: string; detail: string };
    assert.deepEqual([response.status, problem.code], [500, "misconfigured"]);
    assert.match(problem.detail, /AUTH_MODE must be/);
    const client = new Client(`${server.ws}/parties/chatroom/r?userId=ann`);
    assert.equal((await client.next("error")).code, "misconfigured");
    assert.equal((await client.closed).code, 1011);
    await server.printed(/"event":"bad-configuration".*AUTH_MODE/);
  });
});
