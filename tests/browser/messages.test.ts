// What can be done with a message: reactions, answers, threads, changes, search.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, freshRoom } from "../workerd/support/client.ts";
import { token } from "../workerd/support/token.ts";
import { eventually } from "./support/eventually.ts";
import { numbered, Scene } from "./support/scene.ts";

const scene = Scene.set({
  PARTIES: JSON.stringify({ chatroom: { kind: "chat", search: true } }),
});

const member = (sub: string) => token({ sub, name: sub, role: "user" });

test("reactions are counted, one's own stand out, and a second press takes them back", async () => {
  const room = freshRoom();
  const alice = await scene.join(room, "Alice");
  const bob = await scene.join(room, "Bob");
  await alice.say("Lunch?");
  await bob.choose("Lunch?", "React with ❤️");
  await eventually(() => bob.reactions("Lunch?"), ["❤️ 1*"]);
  await eventually(() => alice.reactions("Lunch?"), ["❤️ 1"]);
  await alice.message("Lunch?").getByTestId("reaction").click();
  await eventually(() => bob.reactions("Lunch?"), ["❤️ 2*"]);
  await eventually(() => alice.reactions("Lunch?"), ["❤️ 2*"]);

  await alice.choose("Lunch?", "Who reacted");
  const dialog = alice.page.getByTestId("who-reacted");
  await eventually(() => dialog.locator(".person-name").allTextContents(), ["Bob", "You"]);
  await alice.page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });

  await bob.choose("Lunch?", "Take back ❤️");
  await eventually(() => alice.reactions("Lunch?"), ["❤️ 1*"]);

  // Whoever comes later sees the same, and their own.
  await alice.page.reload();
  await alice.is("open");
  await eventually(() => alice.reactions("Lunch?"), ["❤️ 1*"]);
});

test("an answer shows what it answers, leads there, and belongs to its thread", async () => {
  const room = freshRoom();
  const alice = await scene.join(room, "Alice");
  const bob = await scene.join(room, "Bob");
  await alice.say("Who brings the cake?");
  for (const text of numbered(30)) await alice.say(text);
  await eventually(async () => (await bob.texts()).length, 31);

  await bob.message("Who brings the cake?").scrollIntoViewIfNeeded();
  await bob.message("Who brings the cake?").hover();
  await bob.message("Who brings the cake?").getByTestId("reply").click();
  await bob.page.getByTestId("about").getByText("Reply to Alice").waitFor();
  await bob.say("I do");
  await bob.page.getByTestId("about").waitFor({ state: "detached" });

  const quote = alice.message("I do").getByTestId("quote");
  await eventually(() => quote.textContent(), "YouWho brings the cake?");
  await quote.click();
  await alice.page.locator("[data-found]").waitFor();
  assert.ok(await alice.message("Who brings the cake?").isVisible());

  await alice.message("Who brings the cake?").getByTestId("open-thread").click();
  const thread = alice.page.getByTestId("thread");
  const inThread = () => thread.locator(".text").allTextContents();
  await eventually(inThread, ["Who brings the cake?", "I do"]);
  await alice.page.getByTestId("thread-composer").fill("Thank you");
  await alice.page.keyboard.press("Enter");
  await eventually(inThread, ["Who brings the cake?", "I do", "Thank you"]);
  await eventually(
    () => bob.message("Who brings the cake?").getByTestId("open-thread").textContent(),
    "2 replies",
  );
  await alice.page.keyboard.press("Escape");
  await thread.waitFor({ state: "detached" });
});

test("an answer to something far up shows it, and leads there", async () => {
  const room = freshRoom();
  const alice = await scene.sayMuch(room, ["Long ago", ...numbered(120)]);
  alice.send({ type: "history", after: 0, limit: 1 });
  const [{ messageId }] = (await alice.next("history")).messages as [{ messageId: string }];
  alice.send({ type: "message", message: "I remember", replyTo: messageId });
  await alice.next("ack");
  const bob = await scene.join(room, "Bob");
  const quote = bob.message("I remember").getByTestId("quote");
  await eventually(() => quote.textContent(), "aliceLong ago");
  assert.equal(await bob.message("Long ago").count(), 0);
  await quote.click();
  await bob.page.locator("[data-found]").waitFor();
  assert.ok(await bob.message("Long ago").isVisible());
  await alice.close();
});

