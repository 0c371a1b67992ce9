// The demo page as people use it: real Chromium, the real server, nothing in between.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, afterEach, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { Client, freshRoom } from "../workerd/support/client.ts";
import { Server, temporaryFolder } from "../workerd/support/server.ts";
import { tireless } from "../workerd/support/token.ts";
import { launch } from "./support/browser.ts";
import { eventually } from "./support/eventually.ts";
import { freePort } from "./support/free-port.ts";
import { Visitor } from "./support/visitor.ts";

/** partysocket waits for some seconds before each attempt. */
const RECONNECT_MS = 30_000;

const folder = temporaryFolder();
let port: number;
let server: Server | undefined;
let browser: Browser | undefined;

before(async () => {
  port = await freePort();
  await startServer();
  browser = await launch();
});
afterEach(async () => {
  for (const context of browser?.contexts() ?? []) await context.close();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Always at the same address, with the same rooms. */
async function startServer(): Promise<void> {
  server = await Server.start({ port, persistTo: folder });
}

async function killServer(): Promise<void> {
  const { server: victim } = running();
  server = undefined;
  await victim.kill();
}

function running(): { server: Server; browser: Browser } {
  assert.ok(server && browser);
  return { server, browser };
}

function join(
  room: string,
  name: string,
  options?: Parameters<typeof Visitor.join>[4],
): Promise<Visitor> {
  const { server, browser } = running();
  return Visitor.join(browser, server.url, room, name, options);
}

/** Says 120 things, for the history gives 50 at a time; as somebody whom no rate limit holds back. */
async function sayMuch(room: string): Promise<{ alice: Client; texts: string[] }> {
  const { server } = running();
  const address = `/parties/chatroom/${room}`;
  const alice = await Client.connect(server, address, { token: tireless("alice") });
  const texts = Array.from({ length: 120 }, (_, index) => `Message ${index + 1}`);
  for (const message of texts) alice.send({ type: "message", message });
  for (const _ of texts) await alice.next("ack");
  return { alice, texts };
}

test("two people join through the form, see each other, and talk", async () => {
  const room = freshRoom();
  const alice = await join(room, "Alice");
  await eventually(() => alice.people(), ["Alice (you)"]);
  await alice.say("Is anybody here?");
  const unread = { author: "You", text: "Is anybody here?", state: "sent", seq: "1" };
  await eventually(() => alice.messages(), [unread]);

  const bob = await join(room, "Bob");
  await eventually(() => bob.people(), ["Bob (you)", "Alice"]);
  await eventually(() => alice.people(), ["Alice (you)", "Bob"]);
  assert.equal(await alice.page.getByTestId("people-count").textContent(), "2 people here");

  // Bob saw it by coming in.
  const read = { ...unread, state: "read" };
  await eventually(() => alice.messages(), [read]);
  await alice.page.getByText("Read by Bob").waitFor();

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
      { author: "Bob", text: "I am", state: "sent", seq: "2" },
      { author: "You", text: "Good to see you", state: "read", seq: "3" },
    ],
  );
  await eventually(
    () => bob.messages(),
    [
      { author: "Alice", text: "Is anybody here?", state: "sent", seq: "1" },
      { author: "You", text: "I am", state: "read", seq: "2" },
      { author: "Alice", text: "Good to see you", state: "sent", seq: "3" },
    ],
  );
});

test("whoever comes later finds what was said before, page by page", async () => {
  const room = freshRoom();
  const { alice, texts } = await sayMuch(room);

  const bob = await join(room, "Bob");
  await eventually(() => bob.texts(), texts.slice(70));
  assert.ok(await bob.page.getByText("Message 120", { exact: true }).isVisible());

  const earlier = bob.page.getByTestId("load-earlier");
  await earlier.click();
  await eventually(() => bob.texts(), texts.slice(20));
  await earlier.click();
  await eventually(() => bob.texts(), texts);
  await earlier.waitFor({ state: "hidden" });
  const seqs = (await bob.messages()).map(({ seq }) => Number(seq));
  assert.deepEqual(
    seqs,
    [...texts.keys()].map((index) => index + 1),
  );

  // He reads far up, and is told of what comes instead of being taken there.
  alice.send({ type: "message", message: "Are you still reading?" });
  const unseen = bob.page.getByTestId("new-messages");
  await eventually(() => unseen.textContent(), "1 new message");
  await unseen.click();
  await unseen.waitFor({ state: "hidden" });
  await eventually(() => bob.texts(), [...texts, "Are you still reading?"]);
  await alice.close();
});

