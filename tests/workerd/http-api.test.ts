// docs/http-api.md does what it says, and what no table of routes lists is refused.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { BROADCAST_KEY, Server } from "./support/server.ts";

const run = promisify(execFile);
const PAGE = readFileSync(new URL("../../docs/http-api.md", import.meta.url), "utf8");
const KEY_OF_THE_PAGE = "only-for-development-broadcast-key";
const PARTIES = { chatroom: { kind: "chat", search: true }, main: { kind: "events" } };

let server: Server;
before(async () => {
  server = await Server.start({ vars: { PARTIES: JSON.stringify(PARTIES) } });
});
after(() => server.stop());

const examples = [...PAGE.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? "");

test("every route has an example that runs", () => {
  const sections = PAGE.split(/^### /m).slice(1);
  const without = sections.filter((section) => !section.includes("```sh\n"));
  // The address of sockets.
  assert.deepEqual(
    without.map((section) => section.split("\n")[0]),
    ["Enter a room"],
  );
});

for (const example of examples) {
  const name = example.split("\n")[0] ?? "";
  test(name, async () => {
    const command = example
      .replace("http://localhost:8787", server.url)
      .replace(KEY_OF_THE_PAGE, BROADCAST_KEY);
    const shown = `${command.trim()} --silent --write-out '\\n%{http_code}'`;
    const { stdout } = await run("bash", ["-c", shown]);
    const status = Number(stdout.split("\n").at(-1));
    // The room of the example has no message yet.
    if (name.includes("/thread?")) assert.equal(status, 404, stdout);
    else assert.ok(status === 200 || status === 204, stdout);
  });
}

test("a method that no route has is refused with those that there are", async () => {
  for (const [path, methods] of [
    ["/health", "GET"],
    ["/broadcast", "POST"],
    ["/parties/main/p1", "GET, POST, DELETE"],
    ["/parties/main/p1/history", "GET"],
  ]) {
    for (const method of ["PROPFIND", "PUT", "OPTIONS"]) {
      const response = await fetch(server.url + path, { method });
      assert.equal(response.status, 405, `${method} ${path}`);
      assert.equal(response.headers.get("allow"), methods);
      const problem = (await response.json()) as { code: string };
      assert.equal(problem.code, "method-not-allowed");
    }
  }
});

test("an array does not pass for a moderator's request, and a whole number may be spelled as in Python", async () => {
  const call = async (body: string) => {
    const headers = {
      authorization: `Bearer ${BROADCAST_KEY}`,
      "content-type": "application/json",
    };
    const url = `${server.url}/parties/chatroom/strict/slow-mode`;
    const response = await fetch(url, { method: "POST", headers, body });
    const answer = (await response.json()) as { code?: string; seconds?: number };
    return [response.status, answer.code ?? answer.seconds];
  };
  assert.deepEqual(await call(`["u1",null,null,10]`), [400, "invalid-frame"]);
  assert.deepEqual(await call(`{"seconds":10.0}`), [200, 10]);
});