test("members change and delete what they have said; everybody sees it", async () => {
  const room = freshRoom();
  const alice = await scene.join(room, "Alice", { token: member("alice") });
  const bob = await scene.join(room, "Bob");
  await alice.say("Helo");
  await alice.say("To be deleted");
  await eventually(() => bob.texts(), ["Helo", "To be deleted"]);

  await alice.composer.fill("A draft");
  await alice.choose("Helo", "Edit");
  assert.equal(await alice.composer.inputValue(), "Helo");
  await alice.composer.fill("Hello");
  await alice.composer.press("Enter");
  await eventually(() => bob.texts(), ["Hello", "To be deleted"]);
  await bob.message("Hello").getByText("edited").waitFor();
  // What was being written before is not lost.
  await eventually(() => alice.composer.inputValue(), "A draft");

  await alice.openMenu("To be deleted");
  await alice.page.getByRole("menuitem", { name: "Delete", exact: true }).click();
  await alice.page.getByRole("menuitem", { name: "Delete for everybody?" }).click();
  for (const visitor of [alice, bob]) {
    await eventually(() => visitor.texts(), ["Hello", "This message was deleted"]);
  }
  assert.deepEqual(alice.errors, []);
});

test("guests are not offered what they may not do", async () => {
  const alice = await scene.join(freshRoom(), "Alice");
  await alice.say("Hello");
  await eventually(() => alice.states(), ["sent"]);
  const menu = await alice.openMenu("Hello");
  const items = await menu.locator(".item").allTextContents();
  assert.deepEqual(items, ["More reactions", "Reply", "Show thread", "Copy text"]);
  await alice.page.keyboard.press("Escape");
  await menu.waitFor({ state: "detached" });
  await alice.composer.press("ArrowUp");
  assert.equal(await alice.composer.inputValue(), "");
});

test("the keyboard leads from message to message, and to what can be done with one", async () => {
  const alice = await scene.join(freshRoom(), "Alice", { token: member("alice") });
  const { keyboard } = alice.page;
  for (const text of ["One", "Two", "Three"]) await alice.say(text);
  await eventually(() => alice.states(), ["sent", "sent", "sent"]);
  const focused = () =>
    alice.see<string>("document.activeElement.querySelector('.text')?.textContent");
  await keyboard.press("Shift+Tab");
  await keyboard.press("Shift+Tab");
  assert.equal(await focused(), "Three");
  await keyboard.press("ArrowUp");
  assert.equal(await focused(), "Two");
  await keyboard.press("Enter");
  await alice.page.getByTestId("menu").waitFor();
  await keyboard.press("ArrowRight");
  await keyboard.press("Enter");
  await eventually(() => alice.reactions("Two"), ["❤️ 1*"]);
  await eventually(focused, "Two");
  await keyboard.press("Enter");
  await keyboard.press("Escape");
  assert.equal(await focused(), "Two");

  // The last one can be changed without going there.
  await alice.composer.focus();
  await keyboard.press("ArrowUp");
  assert.equal(await alice.composer.inputValue(), "Three");
  await keyboard.press("Escape");
  assert.equal(await alice.composer.inputValue(), "");
});

test("what the room refuses can be sent again, changed, or removed", async () => {
  const room = freshRoom();
  const admin = token({ sub: "mod", role: "admin" });
  const moderator = await Client.connect(scene.server, `/parties/chatroom/${room}`, {
    token: admin,
  });
  const alice = await scene.join(room, "Alice", { token: member("alice") });
  moderator.send({ type: "mute", userId: "alice" });
  await moderator.next("moderated");
  await alice.say("Can you hear me?");
  await eventually(() => alice.states(), ["failed"]);
  await alice.page.getByTestId("failed").waitFor();
  moderator.send({ type: "unmute", userId: "alice" });
  await moderator.next("moderated");
  await alice.page.getByRole("button", { name: "Send again" }).click();
  await eventually(() => alice.states(), ["sent"]);
  await moderator.close();
});

test("words are found, and lead to their message however far up it is", async () => {
  const room = freshRoom();
  const texts = ["The treasure is below the oak", ...numbered(400)];
  const alice = await scene.sayMuch(room, texts);
  const bob = await scene.join(room, "Bob");
  await bob.page.getByTestId("open-search").click();
  await bob.page.keyboard.type("treas");
  await bob.page.keyboard.press("Enter");
  const result = bob.page.getByTestId("result");
  await eventually(() => result.count(), 1);
  await result.click();
  await bob.page.locator("[data-found]").waitFor();
  assert.ok(await bob.message("The treasure is below the oak").isVisible());
  await bob.page.getByTestId("search-close").click();
  await bob.page.getByTestId("search").waitFor({ state: "detached" });
  assert.deepEqual(bob.errors, []);
  await alice.close();
});
