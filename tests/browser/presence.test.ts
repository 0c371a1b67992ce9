// Who is here, with how many devices, and whether they look.
import { test } from "node:test";
import { freshRoom } from "../workerd/support/client.ts";
import { eventually } from "./support/eventually.ts";
import { Scene } from "./support/scene.ts";

/** Who has closed the page may come back for some seconds before the others hear that they have left. */
const GRACE_MS = 25_000;

const scene = Scene.set();

test("two devices of one person are one person with two devices, as present as the more present one", async () => {
  const room = freshRoom();
  const alice = await scene.join(room, "Alice");
  const bob = await scene.join(room, "Bob");
  await eventually(() => alice.people(), ["Alice (you)", "Bob"]);
  await eventually(() => alice.presence(), ["", ""]);

  const tab = await bob.openTab();
  await tab.page.getByTestId("join").click();
  await tab.is("open");
  await eventually(() => alice.people(), ["Alice (you)", "Bob"]);
  await eventually(() => alice.presence(), ["", "2 devices"]);

  await bob.setHidden(true);
  // He still looks at the other one.
  await tab.say("Here I am");
  await eventually(() => alice.texts(), ["Here I am"]);
  await eventually(() => alice.presence(), ["", "2 devices"]);
  await tab.setHidden(true);
  await eventually(() => alice.presence(), ["", "away · 2 devices"]);
  await tab.setHidden(false);
  await eventually(() => alice.presence(), ["", "2 devices"]);

  await bob.page.close();
  await eventually(() => alice.presence(), ["", ""], GRACE_MS);
  await tab.page.close();
  await eventually(() => alice.people(), ["Alice (you)"], GRACE_MS);
  const absent = alice.page.getByTestId("absent");
  await eventually(() => absent.locator(".person-name").allTextContents(), ["Bob"]);
  await eventually(() => absent.locator(".person-note").allTextContents(), ["last seen just now"]);

  // Whoever was not there to see it is told by the room.
  await alice.page.reload();
  await alice.is("open");
  await eventually(() => absent.locator(".person-name").allTextContents(), ["Bob"]);
});
