// Everything that is refused: each attempt gets its documented code over a real socket or HTTP, and a log line without
// the token.
import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { after, before, test } from "node:test";
import { CLOSE_CODES, ERROR_CODES, type ErrorCode } from "../../packages/client/src/codes.ts";
import { Client, freshRoom } from "./support/client.ts";
import { BROADCAST_KEY, JWT_SECRET, Server } from "./support/server.ts";
import { token } from "./support/token.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ed = generateKeyPairSync("ed25519");
const otherRsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const otherEc = generateKeyPairSync("ec", { namedCurve: "P-256" });
const otherEd = generateKeyPairSync("ed25519");

const jwk = (key: KeyObject, kid: string) => ({ ...key.export({ format: "jwk" }), kid });
const keys = [jwk(rsa.publicKey, "rsa"), jwk(ec.publicKey, "ec"), jwk(ed.publicKey, "ed")];

const now = () => Math.floor(Date.now() / 1000);
const good = () => ({ sub: "ann", iss: "https://issuer", aud: "rooms", exp: now() + 600 });

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token signed with a private key. */
function signed(
  alg: "RS256" | "ES256" | "EdDSA",
  key: KeyObject,
  kid?: string,
  dsaEncoding: "ieee-p1363" | "der" = "ieee-p1363",
) {
  const claims = good();
  const text = `${part({ alg, typ: "JWT", ...(kid ? { kid } : {}) })}.${part(claims)}`;
  const hash = alg === "EdDSA" ? null : "sha256";
  const signature = sign(hash, Buffer.from(text), { key, dsaEncoding });
  return `${text}.${signature.toString("base64url")}`;
}

/** The token with signatures of no key, of each length that might be taken for something. */
function withSignatures(alg: "RS256" | "ES256" | "EdDSA", key: KeyObject, kid: string) {
  const [head, claims, right] = signed(alg, key, kid).split(".");
  const length = Buffer.from(right ?? "", "base64url").length;
  const lengths = [0, 1, length - 1, length, length + 1, 4096];
  return Object.fromEntries(
    lengths.map((bytes) => {
      const zeros = Buffer.alloc(bytes).toString("base64url");
      return [`${alg} with a signature of ${bytes} zeros`, `${head}.${claims}.${zeros}`];
    }),
  );
}

let server: Server;
before(async () => {
  server = await Server.start({
    vars: {
      AUTH_MODE: "token",
      JWT_PUBLIC_KEYS: JSON.stringify({ keys }),
      JWT_ISSUER: "https://issuer",
      JWT_AUDIENCE: "rooms",
      ALLOWED_ORIGINS: "https://app.example.com https://*.example.org",
    },
  });
});
after(() => server.stop());

const hs = (claims: object = {}) => token({ ...good(), ...claims });
const without = (claim: string) => {
  const claims: Record<string, unknown> = good();
  delete claims[claim];
  return token(claims);
};
const [head, body, signature] = token(good()).split(".") as [string, string, string];
const publicPem = rsa.publicKey.export({ type: "spki", format: "pem" }).toString();

