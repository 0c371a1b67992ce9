// `npm run serve`: plain workerd, with files, variables, a folder that is its own, and an end that loses nothing.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { serveOptions } from "../../scripts/lib/serve-options.mjs";
import { Client, freshRoom, publish } from "./support/client.ts";
import { Issuer, Key } from "./support/issuer.ts";
import { isAlive, processes, programOf } from "./support/processes.ts";
import {
  BROADCAST_KEY,
  JWT_SECRET,
  Server,
  type ServerOptions,
  temporaryFolder,
} from "./support/server.ts";
import { token } from "./support/token.ts";

const start = (options: ServerOptions = {}) => Server.start({ ...options, kind: "serve" });

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal} closes the sockets, ends everything that was started, and says so`, async () => {
    const server = await start();
    const alice = await Client.join(server, freshRoom(), "alice");
    const family = processes(server);
    assert.ok(family.length > 2, "workerd is among them");
    assert.equal(await server.stop(signal), 0);
    await alice.closed;
    assert.deepEqual(family.filter(isAlive), []);
    assert.match(server.output, /Stopped\. What was acked is on disk\.\n$/);
  });
}

for (const [how, end] of [
  ["stopped", (server: Server) => server.stop()],
  ["killed", (server: Server) => server.kill()],
] as const) {
  test(`a server that was ${how} comes back with its rooms`, async (t) => {
    const persistTo = temporaryFolder();
    t.after(() => rmSync(persistTo, { recursive: true }));
    const room = freshRoom();
    const first = await start({ persistTo });
    const alice = await Client.join(first, room, "alice");
    alice.send({ type: "message", messageId: "m1", message: "kept" });
    await alice.next("ack");
    await end(first);

    const second = await start({ persistTo });
    t.after(() => second.stop());
    const bob = await Client.join(second, room, "bob");
    bob.send({ type: "history" });
    const { messages } = await bob.next("history");
    assert.equal((messages as { message: string }[])[0]?.message, "kept");
  });
}

test("what a room has planned happens after a restart, without anybody asking for it", async (t) => {
  const persistTo = temporaryFolder();
  t.after(() => rmSync(persistTo, { recursive: true }));
  const vars = { LOG_LEVEL: "debug", JWT_CLOCK_SKEW_SECONDS: "0" };
  const room = freshRoom();
  const first = await start({ persistTo, vars });
  // The room is to be woken to warn of the end of this: 30 s before, and late enough to be the alarm's business.
  const exp = Math.floor(Date.now() / 1000) + 30 + 14;
  const ann = token({ sub: "ann", exp });
  const client = await Client.connect(first, `/parties/chatroom/${room}`, { token: ann });
  await client.settle();
  await first.kill();

  const second = await start({ persistTo, vars });
  t.after(() => second.stop());
  await second.woken(`chatroom/${room}`, 1, 30_000);
});

test("a runtime that dies is a failure with its reason, for who is to start it again", async () => {
  const server = await start();
  const family = processes(server);
  process.kill(programOf(server, "workerd"), "SIGKILL");
  assert.equal(await server.ended, 1);
  assert.match(server.output, /The server has ended by itself: workerd got SIGKILL\.\n$/);
  assert.deepEqual(family.filter(isAlive), []);
});

describe("what keeps it from starting is one clear line", () => {
  const fails = (options: ServerOptions, reason: RegExp) =>
    assert.rejects(start(options), ({ message }: Error) => {
      assert.match(message, /^The server ended with 1:\n/);
      assert.match(message, reason);
      return true;
    });

  test("a folder that another server holds", async (t) => {
    const persistTo = temporaryFolder();
    t.after(() => rmSync(persistTo, { recursive: true }));
    const first = await start({ persistTo });
    await fails({ persistTo }, /\nAnother server holds the data folder .*\n$/);
    await first.stop();
    const second = await start({ persistTo });
    await second.stop();
  });

  test("a folder that cannot be written to", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    await fails(
      { persistTo: join(file, "data") },
      /\nThe data folder .* cannot be written to: .*\n$/,
    );
  });

  test("a port that is taken", async (t) => {
    const blocker = createServer();
    t.after(() => blocker.close());
    const port = await new Promise<number>((resolve) => {
      blocker.listen(0, "127.0.0.1", () => resolve((blocker.address() as { port: number }).port));
    });
    await fails({ port }, /\nCannot listen on 127\.0\.0\.1, port \d+: it is taken\..*\n$/);
  });

  test("an address that is not this machine's", () =>
    fails({ args: ["--host", "192.0.2.1"] }, /\nCannot listen on .*no such address.*\n$/));

  test("options that are wrong", async () => {
    await fails({ args: ["--port", "x"] }, /\n"x" is no port/);
    await fails({ args: ["--colour", "red"] }, /\nUnknown option '--colour'/);
    await fails({ args: ["--outbound", "moon"] }, /\n"moon" is no network/);
    await fails({ args: ["--var", "AUTH_MODE"] }, /\n--var takes NAME:VALUE/);
    await fails({ args: ["--dev-vars", "/nowhere"] }, /\nThere is no file \/nowhere/);
  });
});

describe("a server", () => {
  const persistTo = temporaryFolder();
  let server: Server;
  before(async () => {
    const env = { JWT_SECRET, BROADCAST_KEY, PARTIES: '{"lobby":{"kind":"chat"}}' };
    server = await start({ persistTo, env });
  });
  after(async () => {
    await server.stop();
    rmSync(persistTo, { recursive: true });
  });

  test("serves files as Cloudflare does, and hands the rest to the Worker", async () => {
    const get = async (path: string) => {
      const response = await fetch(`${server.url}${path}`, { redirect: "manual" });
      await response.body?.cancel();
      return [response.status, response.headers.get("content-type")];
    };
    assert.deepEqual(await get("/"), [200, "text/html; charset=utf-8"]);
    assert.deepEqual(await get("/main.js"), [200, "text/javascript; charset=utf-8"]);
    assert.deepEqual(await get("/style.css"), [200, "text/css; charset=utf-8"]);
    assert.deepEqual(await get("/favicon.svg"), [200, "image/svg+xml"]);
    assert.deepEqual(await get("/index.html"), [307, null]);
    assert.deepEqual(await get("/health"), [200, "application/json"]);
    assert.deepEqual(await get("/nowhere"), [404, "application/problem+json"]);
    assert.deepEqual(await get("/../package.json"), [404, "application/problem+json"]);
    const first = await fetch(`${server.url}/main.js`);
    await first.body?.cancel();
    const headers = { "if-none-match": first.headers.get("etag") ?? "" };
    assert.equal((await fetch(`${server.url}/main.js`, { headers })).status, 304);
  });

  test("takes variables from the environment before those of wrangler.toml", async () => {
    const alice = await Client.connect(server, `/parties/lobby/${freshRoom()}`, {
      userId: "alice",
    });
    await alice.next("welcome");
    await alice.close();
    const event = { type: "T", payload: 1 };
    const answer = await publish(server, `/parties/main/${freshRoom()}`, event, BROADCAST_KEY);
    assert.equal(answer.status, 404);
  });

  test("writes no secret to its folder", () => {
    const files = readdirSync(persistTo, { recursive: true, encoding: "utf8" });
    const texts = files.filter((name) => name.endsWith(".capnp"));
    assert.equal(texts.length, 1);
    const text = readFileSync(join(persistTo, texts[0] ?? ""), "utf8");
    assert.ok(text.includes('fromEnvironment = "JWT_SECRET"'));
    assert.ok(!text.includes(JWT_SECRET) && !text.includes(BROADCAST_KEY));
  });
});

test("--outbound keeps the server from calling what it does not name", async (t) => {
  const key = new Key("k1");
  const issuer = await Issuer.start(key);
  t.after(() => issuer.stop());
  const vars = { JWT_JWKS_URL: issuer.url };
  const address = `/parties/chatroom/${freshRoom()}`;
  const query = { token: key.token({ sub: "ann" }) };

  const open = await start({ vars });
  t.after(() => open.stop());
  const ann = await Client.connect(open, address, query);
  assert.equal((await ann.next("welcome")).userId, "ann");
  assert.equal(issuer.fetches, 1);

  const shut = await start({ vars, args: ["--outbound", "public"] });
  t.after(() => shut.stop());
  const refused = await Client.connect(shut, address, query);
  assert.equal((await refused.next("error")).code, "internal");
  assert.equal(issuer.fetches, 1);
});

test("every variable and secret of docs/configuration.md is taken from the environment", () => {
  const docs = readFileSync(
    fileURLToPath(new URL("../../docs/configuration.md", import.meta.url)),
    "utf8",
  );
  const tables = ["## Variables", "## Secrets"].map((heading) => {
    const [, section = ""] = docs.split(`${heading}\n`);
    return section.split("\n\n").find((block) => /^\s*\| name/.test(block)) ?? "";
  });
  const names = [...tables.join("\n").matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name ?? "");
  assert.ok(names.includes("AUTH_MODE") && names.includes("BROADCAST_KEY"), `found: ${names}`);
  const env = Object.fromEntries(names.map((name) => [name, `value of ${name}`]));
  assert.deepEqual(serveOptions([], { ...env, HOME: "/", PATH: "/bin" }, [])?.overrides, env);
});
