// The dashboard as those use it who run a deployment: real Chromium, the real server, nothing in between.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Client, freshRoom, publish } from "../workerd/support/client.ts";
import { BROADCAST_KEY } from "../workerd/support/server.ts";
import { token } from "../workerd/support/token.ts";
import { eventually } from "./support/eventually.ts";
import { Operator } from "./support/operator.ts";
import { Scene } from "./support/scene.ts";

/** Rooms report what happens in them now and then. */
const REPORT_MS = 30_000;

/** What it looks like is for eyes to judge. */
const PICTURES = join(tmpdir(), "durable-rooms-dashboard");

const DEVICES = [
  { name: "phone, light", width: 390, height: 844, colorScheme: "light", hasTouch: true },
  { name: "phone, dark", width: 390, height: 844, colorScheme: "dark", hasTouch: true },
  { name: "tablet, light", width: 820, height: 1000, colorScheme: "light", hasTouch: true },
  { name: "desk, dark", width: 1280, height: 800, colorScheme: "dark", hasTouch: false },
] as const;

/** What sticks out of the window, but for what one can scroll to. */
const CUT_OFF = `
  [...document.querySelectorAll("#app *")]
    .filter((element) => element.checkVisibility() && !element.closest("svg, .unseen, thead, .scroll-x > *, .event-text > *"))
    .filter((element) => {
      const { left, right } = element.getBoundingClientRect();
      return right - left > 1 && (left < -0.5 || right > innerWidth + 0.5);
    })
    .map((element) => element.outerHTML.slice(0, 80))
`;

const scene = Scene.set();

const arrive = () => Operator.arrive(scene.browser, scene.server.url);
const enter = (credential?: string) =>
  Operator.enter(scene.browser, scene.server.url, {}, credential);

const say = async (client: Client, ...texts: string[]) => {
  for (const message of texts) {
    client.send({ type: "message", message });
    await client.next("ack");
  }
};

test("where no room is live, it says what to do", async () => {
  const operator = await enter();
  const empty = operator.at("no-rooms");
  await empty.getByText("No room is live.").waitFor();
  const demo = empty.getByRole("link", { name: "Open the demo" });
  assert.equal(await demo.getAttribute("href"), "/");
  await eventually(() => operator.tile("Rooms"), "0");
  assert.deepEqual(operator.errors, []);
});

test("a key is checked, kept for the tab alone, and never part of an address", async () => {
  const operator = await arrive();
  await operator.signIn("not-the-key");
  await operator.at("refusal").getByText("does not know this key or token").waitFor();
  await operator.signIn("two words");
  await operator.at("refusal").getByText("no key and no token").waitFor();

  await operator.signIn(BROADCAST_KEY);
  await operator.at("sign-out").waitFor();
  await operator.page.reload();
  await operator.at("sign-out").waitFor();
  await operator.look(freshRoom());
  assert.ok(operator.addresses.length > 0);
  assert.ok(operator.addresses.every((address) => !address.includes(BROADCAST_KEY)));
  assert.ok(!(await operator.see<string>("document.cookie")).includes(BROADCAST_KEY));
  assert.equal(await operator.see("JSON.stringify({ ...localStorage })"), "{}");

  await operator.at("sign-out").click();
  await operator.at("sign-in").waitFor();
  assert.equal(await operator.see("JSON.stringify({ ...sessionStorage })"), "{}");
  await operator.page.reload();
  await operator.at("sign-in").waitFor();
  assert.deepEqual([...operator.hosts], [scene.server.host]);
});

test("an admin's token opens the dashboard, a user's is told what it lacks", async () => {
  const operator = await arrive();
  await operator.signIn(token({ sub: "bob", role: "user" }));
  await operator.at("refusal").getByText("it needs the role admin").waitFor();
  await operator.signIn(token({ sub: "mod", role: "admin" }));
  await operator.at("sign-out").waitFor();
});

