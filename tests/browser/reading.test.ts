// The place of a reader: pages of the history, what is new, and what has been seen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshRoom } from "../workerd/support/client.ts";
import { eventually } from "./support/eventually.ts";
import { numbered, Scene } from "./support/scene.ts";
import type { Visitor } from "./support/visitor.ts";

const scene = Scene.set();

const isAtEnd = (visitor: Visitor) =>
  visitor.page
    .getByTestId("messages")
    .evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight < 2);

const scrollTo = (visitor: Visitor, top: number) =>
  visitor.see(`document.querySelector("#log").scrollTop = ${top}`);

test("whoever comes later finds what was said before, as far up as they go", async () => {
  const room = freshRoom();
  const texts = numbered(120);
  const alice = await scene.sayMuch(room, texts);
  const bob = await scene.join(room, "Bob");
  await eventually(() => bob.texts(), texts.slice(70));
  await eventually(() => isAtEnd(bob), true);
  assert.ok(await bob.message("Message 120").isVisible());

  // By the wheel, and by the button for those who have none.
  await scrollTo(bob, 100);
  await eventually(() => bob.texts(), texts.slice(20));
  await bob.page.getByTestId("load-earlier").press("Enter");
  await eventually(() => bob.texts(), texts);
  await bob.page.getByTestId("load-earlier").waitFor({ state: "detached" });
  const seqs = (await bob.messages()).map(({ seq }) => Number(seq));
  assert.deepEqual(
    seqs,
    [...texts.keys()].map((index) => index + 1),
  );

  // He reads far up, and is told of what comes instead of being taken there.
  await scrollTo(bob, 0);
  alice.send({ type: "message", message: "Are you still reading?" });
  const unseen = bob.page.getByTestId("new-messages");
  await eventually(() => unseen.textContent(), "1 new message");
  await unseen.click();
  await unseen.waitFor({ state: "detached" });
  await eventually(() => bob.texts(), [...texts, "Are you still reading?"]);
  await eventually(() => isAtEnd(bob), true);
  await alice.close();
});

test("earlier messages come in above what is being read, and do not move it", async () => {
  const room = freshRoom();
  const alice = await scene.sayMuch(room, numbered(160));
  const bob = await scene.join(room, "Bob");
  await eventually(() => isAtEnd(bob), true);
  const place = (seq: number) =>
    `document.querySelector("[data-seq='${seq}'] .bubble").getBoundingClientRect().y`;
  // The first has its name and its day above it, which go elsewhere when others come before it.
  for (const { first, loads } of [
    { first: 111, loads: 61 },
    { first: 61, loads: 11 },
    { first: 11, loads: 1 },
  ]) {
    await bob.page.locator(`[data-seq="${first}"]`).waitFor({ state: "attached" });
    // In one step: what is loaded comes later than this.
    const before = await bob.see<number>(
      `document.querySelector("#log").scrollTop = 40, ${place(first)}`,
    );
    await bob.page.locator(`[data-seq="${loads}"]`).waitFor({ state: "attached" });
    const moved = Math.abs((await bob.see<number>(place(first))) - before);
    assert.ok(moved <= 2, `message ${first} moved by ${moved} px`);
  }
  assert.equal((await bob.texts()).length, 160);
  await alice.close();
});

test("a line stands above what came while nobody looked, and reading it clears the count", async () => {
  const room = freshRoom();
  const alice = await scene.join(room, "Alice");
  const bob = await scene.join(room, "Bob");
  await alice.say("You know this");
  await eventually(() => alice.states(), ["read"]);
  await bob.setHidden(true);
  await alice.say("This is new");
  await alice.say("This, too");
  const log = ["You know this", "New messages", "This is new", "This, too"];
  await eventually(() => bob.log(), log);
  await eventually(() => bob.page.title(), `(2) ${room} · Durable Rooms`);
  await eventually(() => alice.states(), ["read", "delivered", "delivered"]);

  await bob.setHidden(false);
  await eventually(() => alice.states(), ["read", "read", "read"]);
  await eventually(() => bob.page.title(), `${room} · Durable Rooms`);
  // For as long as he has not answered it shows where he was.
  assert.deepEqual(await bob.log(), log);
  await bob.say("Oh");
  await eventually(() => bob.log(), [...log.filter((line) => line !== "New messages"), "Oh"]);
});

test("whoever comes back begins to read where they stopped, and can go to the end", async () => {
  const room = freshRoom();
  const first = await scene.sayMuch(room, ["You know this"]);
  const bob = await scene.join(room, "Bob");
  await eventually(() => bob.texts(), ["You know this"]);
  // That he has read it is told before he goes.
  await first.next("message-status-update");
  await bob.page.getByTestId("leave").click();
  await bob.page.getByTestId("join-form").waitFor();
  const texts = numbered(40);
  const alice = await scene.sayMuch(room, texts);

  await bob.page.getByTestId("join").click();
  await bob.is("open");
  const line = bob.page.getByTestId("unread");
  await line.waitFor();
  await eventually(
    async () => (await bob.log()).slice(0, 3),
    ["You know this", "New messages", "Message 1"],
  );
  const isInView = (text: string) =>
    bob.message(text).evaluate((row) => {
      const { bottom } = row.getBoundingClientRect();
      return bottom <= row.closest("#log").getBoundingClientRect().bottom;
    });
  assert.equal(await isInView("Message 1"), true);
  assert.equal(await isInView("Message 40"), false);
  const toEnd = bob.page.getByTestId("new-messages");
  await eventually(async () => /^\d+ new messages$/.test((await toEnd.textContent()) ?? ""), true);
  await toEnd.click();
  await eventually(() => isInView("Message 40"), true);
  await toEnd.waitFor({ state: "detached" });
  await first.close();
  await alice.close();
});
