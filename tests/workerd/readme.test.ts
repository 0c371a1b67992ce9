// The README is true: its client and its curl are run as they stand, with only the port changed.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Server } from "./support/server.ts";

const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

let server: Server;
before(async () => {
  // No secrets in the environment: the README counts on .dev.vars.
  server = await Server.start({ env: {} });
});
after(() => server.stop());

/** The first code block of a language that contains something. */
function block(language: string, contains: string): string {
  const blocks = [...README.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "g"))];
  const found = blocks.map(([, code]) => code ?? "").find((code) => code.includes(contains));
  assert.ok(found, `the README has no ${language} block with ${contains}`);
  return found.replaceAll("localhost:8787", server.host);
}

test("the client says hello, and sees the event that curl publishes", async (t) => {
  // Beside the tests, so that it finds `partysocket` as a client of the package would.
  const file = fileURLToPath(new URL("./readme-client.mjs", import.meta.url));
  writeFileSync(file, block("js", "partysocket"));
  t.after(() => rmSync(file));
  const client = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => client.kill());
  let printed = "";
  let wake = () => {};
  client.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
    wake();
  });
  const prints = async (text: string) => {
    while (!printed.includes(text)) {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no ${text} in:\n${printed}`)), 10_000);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  await prints('"type":"new-message"');
  const { stdout } = await promisify(execFile)("sh", ["-c", block("sh", "curl")]);
  assert.equal(JSON.parse(stdout).delivered, 1);
  await prints('"type":"TASK_UPDATED"');
});
