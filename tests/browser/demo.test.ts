// The demo page as people use it: real Chromium, the real server, nothing in between.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, freshRoom } from "../workerd/support/client.ts";
import { token } from "../workerd/support/token.ts";
import { eventually } from "./support/eventually.ts";
import { Scene } from "./support/scene.ts";

/** Who has closed the page may come back for some seconds before the others hear that they have left. */
const GRACE_MS = 25_000;

const scene = Scene.set();

test("two people join through the form, see each other, and talk", async () => {
  const room = freshRoom();
  const alice = await scene.join(room, "Alice");
  await eventually(() => alice.people(), ["Alice (you)"]);
  await alice.say("Is anybody here?");
  const unread = { author: "You", text: "Is anybody here?", state: "sent", seq: "1" };
  await eventually(() => alice.messages(), [unread]);

  const bob = await scene.join(room, "Bob");
  await eventually(() => bob.people(), ["Bob (you)", "Alice"]);
  await eventually(() => alice.people(), ["Alice (you)", "Bob"]);
  assert.equal(await alice.page.getByTestId("people-count").textContent(), "2 people here");

  // Bob saw it by coming in.
  const read = { ...unread, state: "read" };
  await eventually(() => alice.messages(), [read]);
  await alice.page.getByRole("img", { name: "Read by Bob" }).waitFor();

  await bob.composer.pressSequentially("Yes");
  await eventually(() => alice.typing(), "Bob is typing…");
  assert.equal(await bob.typing(), "");
  await bob.composer.fill("");
  await eventually(() => alice.typing(), "");
  await bob.composer.pressSequentially("I am");
  await eventually(() => alice.typing(), "Bob is typing…");
  await bob.composer.press("Enter");
  await eventually(() => alice.typing(), "");
  await alice.say("Good to see you");

  await eventually(
    () => alice.messages(),
    [
      read,
      { author: "Bob", text: "I am", state: "", seq: "2" },
      { author: "You", text: "Good to see you", state: "read", seq: "3" },
    ],
  );
  await eventually(
    () => bob.messages(),
    [
      { author: "Alice", text: "Is anybody here?", state: "", seq: "1" },
      { author: "You", text: "I am", state: "read", seq: "2" },
      { author: "Alice", text: "Good to see you", state: "", seq: "3" },
    ],
  );
});

test("a person is here once, however many tabs, and leaves with the last of them", async () => {
  const room = freshRoom();
  const alice = await scene.join(room, "Alice");
  const bob = await scene.join(room, "Bob");
  await eventually(() => alice.people(), ["Alice (you)", "Bob"]);

  const tab = await bob.openTab();
  // The form knows him already.
  await tab.page.getByTestId("join").click();
  await tab.is("open");
  await eventually(() => tab.people(), ["Bob (you)", "Alice"]);
  await tab.say("From my second tab");
  await eventually(() => bob.texts(), ["From my second tab"]);
  await eventually(() => alice.log(), ["Bob joined", "From my second tab"]);
  assert.deepEqual(await alice.people(), ["Alice (you)", "Bob"]);

  await bob.page.close();
  await tab.say("One of me is left");
  await eventually(() => alice.log(), ["Bob joined", "From my second tab", "One of me is left"]);
  assert.deepEqual(await alice.people(), ["Alice (you)", "Bob"]);

  await tab.page.close();
  await eventually(() => alice.people(), ["Alice (you)"], GRACE_MS);
  assert.deepEqual(await alice.log(), [
    "Bob joined",
    "From my second tab",
    "One of me is left",
    "Bob left",
  ]);
});

test("the keyboard alone is enough: Enter sends, Shift+Enter makes a line, the focus stays", async () => {
  const alice = await scene.arrive();
  const { keyboard } = alice.page;
  const focused = () => alice.see<string>("document.activeElement.dataset.testid");
  await alice.page.getByTestId("join-form").waitFor();
  assert.equal(await focused(), "name");
  await keyboard.type("Alice");
  await keyboard.press("Tab");
  assert.equal(await focused(), "room");
  await keyboard.type(freshRoom());
  await keyboard.press("Enter");
  await alice.is("open");

  assert.equal(await focused(), "composer");
  await keyboard.press("Enter");
  await keyboard.type("One");
  await keyboard.press("Shift+Enter");
  await keyboard.type("Two");
  assert.equal(await alice.composer.inputValue(), "One\nTwo");
  await keyboard.press("Enter");
  assert.equal(await alice.composer.inputValue(), "");
  assert.equal(await focused(), "composer");
  await keyboard.type("Three");
  await keyboard.press("Enter");
  assert.equal(await focused(), "composer");
  await eventually(() => alice.texts(), ["One\nTwo", "Three"]);
  await eventually(() => alice.states(), ["sent", "sent"]);
});

