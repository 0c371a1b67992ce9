/** The publisher of `durable-rooms/server`, against an HTTP server on which everything goes wrong that can. */
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { type TestContext, test } from "node:test";
import {
  BroadcastEvent,
  createPublisher,
  type FailedCall,
  PublishError,
  type Publisher,
  type PublisherOptions,
  type PublishResult,
} from "../src/server/index.ts";
import { die, hang, json, problem, ScriptedHttp } from "./scripted-http.ts";

const KEY = "broadcast-key";
const EVENT = { type: "TASK_UPDATED", payload: { taskId: "t1" } };

interface Setup {
  http: ScriptedHttp;
  publisher: Publisher;
  failures: { error: PublishError; call: FailedCall }[];
}

async function setUp(t: TestContext, options: Partial<PublisherOptions> = {}): Promise<Setup> {
  const http = await ScriptedHttp.start();
  t.after(() => http.stop());
  const failures: Setup["failures"] = [];
  const publisher = createPublisher({
    url: http.url,
    key: KEY,
    backoffMs: 1,
    onError: (error, call) => failures.push({ error, call }),
    ...options,
  });
  return { http, publisher, failures };
}

function answerOf<Value>(result: PublishResult<Value>): Value {
  assert.equal(result.status, "published", JSON.stringify(result));
  assert.ok(result.status === "published");
  return result.answer;
}

function errorOf(result: PublishResult<unknown>): PublishError {
  assert.ok(result.status === "failed", JSON.stringify(result));
  assert.ok(result.error instanceof PublishError);
  return result.error;
}

test("one event is one POST, with the bearer key, an idempotency key, and the fields as they are", async (t) => {
  const { http, publisher, failures } = await setUp(t);
  const event = {
    ...EVENT,
    timestamp: 7,
    excludeUserId: "ann",
    onlyUserIds: ["bob"],
    persist: false,
  };
  const result = await publisher.publish("a b/ü", event);
  assert.deepEqual(answerOf(result), { id: "event-1-0", delivered: 2 });
  const [request] = http.requests;
  assert.equal(request?.method, "POST");
  assert.equal(request?.path, "/parties/main/a%20b%2F%C3%BC");
  assert.equal(request?.headers.authorization, `Bearer ${KEY}`);
  assert.equal(request?.headers["content-type"], "application/json");
  assert.equal(request?.headers["idempotency-key"], `"${result.idempotencyKey}"`);
  assert.deepEqual(JSON.parse(request?.body ?? ""), event);
  assert.deepEqual(failures, []);
});

test("500, silence, a broken line, an answer cut in half, 429, then it works: delivered once", async (t) => {
  const { http, publisher, failures } = await setUp(t, { retries: 6, timeoutMs: 300 });
  const busy = problem(429, "rate-limited", {}, { "retry-after": "1" });
  http.script(problem(500, "internal"), hang, die, http.deliverAndDie, busy);
  const began = performance.now();
  const result = await publisher.publish("p1", EVENT);
  assert.deepEqual(answerOf(result), { id: "event-1-0", delivered: 2 });
  assert.ok(result.status === "published" && result.attempts === 6);
  assert.ok(performance.now() - began > 1200, "Retry-After and the timeout were waited for");
  assert.deepEqual(http.delivered, [EVENT]);
  assert.equal(http.requests.length, 6);
  assert.deepEqual(new Set(http.keys), new Set([`"${result.idempotencyKey}"`]));
  assert.equal(new Set(http.requests.map(({ body }) => body)).size, 1);
  assert.deepEqual(failures, []);
});

test("calls have different keys, unless the caller names what has happened", async (t) => {
  const { http, publisher } = await setUp(t);
  await publisher.publish("p1", EVENT);
  await publisher.publish("p1", EVENT);
  for (let n = 0; n < 2; n++) {
    const result = await publisher.publish("p1", EVENT, { idempotencyKey: 'row "7" \\' });
    assert.equal(result.idempotencyKey, 'row "7" \\');
  }
  assert.equal(http.delivered.length, 3);
  assert.equal(http.keys[3], '"row \\"7\\" \\\\"');
  assert.equal(new Set(http.keys).size, 3);
});