/** Tokens with which nobody gets in. */
const badTokens: Record<string, string> = {
  "not a token": "hello",
  "an empty part": `${head}..${signature}`,
  "two parts": `${head}.${body}`,
  "four parts": `${head}.${body}.${signature}.${signature}`,
  "parts in another order": `${body}.${head}.${signature}`,
  "a truncated signature": `${head}.${body}.${signature.slice(0, -4)}`,
  "a signature that goes on": `${head}.${body}.${signature}AAAA`,
  "no signature": `${head}.${body}.`,
  "another body under the signature": `${head}.${part({ ...good(), sub: "bob" })}.${signature}`,
  "another header over the signature": `${part({ alg: "HS512" })}.${body}.${signature}`,
  "the broadcast key": BROADCAST_KEY,
  "alg none": `${part({ alg: "none" })}.${body}.`,
  "alg None": `${part({ alg: "None" })}.${body}.`,
  "alg none with a signature": `${part({ alg: "none" })}.${body}.${signature}`,
  "no alg": `${part({ typ: "JWT" })}.${body}.${signature}`,
  "HS256 with another secret": token(good(), "another secret"),
  "HS256 with an empty secret": token(good(), ""),
  "HS256 with the RSA public key": token(good(), publicPem),
  "HS256 with the JWK as secret": token(good(), JSON.stringify(jwk(rsa.publicKey, "rsa"))),
  "HS512 under our secret": token(good(), JWT_SECRET, "HS512"),
  "RS256 with another key": signed("RS256", otherRsa.privateKey, "rsa"),
  "ES256 with another key": signed("ES256", otherEc.privateKey, "ec"),
  "EdDSA with another key": signed("EdDSA", otherEd.privateKey, "ed"),
  "ES256 with a signature as certificates have it": signed("ES256", ec.privateKey, "ec", "der"),
  ...withSignatures("RS256", rsa.privateKey, "rsa"),
  ...withSignatures("ES256", ec.privateKey, "ec"),
  ...withSignatures("EdDSA", ed.privateKey, "ed"),
  "RS256 with an unknown kid": signed("RS256", rsa.privateKey, "nobody"),
  "RS256 with the kid of another kind": signed("RS256", rsa.privateKey, "ec"),
  "ES256 that says EdDSA": signed("ES256", ec.privateKey, "ec").replace(
    /^[^.]+/,
    part({ alg: "EdDSA", kid: "ec" }),
  ),
  "RS256 that says HS256": signed("RS256", rsa.privateKey, "rsa").replace(
    /^[^.]+/,
    part({ alg: "HS256", kid: "rsa" }),
  ),
  "an expired token": hs({ exp: now() - 120 }),
  "expired just past the skew": hs({ exp: now() - 62 }),
  "not valid yet": hs({ nbf: now() + 120 }),
  "another issuer": hs({ iss: "https://elsewhere" }),
  "no issuer": without("iss"),
  "another audience": hs({ aud: "others" }),
  "audiences without ours": hs({ aud: ["a", "b"] }),
  "no audience": without("aud"),
  "no subject": without("sub"),
  "an empty subject": hs({ sub: "" }),
  "a subject that is too long": hs({ sub: "x".repeat(129) }),
  "a subject with a line break": hs({ sub: "a\nb" }),
  "a guest's id as subject": hs({ sub: "guest:s1" }),
  "a subject that is no text": hs({ sub: 7 }),
  "an expiry that is no number": hs({ exp: "soon" }),
  "rooms that are no table": hs({ rooms: "all" }),
};

/** Tokens that hold and do not allow to join. */
const narrowTokens: Record<string, object> = {
  "no room at all": { rooms: {} },
  "another room": { rooms: { other: ["join"] } },
  "everything but join": { rooms: { "*": ["publish", "history", "broadcast"] } },
  "a pattern of another kind": { rooms: { "event:*": ["join"] } },
  "an unknown capability": { rooms: { "*": ["JOIN"] } },
};

async function refused(query: Record<string, string>, origin?: string, room = freshRoom()) {
  const address = `${server.ws}/parties/chatroom/${room}?${new URLSearchParams(query)}`;
  const client = new Client(address, [], origin ? { headers: { origin } } : {});
  const error = await client.next("error");
  const { code, reason } = await client.closed;
  assert.equal(reason, error.code);
  return { error: error.code as ErrorCode, close: code };
}

for (const [what, bad] of Object.entries(badTokens)) {
  test(`${what} lets nobody in`, async () => {
    assert.deepEqual(await refused({ token: bad, userId: "ann" }), {
      error: "unauthorized",
      close: 1008,
    });
  });
}

for (const [what, claims] of Object.entries(narrowTokens)) {
  test(`a token for ${what} lets nobody in`, async () => {
    assert.deepEqual(await refused({ token: hs(claims) }, undefined, `eventual-${freshRoom()}`), {
      error: "not-allowed",
      close: 1008,
    });
  });
}

test("each algorithm lets in with the right key", async () => {
  for (const good of [
    hs(),
    signed("RS256", rsa.privateKey, "rsa"),
    signed("RS256", rsa.privateKey),
    signed("ES256", ec.privateKey, "ec"),
    signed("EdDSA", ed.privateKey, "ed"),
    hs({ exp: now() - 30 }),
    hs({ nbf: now() + 30 }),
    hs({ aud: ["others", "rooms"] }),
  ]) {
    const client = await Client.connect(server, `/parties/chatroom/${freshRoom()}`, {
      token: good,
    });
    assert.equal((await client.next("welcome")).userId, "ann");
    await client.close();
  }
});

