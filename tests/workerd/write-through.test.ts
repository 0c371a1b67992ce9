// examples/write-through: messages and who is here, in a real Postgres, over a restart of the receiver.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { PGlite } from "@electric-sql/pglite";
import { at } from "../../scripts/lib/paths.mjs";
import { Client, freshRoom } from "./support/client.ts";
import { folderWithPackage } from "./support/package.ts";
import { Program } from "./support/program.ts";
import { WEBHOOK_SECRET } from "./support/receiver.ts";
import { BROADCAST_KEY, JWT_SECRET, Server } from "./support/server.ts";
import { tireless } from "./support/token.ts";

let folder: string;
let program: Program;
let server: Server;
let port = "0";

async function startReceiver(): Promise<void> {
  program = new Program(
    process.execPath,
    ["receive.ts"],
    { PORT: port, WEBHOOK_SECRET, DATABASE: join(folder, "database") },
    join(folder, "write-through"),
  );
  const line = await program.prints(/^Listening on/, 60_000);
  port = /:(\d+)$/.exec(line)?.[1] ?? "";
}

before(async () => {
  folder = await folderWithPackage();
  mkdirSync(join(folder, "node_modules/@electric-sql"));
  const pglite = "node_modules/@electric-sql/pglite";
  symlinkSync(at(pglite), join(folder, pglite));
  cpSync(at("examples/write-through"), join(folder, "write-through"), {
    recursive: true,
    filter: (path) => !path.includes("node_modules"),
  });
  await startReceiver();
  const webhook = { url: `http://127.0.0.1:${port}/rooms` };
  server = await Server.start({
    env: { JWT_SECRET, BROADCAST_KEY, WEBHOOK_SECRET },
    vars: {
      PARTIES: JSON.stringify({ chatroom: { kind: "chat", webhook } }),
      LIMITS: JSON.stringify({ graceMs: 0, webhookRetryMs: 100 }),
    },
  });
});
after(async () => {
  await server.stop();
  await program.stop("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const enter = (room: string, user: string) =>
  Client.connect(server, `/parties/chatroom/${room}`, { token: tireless(user) });

async function say(client: Client, id: string): Promise<void> {
  client.send({ type: "message", messageId: id, message: `text of ${id}` });
  await client.next("ack");
}

test("every message is one row, and those who are here are rows, though the receiver is killed", async () => {
  const room = freshRoom();
  const ann = await enter(room, "ann");
  const bob = await enter(room, "bob");
  for (const id of ["m1", "m2"]) await say(ann, id);
  await program.prints(/^messages\.appended/);
  await program.stop("SIGKILL");
  await bob.close();
  for (const id of ["m3", "m4"]) await say(ann, id);
  ann.send({ type: "delete", messageId: "m1" });
  await ann.next("message-deleted");
  const cat = await enter(room, "cat");
  await say(cat, "m5");
  await startReceiver();
  // The last of what happened: what is told is told in order.
  await program.prints(/^member\.joined/, 60_000);
  await program.prints(/^messages\.appended/, 60_000);
  await program.stop();

  const database = await PGlite.create(join(folder, "database"));
  const entries = await database.query<{ seq: number; type: string; id: string }>(
    "SELECT seq::int, type, entry->>'messageId' AS id FROM entries WHERE room = $1 ORDER BY seq",
    [room],
  );
  assert.deepEqual(
    entries.rows.map(({ seq, type, id }) => `${seq} ${type} ${id}`),
    [
      "1 new-message m1",
      "2 new-message m2",
      "3 new-message m3",
      "4 new-message m4",
      "5 message-deleted m1",
      "6 new-message m5",
    ],
  );
  const members = await database.query<{ user_id: string }>(
    "SELECT user_id FROM members WHERE room = $1 ORDER BY user_id",
    [room],
  );
  assert.deepEqual(members.rows, [{ user_id: "ann" }, { user_id: "cat" }]);
  await database.close();
  await ann.close();
  await cat.close();
});

test("what nobody signed is not written", async () => {
  await startReceiver();
  const response = await fetch(`http://127.0.0.1:${port}/rooms`, { method: "POST", body: "{}" });
  assert.equal(response.status, 401);
});