test("after the retries the last reason is the result, and nothing is thrown", async (t) => {
  const { http, publisher, failures } = await setUp(t, { retries: 1 });
  http.script(hang, problem(503, "storage-failed"));
  const result = await publisher.publish("p1", EVENT, { timeoutMs: 50 });
  const error = errorOf(result);
  assert.equal(error.code, "storage-failed");
  assert.equal(error.status, 503);
  assert.equal(error.retryable, true);
  assert.equal(error.message, "About storage-failed.");
  assert.equal(error.problem?.title, "A title");
  const { idempotencyKey } = result;
  const call = { rooms: ["main/p1"], types: ["TASK_UPDATED"], idempotencyKey, attempts: 2 };
  assert.deepEqual(failures, [{ error, call }]);
});

test("what takes too long is let go of, so that no connections pile up", async (t) => {
  const { http, publisher } = await setUp(t, { retries: 0, timeoutMs: 50 });
  const closed = new Promise<void>((resolve) => {
    http.script((response) => response.on("close", resolve));
  });
  const error = errorOf(await publisher.publish("p1", EVENT));
  assert.deepEqual([error.code, error.retryable], ["timeout", true]);
  await closed;
});

test("what cannot succeed later is not tried again", async (t) => {
  const { http, publisher } = await setUp(t);
  for (const [step, code, status] of [
    [problem(401, "unauthorized"), "unauthorized", 401],
    [problem(422, "idempotency-mismatch"), "idempotency-mismatch", 422],
    // A 500 that the table of codes knows better.
    [problem(500, "misconfigured"), "misconfigured", 500],
    // The document has the last word.
    [problem(503, "storage-failed", { retryable: false }), "storage-failed", 503],
    [json(302, "", { location: "/elsewhere" }), "bad-answer", 302],
    [json(404, "<h1>Not here</h1>"), "bad-answer", 404],
    [json(200, "<h1>Welcome</h1>"), "bad-answer", 200],
  ] as const) {
    const before = http.requests.length;
    http.script(step);
    const error = errorOf(await publisher.publish("p1", EVENT));
    assert.deepEqual([error.code, error.status, error.retryable], [code, status, false]);
    assert.equal(http.requests.length, before + 1, code);
  }
});

test("what may succeed later is tried again: the document's word, its code, or the status", async (t) => {
  const { http, publisher } = await setUp(t);
  http.script(problem(409, "busy", { retryable: true }), problem(599, "of-the-future"));
  http.script(json(502, "<h1>Bad gateway</h1>"));
  const result = await publisher.publish("p1", EVENT);
  assert.ok(result.status === "published" && result.attempts === 4);
});

test("a wait that is too long is not waited for, but told", async (t) => {
  const { http, publisher } = await setUp(t);
  http.script(problem(429, "rate-limited", {}, { "retry-after": "3600" }));
  const error = errorOf(await publisher.publish("p1", EVENT));
  assert.deepEqual(
    [error.code, error.retryable, error.retryAfterMs],
    ["rate-limited", true, 3_600_000],
  );
  assert.equal(http.requests.length, 1);
});

test("nobody listens at the address: unreachable, with the platform's reason", async (t) => {
  const { http, publisher } = await setUp(t, { retries: 1 });
  http.stop();
  const error = errorOf(await publisher.publish("p1", EVENT));
  assert.equal(error.code, "unreachable");
  assert.match(error.message, /ECONNREFUSED/);
});

