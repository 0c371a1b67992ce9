// Pages of other origins: which may connect, call, and read the answer.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, freshRoom } from "./support/client.ts";
import { BROADCAST_KEY, Server } from "./support/server.ts";

const OURS = "https://app.example.com";
const THEIRS = "https://evil.example.net";

let server: Server;
before(async () => {
  server = await Server.start({ vars: { ALLOWED_ORIGINS: `${OURS}, https://*.example.org` } });
});
after(() => server.stop());

const preflight = (path: string, origin: string) =>
  fetch(`${server.url}${path}`, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "POST" },
  });

const post = (origin?: string, body = '{"type":"T","payload":1}') =>
  fetch(`${server.url}/parties/main/${freshRoom()}`, {
    method: "POST",
    body,
    headers: {
      authorization: `Bearer ${BROADCAST_KEY}`,
      "content-type": "application/json",
      ...(origin ? { origin } : {}),
    },
  });

const allowed = (response: Response) => response.headers.get("access-control-allow-origin");

test("a preflight is answered at the edge, for pages that are listed", async () => {
  for (const origin of [OURS, "https://a.example.org"]) {
    const response = await preflight("/parties/main/r", origin);
    assert.equal(response.status, 204);
    assert.equal(allowed(response), origin);
    assert.match(response.headers.get("access-control-allow-methods") ?? "", /POST/);
    assert.match(response.headers.get("access-control-allow-headers") ?? "", /authorization/);
    assert.equal(response.headers.get("vary"), "origin");
  }
  assert.equal(allowed(await preflight("/parties/main/r", THEIRS)), null);
  assert.equal((await preflight("/parties/nope/r", OURS)).status, 404);
});

test("answers and problems can be read by listed pages alone", async () => {
  for (const [origin, body, status] of [
    [OURS, '{"type":"T","payload":1}', 200],
    [OURS, "{", 400],
    [THEIRS, '{"type":"T","payload":1}', 200],
    [undefined, '{"type":"T","payload":1}', 200],
  ] as const) {
    const response = await post(origin, body);
    assert.equal(response.status, status);
    assert.equal(allowed(response), origin === OURS ? OURS : null);
  }
});

test("sockets of listed pages and of clients without a page get in, others do not", async () => {
  const address = () => `${server.ws}/parties/chatroom/${freshRoom()}?userId=ann`;
  const welcome: Record<string, string>[] = [
    {},
    { origin: OURS },
    { origin: "https://a.b.example.org" },
  ];
  for (const headers of welcome) {
    await new Client(address(), [], { headers }).next("welcome");
  }
  const client = new Client(address(), [], { headers: { origin: THEIRS } });
  assert.equal((await client.next("error")).code, "not-allowed");
  assert.equal((await client.closed).code, 1008);
});