test("the overview counts who is here, and leads to the room", async () => {
  const room = freshRoom();
  const alice = await Client.join(scene.server, room, "alice");
  const bob = await Client.join(scene.server, room, "bob");
  await say(alice, "Is anybody here?", "Hello?");
  const operator = await enter();
  await operator.at("filter").fill(room);
  await eventually(() => operator.rooms(), [room], REPORT_MS);
  const row = operator.at("room").filter({ hasText: room });
  const cell = async (label: string) => row.locator(`[data-label="${label}"]`).textContent();
  await eventually(() => cell("Connections"), "2", REPORT_MS);
  await eventually(() => cell("Users"), "2", REPORT_MS);
  await operator.at("party").filter({ hasText: "chatroom" }).waitFor();

  await operator.at("filter").fill("no room is called this");
  await eventually(() => operator.rooms(), []);
  await operator.page.getByRole("link", { name: "chatroom/no room is called this" }).waitFor();
  await operator.at("filter").fill("");
  await row.getByRole("link").click();
  await operator.stream("open");
  assert.equal(await operator.page.locator("h1 .room-title").textContent(), room);
  await operator.page.goBack();
  await operator.at("filter").waitFor();
  assert.deepEqual(operator.errors, []);
  await alice.close();
  await bob.close();
});

test("what is pointed at in a chart is told, by hand and by arrow keys", async () => {
  const operator = await enter();
  const chart = operator.at("chart").first();
  const value = () => chart.locator(".chart-value").textContent();
  await eventually(async () => (await value())?.startsWith("peak"), true);
  const plot = chart.getByRole("slider");
  await plot.locator("svg").waitFor();
  await plot.hover();
  await eventually(async () => /^\d\d:\d\d \d+\/min$/.test((await value()) ?? ""), true);
  await operator.page.mouse.move(0, 0);
  await eventually(async () => (await value())?.startsWith("peak"), true);
  await plot.focus();
  await plot.press("End");
  assert.match((await plot.getAttribute("aria-valuetext")) ?? "", /^last 60 s: \d/);
  await plot.press("ArrowLeft");
  assert.match((await plot.getAttribute("aria-valuetext")) ?? "", /^\d\d:\d\d: \d/);
});

test("events stream in after what was kept, and nobody sees who watches", async () => {
  const room = freshRoom();
  const alice = await Client.join(scene.server, room, "alice");
  await say(alice, "One", "Two");
  const operator = await enter();
  await operator.look(room);
  await eventually(() => operator.texts("new-message"), ["Alice Two", "Alice One"]);

  await say(alice, "Three");
  await eventually(() => operator.texts("new-message"), ["Alice Three", "Alice Two", "Alice One"]);
  alice.send({ type: "typing" });
  await eventually(() => operator.texts("user-typing"), ["Alice"]);
  const bob = await Client.join(scene.server, room, "bob");
  await eventually(() => operator.people(), ["Alice", "Bob"]);
  await eventually(() => operator.tile("Kept"), "3");

  const joined = (await alice.settle()).filter(({ type }) => type === "user-joined");
  assert.deepEqual(
    joined.map(({ userId }) => userId),
    ["bob"],
  );
  assert.deepEqual(operator.errors, []);
  await alice.close();
  await bob.close();
});

test("a paused stream stands still, and then shows what came", async () => {
  const room = freshRoom();
  const alice = await Client.join(scene.server, room, "alice");
  await say(alice, "Before");
  const operator = await enter();
  await operator.look(room);
  await eventually(() => operator.texts("new-message"), ["Alice Before"]);
  await operator.at("pause").click();
  await operator.stream("paused");
  await say(alice, "Meanwhile", "And more");
  await operator.at("pause").getByText("Resume (2 new)").waitFor();
  assert.deepEqual(await operator.texts("new-message"), ["Alice Before"]);
  await operator.at("pause").click();
  await eventually(
    () => operator.texts("new-message"),
    ["Alice And more", "Alice Meanwhile", "Alice Before"],
  );
  await alice.close();
});

test("a long history is loaded page by page, and only what is in view is in the page", async () => {
  const room = freshRoom();
  const texts = Array.from({ length: 120 }, (_, index) => `Message ${index + 1}`);
  const alice = await scene.sayMuch(room, texts);
  const operator = await enter();
  await operator.look(room);
  await eventually(async () => (await operator.texts("new-message"))[0], "alice Message 120");
  const count = async () => operator.page.locator("[data-testid=type]").allTextContents();
  const list = operator.page.getByRole("list", { name: "Events, the newest first" });
  const first = list.getByRole("listitem").first();
  await eventually(() => first.getAttribute("aria-setsize"), "50");
  await operator.at("earlier").click();
  await eventually(() => first.getAttribute("aria-setsize"), "100");
  await operator.at("earlier").click();
  await eventually(() => first.getAttribute("aria-setsize"), "120");
  await operator.at("earlier").waitFor({ state: "detached" });
  assert.deepEqual(await count(), []);
  assert.ok((await list.getByRole("listitem").count()) < 60);

  // Who has scrolled away stays where they are when something comes in above.
  await operator.at("events").evaluate((box) => box.scrollTo(0, box.scrollHeight));
  const last = operator.at("event").filter({ hasText: "alice Message 1" }).last();
  await last.waitFor();
  await say(alice, "And one more");
  await eventually(() => first.getAttribute("aria-setsize"), "121");
  assert.equal((await operator.texts("new-message")).at(-1), "alice Message 1");
  await operator.page.getByRole("button", { name: "Newest" }).click();
  await eventually(async () => (await operator.texts("new-message"))[0], "alice And one more");
  await alice.close();
});

