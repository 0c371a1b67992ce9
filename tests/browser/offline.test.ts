// The line breaks: nothing that was written is lost, doubled, or out of order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshRoom } from "../workerd/support/client.ts";
import { eventually } from "./support/eventually.ts";
import { Scene } from "./support/scene.ts";
import type { Visitor } from "./support/visitor.ts";

/** A server that is killed takes some seconds to be there again, and the page waits between its attempts. */
const RECONNECT_MS = 30_000;

/** That nothing comes any more takes the page some seconds to believe. */
const SILENCE_MS = 15_000;

const scene = Scene.set();

test("what is written without a network is shown at once, and goes out once and in order when it is back", async () => {
  const room = freshRoom();
  const alice = await scene.join(room, "Alice");
  const bob = await scene.join(room, "Bob");
  await alice.say("Before");
  await eventually(() => bob.texts(), ["Before"]);
  await eventually(() => alice.states(), ["read"]);
  // He has the page open, and does not look at it.
  await bob.setHidden(true);

  await alice.setOffline(true);
  await alice.say("First");
  assert.deepEqual(await alice.texts(), ["Before", "First"]);
  assert.deepEqual(await alice.states(), ["read", "sending"]);
  await alice.is("reconnecting", SILENCE_MS);
  await alice.page.getByTestId("offline").waitFor();
  await alice.say("Second");
  await alice.say("Third");
  assert.deepEqual(await alice.states(), ["read", "sending", "sending", "sending"]);
  await bob.say("Meanwhile");

  await alice.setOffline(false);
  await alice.is("open", RECONNECT_MS);
  const said = ["Before", "Meanwhile", "First", "Second", "Third"];
  await eventually(() => alice.texts(), said);
  await eventually(async () => (await bob.texts()).filter((text) => text !== "New messages"), said);
  await alice.page.getByTestId("offline").waitFor({ state: "detached" });
  await eventually(() => alice.states(), ["read", "", "delivered", "delivered", "delivered"]);
  await bob.setHidden(false);
  await eventually(() => alice.states(), ["read", "", "read", "read", "read"]);
});

test("what is written while the server is dead goes out once and in order when it is back", async () => {
  const room = freshRoom();
  const alice = await scene.join(room, "Alice");
  const bob = await scene.join(room, "Bob");
  await alice.say("Before the crash");
  await eventually(() => bob.texts(), ["Before the crash"]);
  await eventually(() => alice.states(), ["read"]);

  await scene.killServer();
  await Promise.all([alice.is("reconnecting"), bob.is("reconnecting")]);
  await alice.say("Alice, first");
  await alice.say("Alice, second");
  await bob.say("Bob, meanwhile");
  assert.deepEqual(await alice.states(), ["read", "sending", "sending"]);
  assert.deepEqual(await bob.states(), ["", "sending"]);

  await scene.startServer();
  await Promise.all([alice.is("open", RECONNECT_MS), bob.is("open", RECONNECT_MS)]);
  const seqs = async (visitor: Visitor) => (await visitor.messages()).map(({ seq }) => seq);
  for (const visitor of [alice, bob]) await eventually(() => seqs(visitor), ["1", "2", "3", "4"]);
  // Whatever had come twice would stand before this one.
  await bob.say("After the crash");
  for (const visitor of [alice, bob]) {
    await eventually(() => seqs(visitor), ["1", "2", "3", "4", "5"]);
    await eventually(async () => (await visitor.people()).length, 2);
  }

  const list = await alice.texts();
  assert.deepEqual(await bob.texts(), list);
  assert.equal(list[0], "Before the crash");
  assert.deepEqual(
    list.filter((text) => text.startsWith("Alice")),
    ["Alice, first", "Alice, second"],
  );
  assert.ok(list.includes("Bob, meanwhile"));
  assert.equal(list[4], "After the crash");
  await eventually(
    async () =>
      (await alice.messages()).filter(({ author }) => author === "You").map(({ state }) => state),
    ["read", "read", "read"],
  );
});

test("what was not sent survives a reload of the page", async () => {
  const room = freshRoom();
  const alice = await scene.join(room, "Alice");
  await alice.say("Before");
  await eventually(() => alice.states(), ["sent"]);
  // The page itself is to be had, the room is not.
  let isFull = true;
  await alice.page.context().routeWebSocket(/parties/, (socket) => {
    if (isFull) void socket.close({ code: 1013, reason: "full" });
    else socket.connectToServer();
  });
  await alice.page.reload();
  await alice.is("reconnecting");
  await alice.say("Written in vain");
  await alice.page.reload();
  await alice.is("reconnecting");
  await eventually(() => alice.texts(), ["Written in vain"]);
  assert.deepEqual(await alice.states(), ["sending"]);

  isFull = false;
  // The page may have tried again by itself meanwhile; then this changes nothing.
  await alice.page.evaluate('dispatchEvent(new Event("online"))');
  await alice.is("open");
  await eventually(() => alice.texts(), ["Before", "Written in vain"]);
  await eventually(() => alice.states(), ["sent", "sent"]);
  assert.deepEqual(alice.errors, []);
});