for (const [what, query] of Object.entries<Record<string, string>>({
  "no token": {},
  "a user id without a token": { userId: "ann", username: "Ann" },
  "a session without a token": { sessionId: "s1" },
  "an empty token": { token: "" },
})) {
  test(`${what} lets nobody in`, async () => {
    assert.deepEqual(await refused(query), { error: "unauthorized", close: 1008 });
  });
}

for (const origin of [
  "https://evil.example.net",
  "https://app.example.com.evil.net",
  "http://app.example.com",
  "https://example.org",
  "null",
]) {
  test(`a page of ${origin} lets nobody in, whatever the token`, async () => {
    assert.deepEqual(await refused({ token: hs() }, origin), { error: "not-allowed", close: 1008 });
  });
}

/** What takes a capability, and the frame that needs it. */
const frames: Record<string, object> = {
  publish: { type: "message", messageId: "m", message: "x" },
  history: { type: "history" },
  typing: { type: "typing" },
  receipts: { type: "read-receipt", messageId: "m" },
  kick: { type: "kick", userId: "bob" },
  ban: { type: "ban", userId: "bob" },
  unban: { type: "unban", userId: "bob" },
  mute: { type: "mute", userId: "bob" },
  unmute: { type: "unmute", userId: "bob" },
  "slow-mode": { type: "slow-mode", seconds: 1 },
  revoke: { type: "revoke", userId: "bob" },
};

test("every frame is refused to who lacks its capability, and the connection lives", async () => {
  const joiner = hs({ rooms: { "*": ["join"] } });
  const client = await Client.connect(server, `/parties/chatroom/${freshRoom()}`, {
    token: joiner,
  });
  for (const [what, frame] of Object.entries(frames)) {
    client.send(frame);
    assert.equal((await client.next("error")).code, "not-allowed", what);
  }
  await client.settle();
});

test("every route is refused to who lacks its capability", async () => {
  const room = `/parties/main/${freshRoom()}`;
  const event = JSON.stringify({ type: "T", payload: 1 });
  const routes = [
    "",
    "/broadcast",
    "/kick",
    "/ban",
    "/unban",
    "/mute",
    "/unmute",
    "/slow-mode",
    "/revoke",
  ];
  for (const route of [...routes, "/audit"]) {
    for (const [authorization, status, code] of [
      [undefined, 401, "unauthorized"],
      ["Bearer nonsense", 401, "unauthorized"],
      [`Bearer ${hs({ exp: now() - 120 })}`, 401, "unauthorized"],
      [`Bearer ${hs()}`, 403, "not-allowed"],
    ] as const) {
      const method = route === "/audit" ? "GET" : "POST";
      const headers = {
        "content-type": "application/json",
        ...(authorization ? { authorization } : {}),
      };
      const body = method === "POST" ? event : null;
      const response = await fetch(`${server.url}${room}${route}`, { method, headers, body });
      assert.equal(response.status, status, `${route} ${authorization?.slice(0, 12)}`);
      assert.equal(((await response.json()) as { code: string }).code, code);
    }
  }
});

test("an expired token closes a live socket, and renewal for another user is refused", async () => {
  const room = `/parties/chatroom/${freshRoom()}`;
  const skewed = now() - 57;
  const client = await Client.connect(server, room, { token: hs({ exp: skewed }) });
  client.send({ type: "auth", token: hs({ sub: "bob" }) });
  assert.equal((await client.next("error")).code, "wrong-user");
  client.send({ type: "auth", token: hs({ exp: now() - 300 }) });
  assert.equal((await client.next("error")).code, "unauthorized");
  assert.equal((await client.closed).code, 4401);
});

test("every code of a refusal is documented", () => {
  for (const code of ["unauthorized", "not-allowed", "wrong-user"] as const)
    assert.ok(ERROR_CODES[code]);
  for (const code of [1008, 4401] as const) assert.ok(CLOSE_CODES[code]);
});

test("the log tells of refusals, and holds no token", async () => {
  await server.printed(/"event":"refused".*"detail":"unauthorized"/);
  await server.printed(/"event":"refused".*"detail":"not-allowed"/);
  for (const bad of Object.values(badTokens)) {
    if (bad.length > 8) assert.ok(!server.output.includes(bad));
  }
  assert.doesNotMatch(server.output, /eyJ/);
});