test("several events are one request, and have their results in order", async (t) => {
  const { http, publisher } = await setUp(t);
  const events = [EVENT, { type: "TASK_DELETED", payload: null }];
  const answer = answerOf(await publisher.publish({ party: "board", room: "p1" }, events));
  assert.deepEqual(
    answer.map(({ id }) => id),
    ["event-1-0", "event-1-1"],
  );
  assert.equal(http.requests[0]?.path, "/parties/board/p1");
  assert.deepEqual(http.delivered, [{ events }]);
});

test("several rooms are one request; those that failed for a moment are asked again with the same key", async (t) => {
  const { http, publisher } = await setUp(t);
  const p1 = { party: "main", room: "p1", results: [{ id: "a", delivered: 1 }] };
  const p2 = { party: "board", room: "p2", results: [{ id: "b", seq: 4, delivered: 0 }] };
  const problem = { title: "Service Unavailable", status: 503, code: "storage-failed" };
  http.script(
    json(200, { results: [p1, { party: "board", room: "p2", problem }] }),
    json(200, { results: [p1, p2] }),
  );
  const result = await publisher.publishAll(["p1", { party: "board", room: "p2" }], EVENT);
  assert.deepEqual(answerOf(result), [
    { status: "published", party: "main", room: "p1", deliveries: p1.results },
    { status: "published", party: "board", room: "p2", deliveries: p2.results },
  ]);
  assert.equal(new Set(http.keys).size, 1);
  assert.deepEqual(
    http.requests.map(({ path }) => path),
    ["/broadcast", "/broadcast"],
  );
  assert.deepEqual(JSON.parse(http.requests[0]?.body ?? ""), {
    rooms: [
      { party: "main", room: "p1" },
      { party: "board", room: "p2" },
    ],
    events: [EVENT],
  });
});

test("a room that refuses for good fails the call, which says what became of each", async (t) => {
  const { http, publisher, failures } = await setUp(t);
  const results = [{ id: "a", delivered: 1 }];
  const problem = { title: "Forbidden", status: 403, code: "not-allowed", detail: "Not here." };
  http.script(
    json(200, {
      results: [
        { party: "main", room: "p1", results },
        { party: "main", room: "p2", problem },
      ],
    }),
  );
  const error = errorOf(await publisher.publishAll(["p1", "p2"], [EVENT]));
  assert.deepEqual([error.code, error.retryable], ["some-rooms-failed", false]);
  assert.match(error.message, /^1 of 2 rooms .*Not here\.$/);
  const [first, second] = error.rooms ?? [];
  assert.deepEqual(first, { status: "published", party: "main", room: "p1", deliveries: results });
  assert.ok(second?.status === "failed" && second.error.code === "not-allowed");
  assert.equal(http.requests.length, 1);
  assert.deepEqual(failures[0]?.call.rooms, ["main/p1", "main/p2"]);
});

test("the two functions of a project's board, taken apart", async (t) => {
  const { http, publisher } = await setUp(t);
  const { broadcastToProject, broadcastTaskEvent } = publisher;
  await broadcastToProject("p1", "CUSTOM_EVENT", { data: 1 });
  await broadcastToProject("p1", "CUSTOM_EVENT", { data: 2 }, "ann");
  await broadcastTaskEvent("p1", "t1", BroadcastEvent.TASK_CREATED, { status: "todo" }, "ann");
  assert.deepEqual(http.delivered, [
    { type: "CUSTOM_EVENT", payload: { data: 1 } },
    { type: "CUSTOM_EVENT", payload: { data: 2 }, excludeUserId: "ann" },
    {
      type: "TASK_CREATED",
      payload: { status: "todo", taskId: "t1", projectId: "p1" },
      excludeUserId: "ann",
    },
  ]);
  assert.ok(http.requests.every(({ path }) => path === "/parties/main/p1"));
});

