// Tokens by public keys: from the configuration, and from an issuer that publishes and changes them.
import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, freshRoom, publish } from "./support/client.ts";
import { type Algorithm, Issuer, Key } from "./support/issuer.ts";
import { BROADCAST_KEY, JWT_SECRET, Server } from "./support/server.ts";
import { token } from "./support/token.ts";

const COOLDOWN_MS = 1000;
const soon = () => Math.floor(Date.now() / 1000) + 600;
const ann = () => ({ sub: "ann", name: "Ann", exp: soon() });

async function start(t: TestContext, vars: Record<string, string>): Promise<Server> {
  const server = await Server.start({ vars: { AUTH_MODE: "token", ...vars } });
  t.after(async () => {
    await server.stop();
    assert.doesNotMatch(server.output, /eyJ|hidden-in-logs/, "no token, no query is in the log");
  });
  return server;
}

/** A server that trusts an issuer, and asks it for keys once a second at most. */
async function startWith(t: TestContext, issuer: Issuer, vars = {}): Promise<Server> {
  t.after(() => issuer.stop());
  const cooldown = String(COOLDOWN_MS / 1000);
  const source = { JWT_JWKS_URL: issuer.url, JWT_JWKS_COOLDOWN_SECONDS: cooldown };
  return start(t, { ...source, ...vars });
}

const address = (server: Server, token: string) =>
  `${server.ws}/parties/chatroom/${freshRoom()}?token=${token}`;

/** Enters, and gives the connected client. */
async function enter(server: Server, token: string): Promise<Client> {
  const client = new Client(address(server, token));
  assert.equal((await client.next("welcome")).userId, "ann");
  return client;
}

async function enters(server: Server, token: string): Promise<void> {
  await (await enter(server, token)).close();
}

/** Error code and close code of somebody who does not get in. */
async function refusal(server: Server, token: string): Promise<unknown[]> {
  const client = new Client(address(server, token));
  const { code } = await client.next("error");
  return [code, (await client.closed).code];
}

const refused = ["unauthorized", 1008];
const later = ["internal", 1011];

/** A token whose key nobody knows. */
const madeUp = () => new Key(`made-up-${randomUUID()}`).token(ann());

describe("keys of the configuration", () => {
  test("verify tokens of every algorithm, beside the secret", async (t) => {
    const algorithms: Algorithm[] = ["ES256", "RS256", "EdDSA"];
    const keys = algorithms.map((algorithm) => new Key(`k-${algorithm}`, algorithm));
    const jwks = JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });
    const server = await start(t, { JWT_PUBLIC_KEYS: jwks });
    for (const key of keys) {
      await enters(server, key.token(ann()));
      await enters(server, key.token(ann(), { kid: undefined }));
      const forged = new Key(key.id, key.algorithm).token(ann());
      assert.deepEqual(await refusal(server, forged), refused);
      const asSecret = createHmac("sha256", JSON.stringify(key.jwk));
      const [header, claims] = key.token(ann(), { alg: "HS256" }).split(".");
      const confused = `${header}.${claims}.${asSecret.update(`${header}.${claims}`).digest("base64url")}`;
      assert.deepEqual(await refusal(server, confused), refused);
    }
    await enters(server, token(ann(), JWT_SECRET));
  });

  test("are a clear error if a secret is among them", async (t) => {
    const server = await start(t, { JWT_PUBLIC_KEYS: '{"keys":[{"kty":"oct","k":"eA"}]}' });
    const problem = (await (await fetch(`${server.url}/health`)).json()) as { detail: string };
    assert.match(problem.detail, /JWT_PUBLIC_KEYS holds a secret key in place 1/);
  });
});