test("on a phone in the dark everything fits, and nothing comes from elsewhere", async () => {
  const viewport = { width: 375, height: 700 };
  const phone = { viewport, colorScheme: "dark", isMobile: true, hasTouch: true } as const;
  const room = `${freshRoom()}-${"long".repeat(15)}`;
  const bob = await Client.join(scene.server, room, "bob");
  bob.send({ type: "message", message: `https://example.com/${"x".repeat(200)}` });
  for (let line = 1; line <= 20; line += 1) bob.send({ type: "message", message: `Line ${line}` });

  const alice = await scene.arrive(phone);
  const overflow = () => alice.see<number>("document.documentElement.scrollWidth - innerWidth");
  await alice.page.getByTestId("name").fill(`Alice ${"von ".repeat(25)}`);
  await alice.page.getByTestId("room").fill(room);
  assert.ok((await overflow()) <= 0);
  await alice.page.getByTestId("join").tap();
  await alice.is("open");
  await alice.composer.fill("W".repeat(100));
  await alice.page.getByTestId("composer-send").tap();
  await eventually(async () => (await alice.states()).at(-1), "sent");
  await eventually(async () => (await alice.messages()).length, 22);

  const fits = async () => {
    assert.equal(await alice.see("innerWidth"), viewport.width);
    assert.ok((await overflow()) <= 0);
    const messages = alice.page.getByTestId("messages");
    assert.ok(await messages.evaluate((log) => log.scrollWidth <= log.clientWidth), "cut off");
    for (const part of ["composer", "composer-send", "leave"]) {
      const box = await alice.page.getByTestId(part).boundingBox();
      assert.ok(box, `${part} is not shown`);
      assert.ok(box.x >= 0 && box.x + box.width <= viewport.width, `${part} is cut off`);
      assert.ok(box.y >= 0 && box.y + box.height <= viewport.height, `${part} is cut off`);
    }
  };
  await fits();
  await alice.page.getByTestId("people-count").tap();
  await alice.page.getByTestId("person").first().waitFor();
  await fits();

  const page = "getComputedStyle(document.documentElement)";
  const colours = await alice.see<string[]>(`[${page}.backgroundColor, ${page}.color]`);
  const [background, text] = colours.map(brightness);
  assert.ok(background !== undefined && background < 50, `a background of ${colours[0]}`);
  assert.ok(text !== undefined && text > 200, `letters of ${colours[1]}`);

  assert.deepEqual([...alice.hosts], [scene.server.host]);
  assert.deepEqual(alice.errors, []);
  await bob.close();
});

/** The mean of red, green and blue in `rgb(15, 19, 23)`. */
function brightness(colour: string): number {
  const parts =
    colour
      .match(/[\d.]+/g)
      ?.slice(0, 3)
      .map(Number) ?? [];
  return parts.reduce((sum, part) => sum + part, 0) / parts.length;
}

test("markup stays text, in messages and in names", async () => {
  const room = freshRoom();
  const attack = "window.attacked = true";
  const name = `<img src=x onerror="${attack}">`;
  const markup = `<b>bold</b> &amp; <img src=x onerror="${attack}"><script>${attack}</script>`;
  const alice = await scene.join(room, "Alice");
  const eve = await scene.join(room, name);
  await eventually(() => alice.people(), ["Alice (you)", name]);
  await eve.composer.pressSequentially("<i>");
  await eventually(() => alice.typing(), `${name} is typing…`);
  await eve.say(markup);

  await eventually(() => alice.log(), [`${name} joined`, markup]);
  await eventually(() => eve.texts(), [markup]);
  for (const visitor of [alice, eve]) {
    const elements = visitor.page
      .locator("#chat :is(main, aside)")
      .locator(":is(b, i, img, script):not([aria-hidden], [aria-hidden] *)");
    assert.equal(await elements.count(), 0);
    assert.equal(await visitor.see("window.attacked"), undefined);
    assert.deepEqual(visitor.errors, []);
  }
});

test("a text that is too long stays in the field, and the page says why", async () => {
  const alice = await scene.join(freshRoom(), "Alice");
  const long = "x".repeat(70_000);
  await alice.say(long);
  const error = alice.page.getByTestId("error");
  await error.getByText("This message is too long").waitFor();
  assert.equal(await alice.composer.inputValue(), long);
  assert.deepEqual(await alice.texts(), []);
  await error.getByRole("button", { name: "Dismiss" }).click();
  await error.waitFor({ state: "detached" });
  assert.equal(await alice.see("document.activeElement.dataset.testid"), "composer");
});

test("who is sent out is told why, and may come back", async () => {
  const room = freshRoom();
  const alice = await scene.join(room, "Alice");
  const query = { token: token({ sub: "mod", role: "admin" }) };
  const moderator = await Client.connect(scene.server, `/parties/chatroom/${room}`, query);
  const me = await alice.see<string>("localStorage.getItem('durable-rooms.userId')");
  moderator.send({ type: "kick", userId: me });
  await alice.is("closed");
  const ended = alice.page.getByTestId("ended");
  await ended.getByText("A moderator has sent you out of this room.").waitFor();
  await alice.page.getByTestId("retry").click();
  await alice.is("open");
  await ended.waitFor({ state: "detached" });
  await alice.say("I am back");
  await eventually(() => alice.states(), ["sent"]);
  await moderator.close();
});

test("leaving leads back to the form, which knows name and room; the address invites", async () => {
  const room = freshRoom();
  const alice = await scene.join(room, "Alice");
  assert.equal(new URL(alice.page.url()).search, `?room=${room}`);
  await alice.page.getByTestId("leave").click();
  await alice.page.getByTestId("join-form").waitFor();
  assert.equal(await alice.page.getByTestId("name").inputValue(), "Alice");
  assert.equal(await alice.page.getByTestId("room").inputValue(), room);
  // A reload while inside does not ask again.
  await alice.page.getByTestId("join").click();
  await alice.is("open");
  await alice.page.reload();
  await alice.is("open");
});
