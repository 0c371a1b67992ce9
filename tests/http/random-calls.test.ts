// The HTTP API, called at random as its description says, and as it says that one must not: schemathesis has both checked.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { BROADCAST_KEY, Server } from "../workerd/support/server.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const HERE = fileURLToPath(new URL(".", import.meta.url));
const BIN = `${ROOT}.tools/python/bin`;
const PARTIES = { chatroom: { kind: "chat", search: true }, main: { kind: "events" } };
const SEED = process.env.SEED ?? String(Math.floor(Math.random() * 2 ** 32));

/** Where schemathesis leaves what it remembers: each run is to begin with nothing. */
const folder = mkdtempSync(join(tmpdir(), "durable-rooms-http-"));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  code: number | null;
  output: string;
}

function run(command: string, args: string[]): Promise<Run> {
  const env = { ...process.env, PYTHONPATH: HERE, SCHEMATHESIS_HOOKS: "hooks" };
  const child = spawn(command, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}

test("the description is valid OpenAPI", async () => {
  const { code, output } = await run(`${BIN}/python`, [
    ...["-m", "openapi_spec_validator", `${ROOT}web/openapi.json`],
  ]);
  assert.equal(code, 0, output);
});

test("the server does what its description says, whatever it is asked", async (t) => {
  const server = await Server.start({ vars: { PARTIES: JSON.stringify(PARTIES) } });
  t.after(() => server.stop());
  const served = await (await fetch(`${server.url}/openapi.json`)).text();
  assert.equal(served, readFileSync(`${ROOT}web/openapi.json`, "utf8"));
  console.log(`Seed: ${SEED}. Again: SEED=${SEED} npm test -- --only http`);
  const { code, output } = await run(`${BIN}/python`, [
    // Not by its script, which names the folder that it was installed in.
    ...["-m", "schemathesis.cli"],
    ...["--config-file", `${HERE}schemathesis.toml`, "run", `${server.url}/openapi.json`],
    ...["--url", server.url, "--header", `Authorization: Bearer ${BROADCAST_KEY}`],
    ...["--checks", "all", "--phases", "examples,coverage,fuzzing", "--max-examples", "25"],
    ...["--seed", SEED, "--continue-on-failure", "--no-shrink", "--warnings", "off", "--no-color"],
  ]);
  assert.equal(code, 0, output);
  const calls = Number(output.match(/(\d+) generated/)?.[1]);
  console.log(`${calls} calls`);
  assert.ok(calls >= 2000, output);
});