test("earlier messages come in above what is being read, and do not move it", async () => {
  const room = freshRoom();
  const { alice } = await sayMuch(room);

  const bob = await join(room, "Bob");
  const top = (seq: number) =>
    bob.see<number>(
      `document.querySelector("[data-seq='${seq}'] .bubble").getBoundingClientRect().y`,
    );
  const earlier = bob.page.getByTestId("load-earlier");
  // He arrives at the end, and goes up from there.
  await earlier.waitFor();
  const log = bob.page.getByTestId("messages");
  await eventually(
    () => log.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight < 2),
    true,
  );
  for (const { reading, loads } of [
    { reading: 71, loads: 21 },
    { reading: 21, loads: 1 },
  ]) {
    await earlier.scrollIntoViewIfNeeded();
    const before = await top(reading);
    await earlier.click();
    await bob.page.locator(`[data-seq="${loads}"]`).waitFor({ state: "attached" });
    const moved = Math.abs((await top(reading)) - before);
    assert.ok(moved <= 2, `message ${reading} moved by ${moved} px`);
  }
  await alice.close();
});

test("a person is here once, however many tabs, and leaves with the last of them", async () => {
  const room = freshRoom();
  const alice = await join(room, "Alice");
  const bob = await join(room, "Bob");
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
  await eventually(() => alice.people(), ["Alice (you)"]);
  assert.deepEqual(await alice.log(), [
    "Bob joined",
    "From my second tab",
    "One of me is left",
    "Bob left",
  ]);
});

test("what is written while the server is dead goes out once and in order when it is back", async () => {
  const room = freshRoom();
  const alice = await join(room, "Alice");
  const bob = await join(room, "Bob");
  await alice.say("Before the crash");
  await eventually(() => bob.texts(), ["Before the crash"]);
  await eventually(async () => (await alice.messages())[0]?.state, "read");

  await killServer();
  await Promise.all([alice.is("reconnecting"), bob.is("reconnecting")]);
  await alice.say("Alice, first");
  await alice.say("Alice, second");
  await bob.say("Bob, meanwhile");
  assert.deepEqual(await alice.states(), ["read", "pending", "pending"]);
  assert.deepEqual(await bob.states(), ["sent", "pending"]);

  await startServer();
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
});

test("the keyboard alone is enough: Enter sends, Shift+Enter makes a line, the focus stays", async () => {
  const { server, browser } = running();
  const alice = await Visitor.arrive(browser, server.url);
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
  const { server, browser } = running();
  const viewport = { width: 375, height: 700 };
  const phone = { viewport, colorScheme: "dark", isMobile: true, hasTouch: true } as const;
  const room = `${freshRoom()}-${"long".repeat(15)}`;
  const bob = await Client.join(server, room, "bob");
  bob.send({ type: "message", message: `https://example.com/${"x".repeat(200)}` });
  for (let line = 1; line <= 20; line += 1) bob.send({ type: "message", message: `Line ${line}` });

  const alice = await Visitor.arrive(browser, server.url, phone);
  const overflow = () => alice.see<number>("document.documentElement.scrollWidth - innerWidth");
  await alice.page.getByTestId("name").fill(`Alice ${"von ".repeat(25)}`);
  await alice.page.getByTestId("room").fill(room);
  assert.ok((await overflow()) <= 0);
  await alice.page.getByTestId("join").tap();
  await alice.is("open");
  await alice.composer.fill("W".repeat(100));
  await alice.page.getByTestId("send").tap();
  await eventually(async () => (await alice.states()).at(-1), "sent");
  await eventually(async () => (await alice.messages()).length, 22);

  const fits = async () => {
    assert.equal(await alice.see("innerWidth"), viewport.width);
    assert.ok((await overflow()) <= 0);
    const messages = alice.page.getByTestId("messages");
    assert.ok(await messages.evaluate((log) => log.scrollWidth <= log.clientWidth), "cut off");
    for (const part of ["composer", "send", "leave"]) {
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

  assert.deepEqual([...alice.hosts], [server.host]);
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
  const alice = await join(room, "Alice");
  const eve = await join(room, name);
  await eventually(() => alice.people(), ["Alice (you)", name]);
  await eve.composer.pressSequentially("<i>");
  await eventually(() => alice.typing(), `${name} is typing…`);
  await eve.say(markup);

  await eventually(() => alice.log(), [`${name} joined`, markup]);
  await eventually(() => eve.texts(), [markup]);
  for (const visitor of [alice, eve]) {
    const elements = visitor.page
      .locator("#chat")
      .locator("b, i:not([aria-hidden]), script, main img");
    assert.equal(await elements.count(), 0);
    assert.equal(await visitor.see("window.attacked"), undefined);
    assert.deepEqual(visitor.errors, []);
  }
});
