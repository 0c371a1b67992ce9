/**
 * The API of a project board: plain HTTP, no state but its database, no sockets. After each write it tells the room of
 * the project what has changed, and everybody who looks at the board fetches again; except the user who made the
 * change, in none of their tabs: their page has the answer to its own request.
 *
 * Run it (Node 22.18 or newer): `npm run build:client` in the root of the repository, `npm install` here, then
 *
 *     ROOMS_URL=http://localhost:8787 BROADCAST_KEY=… npm start
 *
 *     curl localhost:3001/projects/p1/tasks -H "X-User-Id: ann" -d '{"title":"Write it down"}'
 *     curl -X PATCH localhost:3001/projects/p1/tasks/… -H "X-User-Id: ann" -d '{"status":"done"}'
 *
 * Beside it runs `npm start` of the repository; a page that listens is in examples/react-query-bridge. Tasks are kept
 * in memory, or in the file that DATABASE names.
 */

import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { BroadcastEvent } from "durable-rooms/server";
import { broadcastTaskEvent, settled } from "./broadcast.ts";
import { type Task, type TaskChange, Tasks } from "./tasks.ts";

const { PORT = "3001", DATABASE = ":memory:" } = process.env;
const tasks = new Tasks(DATABASE);

/** What to answer: a status, and the JSON if there is any. */
type Answer = [status: number, body?: unknown];

async function answer(request: IncomingMessage): Promise<Answer> {
  const { pathname } = new URL(request.url ?? "/", "http://api");
  const match = /^\/projects\/([^/]+)\/tasks(?:\/([^/]+))?$/.exec(pathname);
  const [projectId = "", taskId] =
    match?.slice(1).map((part) => part && decodeURIComponent(part)) ?? [];
  if (match === null) return [404, { error: "There is nothing here." }];
  // In the place of a session: an API that is no example asks who it is.
  const userId = request.headers["x-user-id"];
  if (typeof userId !== "string") return [401, { error: "Say who you are, as X-User-Id." }];

  if (taskId === undefined) {
    if (request.method === "GET") return [200, tasks.of(projectId)];
    if (request.method === "POST") return create(projectId, await fieldsOf(request), userId);
    return [405];
  }
  const task = tasks.find(projectId, taskId);
  if (task === undefined) return [404, { error: "There is no such task." }];
  if (request.method === "GET") return [200, task];
  if (request.method === "PATCH") return change(task, await fieldsOf(request), userId);
  if (request.method === "DELETE") return remove(task, userId);
  return [405];
}

function create(
  projectId: string,
  { title, status, priority }: TaskChange,
  userId: string,
): Answer {
  if (title === undefined) return [400, { error: "A task needs a title." }];
  // First the database, then the room: who is told may ask at once.
  const task = tasks.create(projectId, {
    title,
    ...(status && { status }),
    ...(priority && { priority }),
  });
  const fields = { status: task.status, priority: task.priority, createdBy: userId };
  broadcastTaskEvent(projectId, task.id, BroadcastEvent.TASK_CREATED, fields, userId);
  return [201, task];
}

function change(before: Task, fields: TaskChange, userId: string): Answer {
  const task = tasks.change(before, fields);
  const { id, projectId, status, priority } = task;
  // Small events: ids, and what a list shows. The rest is fetched by those who need it.
  if (task.assigneeId !== before.assigneeId) {
    const removed = task.assigneeId === null;
    const assigneeId = task.assigneeId ?? before.assigneeId ?? "";
    broadcastTaskEvent(
      projectId,
      id,
      BroadcastEvent.TASK_ASSIGNED,
      { assigneeId, removed },
      userId,
    );
  }
  if (task.title !== before.title || priority !== before.priority) {
    broadcastTaskEvent(projectId, id, BroadcastEvent.TASK_UPDATED, { status, priority }, userId);
  } else if (status !== before.status) {
    broadcastTaskEvent(projectId, id, BroadcastEvent.TASK_STATUS_CHANGED, { status }, userId);
  }
  return [200, task];
}

function remove(task: Task, userId: string): Answer {
  tasks.delete(task);
  broadcastTaskEvent(task.projectId, task.id, BroadcastEvent.TASK_DELETED, {}, userId);
  return [204];
}

/** The fields of a task that a request gives; others are left out. */
async function fieldsOf(request: IncomingMessage): Promise<TaskChange> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) {
    body += chunk;
    if (body.length > 65_536) throw new SyntaxError("Too much for a task.");
  }
  const given: unknown = JSON.parse(body);
  const fields: TaskChange = {};
  for (const name of ["title", "status", "priority", "assigneeId"] as const) {
    const value = (given as Record<string, unknown> | null)?.[name];
    if (typeof value === "string") fields[name] = value;
    else if (value === null && name === "assigneeId") fields[name] = null;
  }
  return fields;
}

const server = createServer(async (request, response) => {
  const [status, body] = await answer(request).catch((error: Error): Answer => {
    if (error instanceof SyntaxError || error instanceof URIError)
      return [400, { error: error.message }];
    console.error(error);
    return [500, { error: "Our fault." }];
  });
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(body === undefined ? undefined : JSON.stringify(body));
});
server.listen(Number(PORT), () => {
  console.log(`The API is at http://localhost:${(server.address() as AddressInfo).port}`);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    // What has been written is told, and then it ends.
    server.close(() => settled());
    server.closeIdleConnections();
  });
}
