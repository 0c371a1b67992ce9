// A party that asks the application's backend who may come in.
import assert from "node:assert/strict";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, test } from "node:test";
import { Client, freshRoom } from "./support/client.ts";
import { Server } from "./support/server.ts";

type Question = { party: string; room: string; token: string; connection: string };

/** The application: what it was asked, and what it answers. */
const asked: Question[] = [];
let answer: { status: number; body?: object | string; maxAge?: number };
let backend: HttpServer;
let server: Server;

before(async () => {
  backend = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      asked.push(JSON.parse(Buffer.concat(chunks).toString()));
      const { status, body = "", maxAge } = answer;
      const headers = maxAge === undefined ? {} : { "cache-control": `max-age=${maxAge}` };
      response.writeHead(status, headers);
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => backend.listen(0, "127.0.0.1", resolve));
  const { port } = backend.address() as AddressInfo;
  const authorize = `http://127.0.0.1:${port}/authorize?key=secret-of-the-application`;
  server = await Server.start({
    vars: {
      AUTH_MODE: "token",
      PARTIES: JSON.stringify({ chatroom: { kind: "chat", authorize } }),
    },
  });
});
after(async () => {
  const output = server.output;
  await server.stop();
  backend.close();
  assert.ok(!output.includes("secret-of-the-application"), "the address's query is in no log");
  assert.ok(!output.includes("opaque"), "nor is a token");
});
beforeEach(() => {
  asked.length = 0;
  answer = { status: 200, body: { userId: "ann", username: "Ann" } };
});

const enter = (room: string, token: string) =>
  new Client(`${server.ws}/parties/chatroom/${room}?token=${token}&_pk=c1`);

test("the backend is asked, and says who somebody is and what they may do", async () => {
  const room = freshRoom();
  answer = { status: 200, body: { userId: "ann", username: "Ann", capabilities: ["join"] } };
  const client = enter(room, "opaque-1");
  assert.equal((await client.next("welcome")).userId, "ann");
  assert.deepEqual(asked, [{ party: "chatroom", room, token: "opaque-1", connection: "c1" }]);
  client.send({ type: "message", message: "x" });
  assert.equal((await client.next("error")).code, "not-allowed");
});

test("its refusals are the client's refusals", async () => {
  for (const [status, code, close] of [
    [401, "unauthorized", 1008],
    [403, "not-allowed", 1008],
  ] as const) {
    answer = { status };
    const client = enter(freshRoom(), "opaque-2");
    assert.equal((await client.next("error")).code, code);
    assert.equal((await client.closed).code, close);
  }
});

test("a grant without join lets nobody in", async () => {
  answer = { status: 200, body: { userId: "ann", capabilities: ["history"] } };
  assert.equal((await enter(freshRoom(), "opaque-3").next("error")).code, "not-allowed");
});

test("an answer that makes no sense lets nobody in, who may come back", async () => {
  for (const [status, body] of [
    [500, ""],
    [302, ""],
    [200, ""],
    [200, "<html>"],
    [200, { userId: "" }],
    [200, { userId: "guest:1" }],
    [200, "x".repeat(20_000)],
  ] as const) {
    answer = { status, body };
    const client = enter(freshRoom(), "opaque-4");
    const { code, retryable } = await client.next("error");
    assert.deepEqual([code, retryable], ["internal", true]);
    assert.equal((await client.closed).code, 1011);
  }
  await server.printed(/"event":"authorize".*127\.0\.0\.1/);
});

test("an answer holds for its max-age, in its room and for its token", async () => {
  const room = freshRoom();
  answer = { status: 200, body: { userId: "ann" }, maxAge: 60 };
  for (const token of ["opaque-5", "opaque-5", "opaque-6"])
    await enter(room, token).next("welcome");
  await enter(freshRoom(), "opaque-5").next("welcome");
  assert.equal(asked.length, 3);
});

test("without max-age it is asked each time", async () => {
  const room = freshRoom();
  for (let n = 0; n < 2; n++) await enter(room, "opaque-7").next("welcome");
  assert.equal(asked.length, 2);
});

test("a renewal asks as well, and cannot change the user", async () => {
  const client = enter(freshRoom(), "opaque-8");
  await client.next("welcome");
  client.send({ type: "auth", token: "opaque-9" });
  await client.next("authenticated");
  assert.equal(asked.at(-1)?.token, "opaque-9");
  answer = { status: 200, body: { userId: "bob" } };
  client.send({ type: "auth", token: "opaque-10" });
  assert.equal((await client.next("error")).code, "wrong-user");
});

test("who brings no token is not asked about", async () => {
  const client = new Client(`${server.ws}/parties/chatroom/${freshRoom()}?userId=ann`);
  assert.equal((await client.next("error")).code, "unauthorized");
  assert.deepEqual(asked, []);
});

test("a backend that is down lets nobody in, who may come back", async () => {
  await new Promise((resolve) => backend.close(resolve).closeAllConnections());
  const client = enter(freshRoom(), "opaque-11");
  assert.equal((await client.next("error")).code, "internal");
  assert.equal((await client.closed).code, 1011);
});
