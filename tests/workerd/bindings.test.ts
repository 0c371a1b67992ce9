// What a deployment binds: a dataset of Workers Analytics Engine, or no directory at all.
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Client, freshRoom } from "./support/client.ts";
import { ask, eventually } from "./support/directory.ts";
import { Server } from "./support/server.ts";

/** Beside the real one, because paths in it are relative. */
const beside = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const REAL = readFileSync(beside("wrangler.toml"), "utf8");
const WITH_ANALYTICS = beside("wrangler.analytics.toml");
const WITHOUT_DIRECTORY = beside("wrangler.alone.toml");
const COLLECTOR = beside("wrangler.collector.toml");
const COLLECTOR_MAIN = beside("build/collector.mjs");

// The runtime of this machine has a dataset that forgets. This one has its method, and prints what it gets.
const collector = `
import { WorkerEntrypoint } from "cloudflare:workers";
export class Collector extends WorkerEntrypoint {
  writeDataPoint(point) {
    console.log("point " + JSON.stringify(point));
  }
}
export default { fetch: () => new Response() };
`;

before(() => {
  writeFileSync(COLLECTOR_MAIN, collector);
  writeFileSync(
    COLLECTOR,
    `name = "collector"\nmain = "build/collector.mjs"\ncompatibility_date = "2026-11-01"\n`,
  );
  const binding = `[[services]]\nbinding = "ANALYTICS"\nservice = "collector"\nentrypoint = "Collector"\n`;
  writeFileSync(WITH_ANALYTICS, REAL.replace("\n[vars]\n", `\n${binding}\n[vars]\n`));
  const directory = /\[\[durable_objects\.bindings\]\]\nname = "DIRECTORY"\n.*\n/;
  assert.match(REAL, directory);
  writeFileSync(WITHOUT_DIRECTORY, REAL.replace(directory, ""));
});
after(() => {
  for (const file of [WITH_ANALYTICS, WITHOUT_DIRECTORY, COLLECTOR, COLLECTOR_MAIN]) rmSync(file);
});

test("every report is a row of the dataset that is bound as ANALYTICS", async () => {
  const args = ["--config", WITH_ANALYTICS, "--config", COLLECTOR];
  const server = await Server.start({ args, vars: { LIMITS: JSON.stringify({ reportMs: 50 }) } });
  const room = freshRoom();
  const alice = await Client.join(server, room, "alice");
  alice.send({ type: "message", messageId: "m1", message: "x" });
  await alice.next("ack");
  const line = new RegExp(`point (.*"chatroom/${room}".*)`, "g");
  const doubles = (column: number) => {
    const points = [...server.output.matchAll(line)].map(([, json]) => JSON.parse(json ?? ""));
    return points.reduce((sum, point) => sum + point.doubles[column - 1], 0);
  };
  await eventually(async () => {
    const [acks, connects, wakeUps] = [doubles(7), doubles(10), doubles(11)];
    assert.deepEqual([acks, connects, wakeUps], [1, 1, 1]);
  });
  const [, json = ""] = [...server.output.matchAll(line)][0] ?? [];
  const { indexes, blobs, doubles: columns } = JSON.parse(json);
  assert.deepEqual(indexes, [`chatroom/${room}`]);
  assert.deepEqual(blobs, ["chatroom", room]);
  assert.equal(columns.length, 12);
  await alice.close();
  await server.stop();
});

test("without the binding nobody reports, and what the directory would answer is not enabled", async () => {
  const server = await Server.start({ args: ["--config", WITHOUT_DIRECTORY] });
  const alice = await Client.join(server, freshRoom(), "alice");
  alice.send({ type: "message", messageId: "m1", message: "x" });
  await alice.next("ack");
  for (const path of ["/rooms", "/stats", "/metrics"]) {
    const answer = await ask(server, path);
    assert.equal(answer.status, 403);
    assert.equal(((await answer.json()) as { code: string }).code, "not-enabled");
  }
  assert.ok(!server.output.includes('"level":"error"'), server.output);
  await alice.close();
  await server.stop();
});
