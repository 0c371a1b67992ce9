// The page at the widths of phones, tablets and desks, in light and dark: nothing is cut off. What it looks like is
// for eyes to judge: the pictures are in the folder that the test names.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { freshRoom } from "../workerd/support/client.ts";
import { token } from "../workerd/support/token.ts";
import { eventually } from "./support/eventually.ts";
import { Scene } from "./support/scene.ts";
import type { Visitor } from "./support/visitor.ts";

const FOLDER = join(tmpdir(), "durable-rooms-looks");

const DEVICES = [
  { name: "small phone, light", width: 320, height: 568, colorScheme: "light", hasTouch: true },
  { name: "phone, dark", width: 390, height: 780, colorScheme: "dark", hasTouch: true },
  { name: "tablet, light", width: 820, height: 1000, colorScheme: "light", hasTouch: true },
  { name: "desk, dark", width: 1280, height: 800, colorScheme: "dark", hasTouch: false },
] as const;

const scene = Scene.set({
  PARTIES: JSON.stringify({ chatroom: { kind: "chat", search: true } }),
});

/** Whether anything sticks out of the window or of the log, and what. */
const CUT_OFF = `
  [...document.querySelectorAll("#chat *")]
    .filter((element) => element.checkVisibility() && !element.closest("svg, .unseen, .author, #copy-link, .tools"))
    .filter((element) => {
      const { left, right } = element.getBoundingClientRect();
      return right - left > 1 && (left < -0.5 || right > innerWidth + 0.5);
    })
    .map((element) => element.outerHTML.slice(0, 80))
`;

test(`nothing is cut off on any device (pictures: ${FOLDER})`, async () => {
  mkdirSync(FOLDER, { recursive: true });
  const room = `${freshRoom()}-with-a-long-name`;
  const alice = await scene.join(room, "Alice Liddell", {
    token: token({ sub: "alice", name: "Alice Liddell", role: "user" }),
  });
  await alice.say("Good morning! Has anybody looked at the new plans of the harbour?");
  await alice.say(`An address: https://example.com/${"plans/".repeat(20)}`);
  const ben = await scene.join(room, "Benjamin von und zu Hohenstein-Überlingen");
  await ben.say("Yes.\nThe second page is the interesting one, for those who can read it");
  await ben.choose(
    "Good morning! Has anybody looked at the new plans of the harbour?",
    "React with ❤️",
  );
  const question = ben.message("Good morning! Has anybody looked at the new plans of the harbour?");
  await question.hover();
  await question.getByTestId("reply").click();
  await ben.say("I have");
  await alice.say("W".repeat(120));
  await alice.say("Oh");
  await alice.choose("Oh", "Edit");
  await alice.say("Oh!");
  await eventually(async () => (await ben.texts()).at(-1), "Oh!");

  for (const { name, width, height, ...device } of DEVICES) {
    const carol = await scene.join(room, "Carol", { viewport: { width, height }, ...device });
    const look = async (what: string) => {
      await carol.page.screenshot({ path: join(FOLDER, `${name}, ${what}.png`) });
      assert.deepEqual(await carol.see(CUT_OFF), [], `${name}, ${what}: cut off`);
    };
    await carol.say(`Hello from a ${name}`);
    await eventually(async () => (await carol.states()).at(-1), "read");
    await ben.composer.pressSequentially("We");
    await eventually(async () => (await carol.typing()) !== "", true);
    await look("conversation");
    await longPress(carol, `Hello from a ${name}`);
    await look("menu");
    await carol.page.keyboard.press("Escape");
    await carol.page.getByTestId("open-thread").first().click();
    await carol.page.getByTestId("thread").getByText("I have").waitFor();
    await look("thread");
    await carol.page.getByTestId("thread-close").click();
    await carol.page.getByTestId("open-search").click();
    await carol.page.keyboard.type("page");
    await carol.page.keyboard.press("Enter");
    await carol.page.getByTestId("result").first().waitFor();
    await look("search");
    await carol.page.getByTestId("search-close").click();
    if (width < 768) {
      await carol.page.getByTestId("people-count").click();
      await carol.page.getByTestId("person").first().waitFor();
      await look("people");
    }
    assert.deepEqual(carol.errors, []);
    await carol.page.context().close();
  }
});

/** As a finger does it. */
async function longPress(visitor: Visitor, text: string): Promise<void> {
  const bubble = visitor.message(text).locator(".bubble");
  const touch = { pointerType: "touch", bubbles: true, clientX: 50, clientY: 50 };
  await bubble.dispatchEvent("pointerdown", touch);
  await visitor.page.getByTestId("menu").waitFor();
  await bubble.dispatchEvent("pointerup", touch);
}
