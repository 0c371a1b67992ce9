// What a room could not deliver to the backend, on the dashboard: a real receiver, which refuses at first.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { Client, freshRoom } from "../workerd/support/client.ts";
import { eventually } from "./support/eventually.ts";
import { Operator } from "./support/operator.ts";
import { Scene } from "./support/scene.ts";

/** The application's backend. */
const backend = { isBroken: true, received: [] as string[] };
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    if (!backend.isBroken) backend.received.push(JSON.parse(Buffer.concat(chunks).toString()).type);
    response.writeHead(backend.isBroken ? 503 : 204).end();
  });
});
await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
after(() => receiver.close());

const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`;
const scene = Scene.set({
  PARTIES: JSON.stringify({
    chatroom: { kind: "chat", webhook: { url, events: ["member.joined"] } },
  }),
  // Gives up at once, for nobody wants to wait a day.
  LIMITS: JSON.stringify({ webhookRetryMs: 10, webhookGiveUpMs: 20 }),
  WEBHOOK_SECRET: `whsec_${Buffer.from("secret-of-the-webhooks-of-the-tests").toString("base64")}`,
});

test("what could not be delivered is shown, and is delivered when it is replayed", async () => {
  const room = freshRoom();
  const people = [];
  for (const name of ["alice", "bob", "carol"]) {
    people.push(await Client.join(scene.server, room, name));
  }
  const operator = await Operator.enter(scene.browser, scene.server.url);
  await operator.look(room);
  await operator.tab("webhooks");
  const dead = operator.at("dead");
  const types = () => dead.locator(".mono").allTextContents();
  await eventually(types, ["member.joined", "member.joined", "member.joined"], 30_000);
  assert.match((await dead.first().textContent()) ?? "", /503/);

  backend.isBroken = false;
  const replayOne = dead.first().getByRole("button", { name: "Replay member.joined" });
  await replayOne.click();
  await operator.page.keyboard.press("Escape");
  assert.deepEqual(backend.received, []);
  await replayOne.click();
  await operator.at("confirm").click();
  await operator.toast("1 event will be delivered anew.");
  await eventually(types, ["member.joined", "member.joined"]);
  await eventually(async () => backend.received, ["member.joined"]);

  await operator.at("replay-all").click();
  await operator.at("confirm").click();
  await operator.toast("2 events will be delivered anew.");
  await eventually(types, []);
  await eventually(async () => backend.received.length, 3);
  await eventually(() => operator.at("waiting").textContent(), "0", 30_000);
  for (const client of people) await client.close();
});
