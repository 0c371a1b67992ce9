// Backends that publish: the API and the Python program of examples/, and what docs/backend.md shows, against a real
// server; the Python program also against one on which everything goes wrong that can.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import {
  die,
  hang,
  json,
  problem,
  ScriptedHttp,
} from "../../packages/client/test/scripted-http.ts";
import { at } from "../../scripts/lib/paths.mjs";
import { Client, type Frame, freshRoom } from "./support/client.ts";
import { InstalledApi, type RunningApi } from "./support/project-api.ts";
import { BROADCAST_KEY, Server } from "./support/server.ts";

let server: Server;
let installed: InstalledApi;
before(async () => {
  [server, installed] = await Promise.all([Server.start(), InstalledApi.install()]);
});
after(async () => {
  await server.stop();
  installed.remove();
});

/** Somebody's page at a project. */
function open(project: string, userId: string): Promise<Client> {
  return Client.connect(server, `/parties/main/${project}`, { userId, userName: userId });
}

/** The events of tasks that have come. */
async function tasksOf(client: Client): Promise<Frame[]> {
  return (await client.settle()).filter(({ type }) => type.startsWith("TASK_"));
}

/** The API, until the test ends. */
async function startApi(t: TestContext, roomsUrl: string): Promise<RunningApi> {
  const api = await installed.start(roomsUrl);
  t.after(() => api.program.stop("SIGKILL"));
  return api;
}

test("what an API writes reaches the others at the project, and no tab of who did it", async (t) => {
  const api = await startApi(t, server.url);
  const project = freshRoom();
  const elsewhere = await open(freshRoom(), "bob");
  const [annsPage, annsPhone, bob, cara] = await Promise.all(
    ["ann", "ann", "bob", "cara"].map((userId) => open(project, userId)),
  );
  assert.ok(annsPage && annsPhone && bob && cara);

  const tasks = `/projects/${project}/tasks`;
  const created = await api.call("POST", tasks, "ann", {
    title: "Write it down",
    priority: "high",
  });
  assert.equal(created.status, 201);
  const { id: taskId } = (await created.json()) as { id: string };
  for (const client of [bob, cara]) {
    const { payload } = await client.next("TASK_CREATED");
    const fields = { status: "todo", priority: "high", createdBy: "ann" };
    assert.deepEqual(payload, { ...fields, taskId, projectId: project });
    // Who is told asks the API, and it is there.
    const fetched = await api.call("GET", `${tasks}/${taskId}`, "bob");
    assert.equal(((await fetched.json()) as { title: string }).title, "Write it down");
  }

  const changes: [string, object, string, object][] = [
    ["PATCH", { status: "in_progress" }, "TASK_STATUS_CHANGED", { status: "in_progress" }],
    ["PATCH", { title: "Done" }, "TASK_UPDATED", { status: "in_progress", priority: "high" }],
    ["PATCH", { assigneeId: "bob" }, "TASK_ASSIGNED", { assigneeId: "bob", removed: false }],
    ["PATCH", { assigneeId: null }, "TASK_ASSIGNED", { assigneeId: "bob", removed: true }],
    ["DELETE", {}, "TASK_DELETED", {}],
  ];
  for (const [method, fields, type, payload] of changes) {
    const answer = await api.call(method, `${tasks}/${taskId}`, "ann", fields);
    assert.ok(answer.ok, `${method}: ${answer.status}`);
    assert.deepEqual((await bob.next(type)).payload, { ...payload, taskId, projectId: project });
  }
  assert.deepEqual(
    (await tasksOf(cara)).map(({ type }) => type),
    ["TASK_CREATED", ...changes.map(([, , type]) => type)],
  );
  for (const silent of [annsPage, annsPhone, elsewhere]) {
    assert.deepEqual(await tasksOf(silent), []);
  }

  // It goes the other way too.
  await api.call("POST", tasks, "bob", { title: "Read it" });
  for (const client of [annsPage, annsPhone, cara]) await client.next("TASK_CREATED");
  assert.equal((await tasksOf(bob)).filter(({ type }) => type === "TASK_CREATED").length, 1);
  assert.doesNotMatch(api.program.output, /Not published/);
  assert.equal(await api.program.stop(), 0);
  for (const client of [annsPage, annsPhone, bob, cara, elsewhere]) await client.close();
});

test("an API whose rooms do not answer answers as fast as ever, and publishes before it ends", async (t) => {
  const http = await ScriptedHttp.start();
  t.after(() => http.stop());
  const slow = (response: Parameters<typeof hang>[0], request: Parameters<typeof hang>[1]) => {
    setTimeout(() => http.ok(response, request), 1500);
  };
  http.script(slow, problem(401, "unauthorized"));
  const api = await startApi(t, http.url);
  const began = performance.now();
  const created = await api.call("POST", "/projects/p1/tasks", "ann", { title: "One" });
  assert.equal(created.status, 201);
  assert.ok(performance.now() - began < 1000);
  await api.call("POST", "/projects/p1/tasks", "ann", { title: "Two" });
  await api.program.prints(
    /^Not published \(unauthorized, 1 attempts\): TASK_CREATED to main\/p1\./,
  );
  assert.equal(await api.program.stop("SIGTERM"), 0);
  assert.equal(http.delivered.length, 1);
});

test("an API in front of which somebody asks nonsense stays up", async (t) => {
  const api = await startApi(t, server.url);
  const statuses = [];
  for (const [method, path, body] of [
    ["POST", "/projects/p1/tasks", { priority: "high" }],
    ["POST", "/projects/p1/tasks", undefined],
    ["PATCH", "/projects/p1/tasks/none", { status: "done" }],
    ["GET", "/projects/%ff/tasks", undefined],
    ["GET", "/elsewhere", undefined],
    ["PUT", "/projects/p1/tasks", undefined],
    ["GET", "/projects/p1/tasks", undefined],
  ] as const) {
    statuses.push((await api.call(method, path, "ann", body)).status);
  }
  assert.deepEqual(statuses, [400, 400, 404, 200, 404, 404, 200]);
});

