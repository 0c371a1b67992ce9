// Moderation over HTTP and as frames, on real sockets: what is closed, what is kept, what the audit trail says.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, test } from "node:test";
import { Client, freshRoom, publish } from "./support/client.ts";
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

const enter = (room: string, claims: object) =>
  Client.connect(server, `/parties/chatroom/${room}`, { token: token(claims) });

/** What became of an attempt to get in. */
async function refusal(room: string, claims: object) {
  const client = await enter(room, claims);
  const { code } = await client.next("error");
  return [code, (await client.closed).code];
}

async function act(room: string, action: string, request: object, credential = BROADCAST_KEY) {
  const response = await publish(
    server,
    `/parties/chatroom/${room}/${action}`,
    request,
    credential,
  );
  assert.equal(response.status, 200);
  return (await response.json()) as Record<string, unknown>;
}

async function auditTrail(room: string): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${server.url}/parties/chatroom/${room}/audit`, {
    headers: { authorization: `Bearer ${BROADCAST_KEY}` },
  });
  return ((await response.json()) as { entries: Record<string, unknown>[] }).entries;
}

test("a ban closes every connection of the user and outlives a restart of the server", async () => {
  const room = freshRoom();
  const witness = await enter(room, { sub: "witness" });
  const tabs = [await enter(room, { sub: "mallory" }), await enter(room, { sub: "mallory" })];
  for (const tab of tabs) await tab.settle();
  const outcome = await act(room, "ban", { userId: "mallory", reason: "spam" });
  assert.deepEqual(outcome, { action: "ban", userId: "mallory", reason: "spam", closed: 2 });
  for (const tab of tabs) assert.deepEqual(await tab.closed, { code: 4003, reason: "banned" });
  assert.equal((await witness.next("user-left")).userId, "mallory");
  assert.deepEqual(await refusal(room, { sub: "mallory" }), ["banned", 4003]);

  await server.stop();
  server = await Server.start({ persistTo });
  assert.deepEqual(await refusal(room, { sub: "mallory" }), ["banned", 4003]);
  await (await enter(room, { sub: "somebody" })).next("welcome");

  await act(room, "unban", { userId: "mallory" });
  await (await enter(room, { sub: "mallory" })).next("welcome");
  const trail = (await auditTrail(room)).map(({ actor, action, userId, reason }) => ({
    ...{ actor, action, userId, reason },
  }));
  assert.deepEqual(trail, [
    { actor: "backend", action: "unban", userId: "mallory", reason: undefined },
    { actor: "backend", action: "ban", userId: "mallory", reason: "spam" },
  ]);
});

test("a moderator kicks, mutes and slows down by frame, and the trail names him", async () => {
  const room = freshRoom();
  const moderator = await enter(room, { sub: "mod", role: "admin" });
  const mallory = await enter(room, { sub: "mallory" });
  await mallory.settle();
  moderator.send({ type: "mute", userId: "mallory" });
  assert.equal((await mallory.next("moderation")).action, "mute");
  mallory.send({ type: "message", messageId: "m1", message: "x" });
  assert.equal((await mallory.next("error")).code, "muted");
  moderator.send({ type: "slow-mode", seconds: 60 });
  assert.equal((await mallory.next("moderation")).seconds, 60);
  moderator.send({ type: "kick", userId: "mallory" });
  assert.deepEqual(await mallory.closed, { code: 4001, reason: "kicked" });
  for (let n = 0; n < 3; n++) await moderator.next("moderated");
  const trail = await auditTrail(room);
  assert.deepEqual(
    trail.map(({ actor, action }) => [actor, action]),
    [
      ["mod", "kick"],
      ["mod", "slow-mode"],
      ["mod", "mute"],
    ],
  );
});

test("an events room can be moderated as well", async () => {
  const room = `/parties/main/${freshRoom()}`;
  const listener = await Client.connect(server, room, { token: token({ sub: "mallory" }) });
  await listener.settle();
  await publish(server, `${room}/kick`, { userId: "mallory" }, BROADCAST_KEY);
  assert.equal((await listener.closed).code, 4001);
});

test("revoked tokens end live connections and get in no more, newer ones do", async () => {
  const room = freshRoom();
  const issued = Math.floor(Date.now() / 1000);
  const live = await enter(room, { sub: "ann", iat: issued - 10 });
  await live.settle();
  await act(room, "revoke", { userId: "ann", issuedBefore: issued * 1000 });
  assert.deepEqual(await live.closed, { code: 4401, reason: "token-ended" });
  assert.deepEqual(await refusal(room, { sub: "ann", iat: issued - 10 }), ["unauthorized", 1008]);
  assert.deepEqual(await refusal(room, { sub: "ann" }), ["unauthorized", 1008]);
  await (await enter(room, { sub: "ann", iat: issued + 1 })).next("welcome");
});

test("a token is renewed in place, and the new capabilities hold at once", async () => {
  const room = freshRoom();
  const exp = Math.floor(Date.now() / 1000) + 600;
  const reader = { sub: "ann", exp, rooms: { "*": ["join"] } };
  const ann = await enter(room, reader);
  ann.send({ type: "message", messageId: "m1", message: "x" });
  assert.equal((await ann.next("error")).code, "not-allowed");
  ann.send({ type: "auth", token: token({ sub: "ann", exp: exp + 600 }) });
  assert.ok(Number((await ann.next("authenticated")).expiresAt) >= (exp + 600) * 1000);
  ann.send({ type: "message", messageId: "m1", message: "x" });
  await ann.next("ack");
});

test("a bad request is a problem document and does nothing", async () => {
  const room = freshRoom();
  for (const [action, request, code] of [
    ["ban", {}, "invalid-frame"],
    ["ban", { userId: "" }, "invalid-frame"],
    ["ban", { userId: "mallory", until: "never" }, "invalid-frame"],
    ["slow-mode", { seconds: -1 }, "invalid-frame"],
    ["kick", [], "invalid-frame"],
  ] as const) {
    const path = `/parties/chatroom/${room}/${action}`;
    const response = await publish(server, path, request, BROADCAST_KEY);
    assert.equal(response.status, 400);
    assert.equal(((await response.json()) as { code: string }).code, code);
  }
  assert.deepEqual(await auditTrail(room), []);
});