test("a signature takes the place of the key, is new for each attempt, and covers what is sent", async (t) => {
  const { http, publisher } = await setUp(t, { sign: true });
  http.script(problem(500, "internal"));
  answerOf(await publisher.publish("a ü", { type: "T", payload: "€ 😀" }));
  assert.equal(http.requests.length, 2);
  for (const { method, path, headers, body } of http.requests) {
    assert.equal(headers.authorization, undefined);
    assert.ok(!JSON.stringify(headers).includes(KEY));
    const timestamp = String(headers["x-signature-timestamp"]);
    assert.ok(Math.abs(Number(timestamp) - Date.now() / 1000) < 5);
    const digest = createHash("sha256").update(body).digest("hex");
    const text = `${timestamp}.${method}.${path}.${digest}`;
    const signature = createHmac("sha256", KEY).update(text).digest("hex");
    assert.equal(headers["x-signature"], `v1=${signature}`);
  }
});

test("a token is asked for with each attempt, and one that cannot be had is a failure like others", async (t) => {
  let asked = 0;
  let away = true;
  const token = async () => {
    if (away) throw new Error("The issuer is away");
    asked++;
    return `token-${asked}`;
  };
  const { http, publisher } = await setUp(t, { token });
  const error = errorOf(await publisher.publish("p1", EVENT));
  assert.equal(error.code, "token-failed");
  assert.match(error.message, /The issuer is away/);
  assert.equal(http.requests.length, 0);

  away = false;
  http.script(problem(500, "internal"));
  answerOf(await publisher.publish("p1", EVENT));
  const sent = http.requests.map(({ headers }) => headers.authorization);
  assert.deepEqual(sent, ["Bearer token-1", "Bearer token-2"]);
});

test("in the background the call returns before the server has answered, and the failure is told", async (t) => {
  const { http, publisher, failures } = await setUp(t, { background: true, retries: 0 });
  http.script(hang);
  const payload = { taskId: "t1" };
  const result = await publisher.publish("p1", { type: "T", payload }, { timeoutMs: 100 });
  // What was said is what is sent, whatever becomes of the object.
  payload.taskId = "changed";
  assert.ok(result.status === "pending");
  assert.deepEqual(failures, []);
  await publisher.settled();
  assert.equal(errorOf(await result.settled).code, "timeout");
  assert.equal(failures.length, 1);
  assert.deepEqual(JSON.parse(http.requests[0]?.body ?? ""), {
    type: "T",
    payload: { taskId: "t1" },
  });
});

test("on Workers the work is handed to waitUntil", async (t) => {
  const { publisher } = await setUp(t);
  const work: Promise<unknown>[] = [];
  const forRequest = publisher.with({ waitUntil: (one) => work.push(one) });
  const result = await forRequest.broadcastToProject("p1", "T", {});
  assert.ok(result.status === "pending");
  assert.equal(work.length, 1);
  await Promise.all(work);
  assert.equal((await result.settled).status, "published");
  assert.equal((await publisher.broadcastToProject("p1", "T", {})).status, "published");
});

test("no more is in the background than is allowed", async (t) => {
  const { http, publisher, failures } = await setUp(t, { background: true, maxBackground: 2 });
  const results = [];
  for (let n = 0; n < 3; n++) results.push(await publisher.publish("p1", EVENT));
  assert.deepEqual(
    results.map(({ status }) => status),
    ["pending", "pending", "failed"],
  );
  assert.equal(failures[0]?.error.code, "backlog-full");
  await publisher.settled();
  assert.equal(http.delivered.length, 2);
  assert.equal((await publisher.publish("p1", EVENT)).status, "pending");
  await publisher.settled();
});

test("throws only if it is told to", async (t) => {
  const { http, publisher } = await setUp(t, { throws: true });
  http.script(problem(403, "not-allowed"));
  const refused = { name: "PublishError", code: "not-allowed", status: 403 };
  await assert.rejects(publisher.publish("p1", EVENT), refused);
  http.script(problem(403, "not-allowed"));
  const pending = await publisher.publish("p1", EVENT, { background: true });
  assert.ok(pending.status === "pending");
  assert.equal((await pending.settled).status, "failed");
});