test("one type can be looked at alone, and one event closely; markup in it stays text", async () => {
  const room = freshRoom();
  const alice = await Client.join(scene.server, room, "alice");
  const attack = `<img src=x onerror="window.attacked = true">`;
  await say(alice, attack);
  const operator = await enter();
  await operator.look(room);
  const event = { type: "TASK_UPDATED", payload: { html: attack, tags: ["a"] } };
  await publish(scene.server, `/parties/chatroom/${room}`, event, BROADCAST_KEY);
  await eventually(
    async () => (await operator.events()).map(({ type }) => type),
    ["TASK_UPDATED", "new-message"],
  );
  await operator.at("type").filter({ hasText: "TASK_UPDATED" }).click();
  await eventually(async () => (await operator.events()).map(({ type }) => type), ["TASK_UPDATED"]);

  await operator.at("event").press("Enter");
  const shown = JSON.parse((await operator.at("payload").textContent()) ?? "");
  assert.deepEqual([shown.type, shown.payload], [event.type, event.payload]);
  await operator.page.keyboard.press("Escape");
  await operator.at("payload").waitFor({ state: "detached" });
  assert.equal(await operator.page.locator("main img").count(), 0);
  assert.equal(await operator.see("window.attacked"), undefined);
  await alice.close();
});

test("who is kicked goes, who is banned stays out until the ban is taken back", async () => {
  const room = freshRoom();
  const operator = await enter();
  await operator.look(room);
  const moderate = async (name: string, action: string, reason: string) => {
    await operator.tab("people");
    await operator.page.getByRole("button", { name: `Moderate ${name}` }).click();
    await operator.page.getByRole("radio", { name: action }).check();
    await operator.at("reason").fill(reason);
    await operator.at("confirm").click();
  };

  // Who has sent nothing has to wait for the end of the TCP connection, which is not what is looked at here.
  const alice = await Client.join(scene.server, room, "alice");
  await say(alice, "Hello");
  await moderate("Alice", "Kick", "");
  await operator.toast("Alice was kicked; 1 connection was closed.");
  assert.equal((await alice.closed).code, 4001);

  const again = await Client.join(scene.server, room, "alice");
  await say(again, "Hello again");
  await moderate("Alice", "Ban", "spam");
  await operator.toast("Alice is banned; 1 connection was closed.");
  assert.equal((await again.closed).code, 4003);
  const address = `/parties/chatroom/${room}`;
  const refused = await Client.connect(scene.server, address, { userId: "alice" });
  assert.equal((await refused.next("error")).code, "banned");

  await operator.tab("bans");
  const ban = operator.at("sanction").filter({ hasText: "alice" });
  await ban.getByText("“spam”").waitFor();
  await ban.getByRole("button", { name: "Unban" }).click();
  await operator.toast("alice may come back.");
  await ban.waitFor({ state: "detached" });
  await operator.at("audit").filter({ hasText: "unban alice" }).waitFor();
  const back = await Client.join(scene.server, room, "alice");
  await back.close();
});

test("Escape asks for nothing: who thinks better of it has done nothing", async () => {
  const room = freshRoom();
  const alice = await Client.join(scene.server, room, "alice");
  const operator = await enter();
  await operator.look(room);
  await operator.page.getByRole("button", { name: "Moderate Alice" }).click();
  await operator.at("moderate-form").waitFor();
  await operator.page.keyboard.press("Escape");
  await operator.at("moderate-form").waitFor({ state: "detached" });
  assert.equal(
    await operator.see("document.activeElement.getAttribute('aria-label')"),
    "Moderate Alice",
  );
  await say(alice, "Still here");
  await alice.close();
});