const HAS_PYTHON = spawnSync("python3", ["--version"]).status === 0;

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function run(command: string, args: string[], key = BROADCAST_KEY): Promise<Outcome> {
  const options = { timeout: 60_000, env: { ...process.env, BROADCAST_KEY: key, NO_PROXY: "*" } };
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
    );
  });
}

const python = (...args: string[]) =>
  run("python3", [at("examples/python-publisher/publish.py"), ...args]);

const needsPython = { skip: HAS_PYTHON ? false : "There is no python3 here." };

test("the Python program publishes, and not to the excluded user", needsPython, async () => {
  const project = `${freshRoom()} ü/1`;
  const address = encodeURIComponent(project);
  const ann = await open(address, "ann");
  const bob = await open(address, "bob");
  const event = [project, "TASK_UPDATED", '{"taskId": "t1", "title": "Grüße 😀"}'];
  const { code, stdout, stderr } = await python(server.url, ...event, "--exclude-user", "ann");
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).delivered, 1);
  const { payload } = await bob.next("TASK_UPDATED");
  assert.deepEqual(payload, { taskId: "t1", title: "Grüße 😀" });
  assert.deepEqual(await tasksOf(ann), []);

  const kept = await python(server.url, ...event, "--persist");
  assert.equal(JSON.parse(kept.stdout).seq, 1, kept.stderr);
  await Promise.all([ann.close(), bob.close()]);
});

test("the Python program says why the server refuses, and ends", needsPython, async () => {
  const { code, stderr } = await python(server.url, "p1", "T", "1", "--party", "none");
  assert.equal(code, 1);
  assert.match(stderr, /^unknown-party: /);
  const wrong = await run(
    "python3",
    [at("examples/python-publisher/publish.py"), server.url, "p1", "T", "1"],
    "a-wrong-key",
  );
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /^unauthorized: /);
  assert.doesNotMatch(wrong.stderr, /a-wrong-key/);
});

test(
  "the Python program is delivered once, whatever goes wrong on the way",
  needsPython,
  async (t) => {
    const http = await ScriptedHttp.start();
    t.after(() => http.stop());
    const busy = problem(429, "rate-limited", {}, { "retry-after": "1" });
    const gateway = json(502, "<h1>Bad gateway</h1>");
    http.script(problem(500, "internal"), hang, die, http.deliverAndDie, gateway, busy);
    const began = performance.now();
    const event = ["p1", "TASK_UPDATED", '{"taskId": "t1"}'];
    const { stdout, stderr } = await python(
      ...[http.url, ...event, "--timeout", "0.5", "--retries", "6", "--backoff", "0.01", "--sign"],
    );
    assert.deepEqual(JSON.parse(stdout || stderr), { id: "event-1-0", delivered: 2 });
    assert.ok(performance.now() - began > 1500, "Retry-After and the timeout were waited for");
    assert.deepEqual(http.delivered, [{ type: "TASK_UPDATED", payload: { taskId: "t1" } }]);
    assert.equal(http.requests.length, 7);
    assert.equal(new Set(http.keys).size, 1);
    for (const { method, path, headers, body } of http.requests) {
      assert.equal(headers.authorization, undefined);
      const timestamp = headers["x-signature-timestamp"];
      const digest = createHash("sha256").update(body).digest("hex");
      const hmac = createHmac("sha256", BROADCAST_KEY);
      const signature = hmac.update(`${timestamp}.${method}.${path}.${digest}`).digest("hex");
      assert.equal(headers["x-signature"], `v1=${signature}`);
    }

    http.script(problem(503, "storage-failed", { retryable: false }));
    const refused = await python(http.url, ...event);
    assert.match(refused.stderr, /^storage-failed: About storage-failed\./);
    http.script(problem(429, "rate-limited", {}, { "retry-after": "3600" }));
    assert.match((await python(http.url, ...event)).stderr, /^rate-limited: /);
    assert.equal(http.requests.length, 9);
  },
);

const DOCS = readFileSync(at("docs/backend.md"), "utf8");

/** The first block of docs/backend.md in a language, for this server and a project. */
function block(language: string, project: string): string {
  const [, code = ""] = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(DOCS) ?? [];
  assert.ok(code.includes("localhost:8787") && code.includes("p1"), `docs/backend.md: ${language}`);
  return code
    .replaceAll("localhost:8787", server.host)
    .replaceAll("p1", project)
    .replaceAll("only-for-development-broadcast-key", BROADCAST_KEY);
}

test("the first curl, JavaScript and Python of docs/backend.md publish what they say", async () => {
  const project = freshRoom();
  const ann = await open(project, "ann");
  const bob = await open(project, "bob");
  const script = join(installed.folder, "first.mjs");
  writeFileSync(script, block("js", project));
  const programs = [run("sh", ["-c", block("sh", project)]), run(process.execPath, [script])];
  if (HAS_PYTHON) {
    const setUp = `import sys\nsys.path.insert(0, ${JSON.stringify(at("examples/python-publisher"))})\n`;
    programs.push(run("python3", ["-B", "-c", setUp + block("python", project)]));
  }
  for (const outcome of await Promise.all(programs)) {
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, /delivered\W+1\b/, outcome.stderr);
    const { payload } = await bob.next("TASK_UPDATED");
    assert.deepEqual(payload, { taskId: "t1", status: "done" });
  }
  assert.deepEqual(await tasksOf(ann), []);
  await Promise.all([ann.close(), bob.close()]);
});
