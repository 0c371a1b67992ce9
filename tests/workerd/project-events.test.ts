// A project board whose API posts events over HTTP runs as it is: plain WebSocket, no `_pk`, its addresses and fields.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { freshRoom } from "./support/client.ts";
import { BROADCAST_KEY, Server } from "./support/server.ts";

let server: Server;
before(async () => {
  server = await Server.start();
});
after(() => server.stop());

interface Board {
  close(): void;
  /** What came, apart from presence. */
  tasks: unknown[];
  next(type: string): Promise<Record<string, unknown>>;
}

function openBoard(projectId: string, userId: string, userName: string): Promise<Board> {
  const query = `userId=${userId}&userName=${encodeURIComponent(userName)}`;
  const ws = new WebSocket(`${server.ws}/parties/main/${projectId}?${query}`);
  const came: Record<string, unknown>[] = [];
  let wake = () => {};
  const board: Board = {
    close: () => ws.close(),
    tasks: [],
    async next(type) {
      for (;;) {
        const index = came.findIndex((message) => message.type === type);
        const [message] = index < 0 ? [] : came.splice(index, 1);
        if (message) return message;
        await new Promise<void>((resolve, reject) => {
          const timer = setTimeout(() => reject(new Error(`${userId} got no ${type}`)), 10_000);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    },
  };
  ws.onmessage = (event) => {
    const message = JSON.parse(event.data);
    switch (message.type) {
      case "TASK_CREATED":
      case "TASK_UPDATED":
      case "TASK_STATUS_CHANGED":
      case "TASK_DELETED":
      case "TASK_ASSIGNED":
        board.tasks.push(message.payload.taskId);
        break;
      default:
    }
    came.push(message);
    wake();
  };
  return new Promise((resolve, reject) => {
    ws.onopen = () => resolve(board);
    ws.onerror = reject;
  });
}

/** Posts with the real curl, as the README shows. */
async function curl(projectId: string, body: object): Promise<unknown> {
  const { stdout } = await promisify(execFile)("curl", [
    "--silent",
    "--show-error",
    "--fail-with-body",
    `${server.url}/parties/main/${projectId}`,
    "-H",
    `Authorization: Bearer ${BROADCAST_KEY}`,
    "-H",
    "Content-Type: application/json",
    "-d",
    JSON.stringify(body),
  ]);
  return JSON.parse(stdout);
}

test("an event that the API posts reaches the project, and not the excluded user", async () => {
  const project = freshRoom();
  const ann = await openBoard(project, "ann", "Ann");
  const bob = await openBoard(project, "bob", "Bob Böck");
  const bobsPhone = await openBoard(project, "bob", "Bob Böck");
  const joined = await ann.next("USER_JOINED");
  assert.deepEqual(joined.payload, { userId: "bob", userName: "Bob Böck", projectId: project });
  assert.equal(typeof joined.timestamp, "number");

  const payload = { taskId: "task-1", projectId: project, status: "in_progress", priority: "high" };
  const timestamp = 1234567890;
  const receipt = await curl(project, {
    type: "TASK_UPDATED",
    payload,
    timestamp,
    excludeUserId: "bob",
  });
  assert.equal((receipt as { delivered: number }).delivered, 1);
  assert.deepEqual(await ann.next("TASK_UPDATED"), { type: "TASK_UPDATED", payload, timestamp });

  await curl(project, { type: "TASK_DELETED", payload: { taskId: "task-2" } });
  for (const board of [bob, bobsPhone]) {
    await board.next("TASK_DELETED");
    assert.deepEqual(board.tasks, ["task-2"], "what was not for Bob did not come before it");
  }

  bobsPhone.close();
  bob.close();
  const left = await ann.next("USER_LEFT");
  assert.deepEqual(left.payload, { userId: "bob", userName: "Bob Böck", projectId: project });
  ann.close();
});

test("both addresses of a project and every spelling of its name are one room", async () => {
  const project = `${freshRoom()} ü`;
  const ann = await openBoard(encodeURIComponent(project), "ann", "Ann");
  const response = await fetch(`${server.url}/party/${encodeURIComponent(project)}/broadcast`, {
    method: "POST",
    headers: { authorization: `Bearer ${BROADCAST_KEY}`, "content-type": "application/json" },
    body: JSON.stringify({ type: "TASK_CREATED", payload: { taskId: "t" } }),
  });
  assert.equal(response.status, 200);
  await ann.next("TASK_CREATED");
  ann.close();
});

test("a persisted event is part of the history and can be read after a reconnect", async () => {
  const project = freshRoom();
  const receipt = await curl(project, { type: "TASK_CREATED", payload: { n: 1 }, persist: true });
  const { id, seq, delivered } = receipt as { id: string; seq: number; delivered: number };
  assert.deepEqual([seq, delivered], [1, 0]);
  const ws = new WebSocket(`${server.ws}/parties/main/${project}?userId=ann`);
  const page = await new Promise<{ messages: unknown[] }>((resolve) => {
    ws.onopen = () => ws.send(JSON.stringify({ type: "history", after: 0 }));
    ws.onmessage = (event) => resolve(JSON.parse(event.data));
  });
  const [kept] = page.messages as Record<string, unknown>[];
  assert.deepEqual(
    { id: kept?.id, seq: kept?.seq, payload: kept?.payload },
    { id, seq, payload: { n: 1 } },
  );
  ws.close();
});