test("a test event reaches all but the one whom it is not for, and what is no JSON is not sent", async () => {
  const room = freshRoom();
  const alice = await Client.join(scene.server, room, "alice");
  const bob = await Client.join(scene.server, room, "bob");
  const operator = await enter();
  await operator.look(room);
  await operator.tab("publish");
  const form = operator.at("publish");
  const send = form.getByRole("button", { name: "Send test event" });
  await form.getByLabel("Payload").fill("{nope");
  await operator.at("payload-fault").getByText("This is not JSON").waitFor();
  assert.equal(await send.isDisabled(), true);

  await form.getByLabel("Type").fill("DEPLOYED");
  await form.getByLabel("Payload").fill('{"version":7}');
  await form.getByLabel("Not to this user").fill("bob");
  await form.getByLabel("Keep it in the room's history").check();
  await form.getByLabel("Payload").press("Control+Enter");
  await operator.toast(/^Delivered to \d connections?, kept as 1\.$/);
  const { payload } = await alice.next("DEPLOYED");
  assert.deepEqual(payload, { version: 7 });
  await eventually(() => operator.texts("DEPLOYED"), ['{"version":7}']);
  assert.ok((await bob.settle()).every(({ type }) => type !== "DEPLOYED"));
  await alice.close();
  await bob.close();
});

test("a room of events streams as well", async () => {
  const room = freshRoom();
  const operator = await enter();
  await operator.look(room, "main");
  const event = { type: "TASK_UPDATED", payload: { taskId: "t1" } };
  await publish(scene.server, `/parties/main/${room}`, event, BROADCAST_KEY);
  await eventually(() => operator.events(), [{ type: "TASK_UPDATED", text: '{"taskId":"t1"}' }]);
});

test("an admin's token listens, too, and is told whether the others see it", async () => {
  const room = freshRoom();
  const operator = await enter(token({ sub: "mod", name: "Mo", role: "admin" }));
  await operator.look(room);
  await operator.page.getByText("You are in this room as mod").waitFor();
  const alice = await Client.join(scene.server, room, "alice");
  await say(alice, "Hello");
  await eventually(() => operator.texts("new-message"), ["Alice Hello"]);
  await alice.close();
});

test(`nothing is cut off on any device (pictures: ${PICTURES})`, async () => {
  mkdirSync(PICTURES, { recursive: true });
  const room = `${freshRoom()}-with-a-long-name`;
  const name = "Benjamin von und zu Hohenstein-Überlingen am Bodensee";
  const query = { userId: "ben-with-a-long-id-0123456789-0123456789", username: name };
  const ben = await Client.connect(scene.server, `/parties/chatroom/${room}`, query);
  await ben.next("online-users");
  await say(ben, "W".repeat(500), "Hello");

  for (const { name, width, height, ...device } of DEVICES) {
    const options = { viewport: { width, height }, ...device };
    const operator = await Operator.enter(scene.browser, scene.server.url, options);
    const look = async (what: string) => {
      const path = join(PICTURES, `${name}, ${what}.png`);
      await operator.page.screenshot({ path, fullPage: true });
      assert.deepEqual(await operator.see(CUT_OFF), [], `${name}, ${what}: cut off`);
      assert.ok((await operator.see<number>("document.documentElement.scrollWidth")) <= width);
    };
    await eventually(async () => (await operator.rooms()).includes(room), true, REPORT_MS);
    await look("overview");
    await operator.look(room);
    await eventually(async () => (await operator.texts("new-message")).length, 2);
    await look("room");
    await operator.tab("people");
    await operator.at("moderate").first().click();
    await look("moderating");
    await operator.page.keyboard.press("Escape");
    await operator.tab("bans");
    await look("bans");
    await operator.tab("publish");
    await look("publishing");
    assert.deepEqual(operator.errors, []);
    await operator.page.context().close();
  }
  await ben.close();
});

test("when the server goes away the page says how old it is, and comes back with it", async () => {
  const operator = await enter();
  await eventually(async () => (await operator.tile("Rooms")) !== "–", true);
  await scene.killServer();
  await operator.at("stale").getByText("The server does not answer.").waitFor({ timeout: 30_000 });
  await scene.startServer();
  await operator.at("stale").getByRole("button", { name: "Try now" }).click();
  await operator.at("stale").waitFor({ state: "detached" });
  await operator.at("freshness").getByText("Live").waitFor();
});