test("what cannot be sent is a result, and nothing is sent", async (t) => {
  const { http, publisher } = await setUp(t);
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const missing = undefined as unknown as string;
  for (const call of [
    () => publisher.publish("p1", { type: "T", payload: circular }),
    () => publisher.publish("p1", { type: "T", payload: 1n }),
    () => publisher.publish("..", EVENT),
    () => publisher.publish(".", EVENT),
    () => publisher.publish("", EVENT),
    () => publisher.publish("\ud800", EVENT),
    () => publisher.broadcastToProject(missing, "T", {}),
    () => publisher.publishAll(["p1", missing], EVENT),
    () => publisher.publish("p1", EVENT, { idempotencyKey: "ü" }),
    () => publisher.publish("p1", EVENT, { idempotencyKey: "" }),
    () => publisher.publish("p1", EVENT, { idempotencyKey: "x".repeat(129) }),
  ]) {
    assert.equal(errorOf(await call()).code, "not-sendable", String(call));
  }
  assert.deepEqual(http.requests, []);
});

test("listeners that fail harm nobody; without one the console is told, and never the key", async (t) => {
  const printed = t.mock.method(console, "error", () => {});
  const { http, publisher } = await setUp(t, {
    onError: async () => {
      throw new Error("The log is full");
    },
  });
  http.script(
    problem(401, "unauthorized"),
    problem(401, "unauthorized"),
    problem(401, "unauthorized"),
  );
  await publisher.publish("p1", EVENT);
  const throwing = publisher.with({
    onError: () => {
      throw new Error("The log is full");
    },
  });
  await throwing.publish("p1", EVENT);
  const illegal = publisher.with({
    waitUntil: () => {
      throw new TypeError("Illegal invocation");
    },
  });
  assert.equal((await illegal.publish("p1", EVENT)).status, "pending");
  await publisher.settled();
  const told = printed.mock.calls.map(({ arguments: [text] }) => text);
  assert.deepEqual(told.slice(0, 3), [
    "onError has failed:",
    "onError has failed:",
    "waitUntil has failed:",
  ]);

  http.script(problem(401, "unauthorized"));
  await publisher.with({ onError: undefined }).publish("p1", EVENT);
  const last = printed.mock.calls.at(-1)?.arguments[0];
  assert.equal(last, "Not published: TASK_UPDATED to main/p1 (unauthorized): About unauthorized.");
  assert.ok(!JSON.stringify(printed.mock.calls).includes(KEY));
});

test("options that make no sense are told at once, and never with the secret", () => {
  const url = "https://rooms.example.com";
  for (const [options, pattern] of [
    [{ url: "rooms.example.com", key: KEY }, /^url: .*rooms\.example\.com/],
    [{ url: "ws://rooms.example.com", key: KEY }, /^url: .*not http/],
    [{ url }, /^key: /],
    [{ url, key: "" }, /^key: /],
    [{ url, token: "a.b.c", sign: true }, /^sign: /],
    [{ url, key: `${KEY}\n` }, /line break/],
  ] as const) {
    assert.throws(
      () => createPublisher(options),
      (error: Error) =>
        error instanceof TypeError && pattern.test(error.message) && !error.message.includes(KEY),
    );
  }
});

test("another fetch, and a server below a path", async (t) => {
  const { http } = await setUp(t);
  const urls: string[] = [];
  const publisher = createPublisher({
    url: `${http.url}/rooms/`,
    key: KEY,
    fetch: (url, init) => {
      urls.push(url);
      return fetch(url, init);
    },
  });
  answerOf(await publisher.publish("p1", EVENT));
  assert.deepEqual(urls, [`${http.url}/rooms/parties/main/p1`]);
  const platforms: PublisherOptions = { url: http.url, key: KEY, fetch };
  answerOf(await createPublisher(platforms).publish("p1", EVENT));
});
