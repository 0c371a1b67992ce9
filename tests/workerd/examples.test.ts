// The examples that are programs, run as their first lines say, against a real server. Those that are pages are in
// tests/browser/examples.test.ts.
import assert from "node:assert/strict";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { at } from "../../scripts/lib/paths.mjs";
import { Client, freshRoom, publish } from "./support/client.ts";
import { Line } from "./support/line.ts";
import { folderWithPackage } from "./support/package.ts";
import { Program } from "./support/program.ts";
import { type Python, pythonWith } from "./support/python.ts";
import { BROADCAST_KEY, Server, temporaryFolder } from "./support/server.ts";
import { token } from "./support/token.ts";

let server: Server;
let installed: string;
let python: Python;
const pythonFolder = temporaryFolder();
before(async () => {
  [server, installed, python] = await Promise.all([
    Server.start(),
    folderWithPackage(),
    pythonWith(at("examples/python-listener/requirements.txt"), pythonFolder),
  ]);
  copyFileSync(at("examples/node-bot/bot.ts"), join(installed, "bot.ts"));
  copyFileSync(at("examples/node-bot/package.json"), join(installed, "package.json"));
});
after(async () => {
  await server.stop();
  for (const folder of [installed, pythonFolder]) rmSync(folder, { recursive: true, force: true });
});

function bot(t: TestContext, room: string, env: Record<string, string> = {}): Program {
  const program = new Program(
    process.execPath,
    ["bot.ts"],
    { ROOMS_HOST: server.host, ROOM: room, ...env },
    installed,
  );
  t.after(() => program.stop("SIGKILL"));
  return program;
}

test("the bot answers whoever mentions it, once, and nobody else", async (t) => {
  const room = freshRoom();
  const alice = await Client.join(server, room, "alice");
  // Two copies of it, as while a new version starts.
  const copies = [bot(t, room), bot(t, room)];
  for (const copy of copies) await copy.prints(/^in .* as bot$/);

  alice.send({ type: "message", messageId: "m1", message: "What is the time, bot?" });
  alice.send({
    type: "message",
    messageId: "m2",
    message: "Who is here?",
    meta: { mentions: ["bot"] },
  });
  let answer = await alice.next("new-message");
  while (answer.userId !== "bot") answer = await alice.next("new-message");
  assert.equal(answer.message, "Here: alice, bot.");
  assert.equal(answer.replyTo, "m2");
  assert.deepEqual(answer.meta, { mentions: ["alice"] });

  const more = { mentions: ["bot"] };
  alice.send({ type: "message", messageId: "m3", message: "Please do something", meta: more });
  while (answer.replyTo !== "m3") answer = await alice.next("new-message");
  assert.equal(answer.message, "Mention me with one of: help, time, who.");

  for (const copy of copies) assert.equal(await copy.stop(), 0);
  const answers = (await alice.settle()).filter(
    ({ type, userId }) => type === "new-message" && userId === "bot",
  );
  assert.deepEqual(
    answers.map(({ replyTo }) => replyTo),
    ["m2", "m3"],
  );
  await alice.close();
});

test("the bot says why it is not let in, and ends", async (t) => {
  const refused = bot(t, freshRoom(), { TOKEN: token({ sub: "bot" }, "another secret") });
  await refused.prints(/^Closed with 1008: /);
  assert.equal(await refused.ended, 1);
});

/** The Python program in a room; nothing, and the test is skipped, where there is no Python. */
function listener(t: TestContext, address: string, args: string[]): Program | undefined {
  if ("missing" in python) {
    t.skip(`Python with the package websockets cannot be had here: ${python.missing}`);
    return undefined;
  }
  const file = at("examples/python-listener/listen.py");
  const program = new Program(python.command, [file, address, ...args]);
  t.after(() => program.stop("SIGKILL"));
  return program;
}