describe("keys that are none", () => {
  /** Signatures by Ed25519 that hold for every text, if the key is one of the points of small order. */
  const IDENTITY = Buffer.from([1, ...new Uint8Array(31)]);
  const UNIVERSAL = Buffer.concat([IDENTITY, new Uint8Array(32)]);

  test("verify nothing, and what is beside them does", async (t) => {
    const good = new Key("good");
    const weak = new Key("weak", "RS256", 1024);
    const point = (kid: string, x: Uint8Array) => {
      return { kty: "OKP", crv: "Ed25519", kid, x: Buffer.from(x).toString("base64url") };
    };
    const jwks = [weak.jwk, point("one", IDENTITY), point("zero", new Uint8Array(32)), good.jwk];
    const server = await start(t, { JWT_PUBLIC_KEYS: JSON.stringify({ keys: jwks }) });
    await enters(server, good.token(ann()));
    assert.deepEqual(await refusal(server, weak.token(ann())), refused);
    for (const kid of ["one", "zero", undefined]) {
      const [head, claims] = good.token(ann(), { alg: "EdDSA", kid }).split(".");
      const forged = `${head}.${claims}.${UNIVERSAL.toString("base64url")}`;
      assert.deepEqual(await refusal(server, forged), refused, kid);
    }
  });

  test("are told from others by the platform, which says so once", async (t) => {
    const good = new Key("good");
    const keys = [new Key("off"), new Key("off-too")];
    // On no curve.
    const off = keys.map(({ jwk }) => ({ ...jwk, y: jwk.x ?? "" }));
    const jwks = JSON.stringify({ keys: [...off, good.jwk] });
    const server = await start(t, { JWT_PUBLIC_KEYS: jwks });
    for (const key of [...keys, ...keys, ...keys]) {
      assert.deepEqual(await refusal(server, key.token(ann())), refused);
    }
    await enters(server, good.token(ann(), { kid: undefined }));
    await server.printed(/"event":"import-key","detail":"The platform refuses key 2 of its set/);
    assert.equal(server.output.match(/"event":"import-key"/g)?.length, 2);
  });
});

describe("rules for claims", () => {
  test("are the same for every key", async (t) => {
    const key = new Key("k1");
    const server = await start(t, {
      JWT_PUBLIC_KEYS: JSON.stringify({ keys: [key.jwk] }),
      JWT_ISSUER: "https://auth.example",
      JWT_AUDIENCE: "rooms,chat",
      JWT_CLOCK_SKEW_SECONDS: "5",
      JWT_REQUIRE_EXPIRY: "true",
    });
    const good = { ...ann(), iss: "https://auth.example", aud: ["x", "chat"] };
    await enters(server, key.token(good));
    await enters(server, token(good));
    const { exp, ...endless } = good;
    for (const bad of [
      endless,
      { ...good, exp: exp - 610 },
      { ...good, iat: exp },
      { ...good, iss: "https://evil.example" },
      { ...good, aud: "x" },
    ]) {
      assert.deepEqual(await refusal(server, key.token(bad)), refused);
      assert.deepEqual(await refusal(server, token(bad)), refused);
    }
  });
});

describe("keys of an issuer", () => {
  test("are fetched when the first token needs them, and once for all", async (t) => {
    const keys = [new Key("e"), new Key("r", "RS256"), new Key("d", "EdDSA")];
    const issuer = await Issuer.start(...keys);
    const server = await startWith(t, issuer);
    await enters(server, token(ann()));
    const event = { type: "T", payload: 1 };
    const path = `/parties/main/${freshRoom()}`;
    assert.equal((await publish(server, path, event, BROADCAST_KEY)).status, 200);
    assert.equal(issuer.fetches, 0, "neither the secret nor the broadcast key needs them");

    const everybody = keys.flatMap((key) => Array.from({ length: 5 }, () => key.token(ann())));
    await Promise.all(everybody.map((token) => enters(server, token)));
    assert.equal(issuer.fetches, 1);
    const [key] = keys;
    const backend = key?.token({ rooms: { "*": ["broadcast"] } }) ?? "";
    assert.equal((await publish(server, path, event, backend)).status, 200);
    assert.equal(issuer.fetches, 1);
  });

  test("change while clients are connected, and nobody is lost", async (t) => {
    const old = new Key("old");
    const issuer = await Issuer.start(old);
    const server = await startWith(t, issuer);
    const early = await enter(server, old.token(ann()));

    await sleep(COOLDOWN_MS);
    const next = new Key("new", "EdDSA");
    issuer.keys = [next];
    const crowd = Array.from({ length: 20 }, () => enter(server, next.token(ann())));
    const clients = await Promise.all(crowd);
    assert.equal(issuer.fetches, 2, "one for all who came at once");
    assert.deepEqual(await refusal(server, old.token(ann())), refused);

    for (const client of [early, ...clients]) {
      await client.settle();
      await client.close();
    }
  });

  test("stay in use while the issuer is down", async (t) => {
    const key = new Key("k1");
    const issuer = await Issuer.start(key);
    const server = await startWith(t, issuer);
    await enters(server, key.token(ann()));
    await issuer.stop();
    await sleep(COOLDOWN_MS);

    assert.deepEqual(await refusal(server, madeUp()), later, "it may be one of a newer key");
    await server.printed(/"event":"fetch-keys","detail":"127\.0\.0\.1:\d+ could not be reached"/);
    await enters(server, key.token(ann()));
    const forged = new Key("k1").token(ann());
    assert.deepEqual(await refusal(server, forged), refused, "this one is not");
    await enters(server, token(ann()));
  });

  test("are not asked for by a storm of made-up ones", async (t) => {
    const key = new Key("k1");
    const issuer = await Issuer.start(key);
    const server = await startWith(t, issuer, { JWT_JWKS_COOLDOWN_SECONDS: "3600" });
    const storm = Array.from({ length: 40 }, () => refusal(server, madeUp()));
    for (const outcome of await Promise.all(storm)) assert.deepEqual(outcome, refused);
    assert.equal(issuer.fetches, 1);
    await enters(server, key.token(ann()));
    assert.equal(issuer.fetches, 1);
  });

  test("come even if the client that needed them has left", async (t) => {
    const key = new Key("k1");
    const issuer = await Issuer.start(key);
    const server = await startWith(t, issuer, { JWT_JWKS_COOLDOWN_SECONDS: "3600" });
    const asked = new Promise<() => void>((resolve) => {
      issuer.instead = (response) =>
        resolve(() => response.end(JSON.stringify({ keys: [key.jwk] })));
    });
    const impatient = new Client(address(server, madeUp()));
    const answer = await asked;
    impatient.socket.terminate();
    await impatient.closed;
    const waiting = enters(server, key.token(ann()));
    answer();
    await waiting;
    assert.equal(issuer.fetches, 1);
  });

  test("are no keys if the answer is none", async (t) => {
    const key = new Key("k1");
    const issuer = await Issuer.start(key);
    const server = await startWith(t, issuer);
    const body = JSON.stringify({ keys: [key.jwk] });
    const secret = JSON.stringify({ keys: [key.jwk, { kty: "oct", k: "eA" }] });
    const answers: [RegExp, (response: import("node:http").ServerResponse) => void][] = [
      [/answered 503 instead of 200/, (response) => response.writeHead(503).end(body)],
      [
        /answered 302 instead of 200/,
        (response) => response.writeHead(302, { location: "/elsewhere" }).end(body),
      ],
      [/is not a JWK set/, (response) => response.end("<html>")],
      [/holds a secret key in place 2/, (response) => response.end(secret)],
      [/sent more than 262144 bytes/, (response) => response.end(body.padEnd(262_145))],
      [/broke off/, (response) => response.write(body, () => response.destroy())],
      [/did not answer within 5000 ms/, () => {}],
    ];
    for (const [reason, answer] of answers) {
      issuer.instead = answer;
      assert.deepEqual(await refusal(server, key.token(ann())), later, String(reason));
      await server.printed(reason);
      await sleep(COOLDOWN_MS);
    }
    assert.equal(issuer.fetches, answers.length, "redirects are not followed");
    const logged = server.output.match(/"event":"fetch-keys"/g);
    assert.equal(logged?.length, answers.length, "one line for each attempt");
    issuer.instead = undefined;
    await enters(server, key.token(ann()));
  });
});

describe("an address of keys", () => {
  test("must be one that nobody can forge on its way", async (t) => {
    const server = await start(t, { JWT_JWKS_URL: "http://auth.example/jwks?key=hidden-in-logs" });
    const problem = (await (await fetch(`${server.url}/health`)).json()) as { detail: string };
    assert.match(problem.detail, /JWT_JWKS_URL must begin with "https:\/\/"/);
  });
});