test("the Python listener prints a room, and after a break what it has missed", async (t) => {
  const room = freshRoom();
  const line = await Line.open(server.url);
  t.after(() => line.close());
  const alice = await Client.join(server, room, "alice");
  alice.send({ type: "message", messageId: "m0", message: "Nobody listens yet" });
  await alice.next("ack");
  const program = listener(t, `ws://${line.host}`, [room]);
  if (program === undefined) return;
  await program.prints(/^-- listening as listener, from entry 1 on$/);

  alice.send({ type: "message", messageId: "m1", message: "Hello" });
  await program.prints(/^ {5}2 Alice: Hello$/);
  alice.send({ type: "react", messageId: "m1", emoji: "👍" });
  await program.prints(/^ {5}3 Alice \+👍 on 2$/);
  const event = { type: "TASK_UPDATED", payload: { taskId: "t1" }, persist: true };
  await publish(server, `/parties/chatroom/${room}`, event, BROADCAST_KEY);
  await program.prints(/^ {5}4 TASK_UPDATED \{"taskId": "t1"\}$/);

  line.cut();
  alice.send({ type: "message", messageId: "m2", message: "While you were away" });
  await program.prints(/^-- line gone \(1006\), again in /);
  await program.prints(/^-- back, \d+ entries missed$/);
  alice.send({ type: "message", messageId: "m3", message: "Welcome back" });
  await program.prints(/^ {5}6 Alice: Welcome back$/);
  const entries = program.output.match(/^ +\d+/gm)?.map(Number);
  assert.deepEqual(entries, [2, 3, 4, 5, 6], program.output);
  assert.equal(await program.stop("SIGINT"), 0);
  await alice.close();
});

test("the Python listener notices by its heartbeat that a line is dead", async (t) => {
  const room = freshRoom();
  const line = await Line.open(server.url);
  t.after(() => line.close());
  const program = listener(t, `ws://${line.host}`, [room, "--heartbeat", "0.5"]);
  if (program === undefined) return;
  await program.prints(/^-- listening as listener/);
  const alice = await Client.join(server, room, "alice");
  // Heartbeats that are answered.
  await line.carries(3);
  assert.doesNotMatch(program.output, /line gone/);
  line.fallSilent();
  await program.prints(/^-- line gone \(1006\), again in /);
  await program.prints(/^-- back, 0 entries missed$/);
  alice.send({ type: "message", messageId: "m1", message: "Still there?" });
  await program.prints(/^ {5}1 Alice: Still there\?$/);
  await alice.close();
});

test("the Python listener listens to events, and stays away when it is told to", async (t) => {
  const room = freshRoom();
  const program = listener(t, server.ws, [room, "--party", "main", "--user", "bob"]);
  if (program === undefined) return;
  await program.prints(/^-- listening as bob, from entry 0 on$/);
  const event = { type: "TASK_CREATED", payload: { taskId: "t1" }, persist: true };
  await publish(server, `/parties/main/${room}`, event, BROADCAST_KEY);
  await program.prints(/^ {5}1 TASK_CREATED \{"taskId": "t1"\}$/);
  const kicked = await publish(
    server,
    `/parties/main/${room}/kick`,
    { userId: "bob" },
    BROADCAST_KEY,
  );
  assert.equal(((await kicked.json()) as { closed: number }).closed, 1);
  // The runtime hangs up 10 s after the close frames, and this library waits for that.
  await program.prints(/^-- closed for good: 4001$/, 20_000);
  assert.equal(await program.ended, 1);
});

test("the first program of docs/client.md prints what it says", async (t) => {
  const docs = readFileSync(at("docs/client.md"), "utf8");
  const [, code = ""] = /```js\n([\s\S]*?)```/.exec(docs) ?? [];
  assert.ok(code.includes("localhost:8787"), "docs/client.md begins with a program in js");
  const room = freshRoom();
  const file = join(installed, "first.mjs");
  writeFileSync(file, code.replace("localhost:8787", server.host).replace("lobby", room));
  const program = new Program(process.execPath, [file]);
  t.after(() => program.stop("SIGKILL"));
  await program.prints(/^Ann: Hello \(sent\)$/);
  const bob = await Client.join(server, room, "bob");
  bob.send({ type: "message", messageId: "m1", message: "Hello Ann" });
  await program.prints(/^Bob: Hello Ann$/);
  await bob.close();
});
