/**
 * The API of a project board: Hono on Node, no state but its database, no sockets. After each write it tells the room of
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

import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { BroadcastEvent } from "durable-rooms/server";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";
import { HTTPException } from "hono/http-exception";
import { broadcastTaskEvent, settled } from "./broadcast.ts";
import { type Task, type TaskChange, Tasks } from "./tasks.ts";

const { PORT = "3001", DATABASE = ":memory:" } = process.env;
const tasks = new Tasks(DATABASE);

/** In the place of a session: an API that is no example asks who it is. */
const signedIn = createMiddleware<{ Variables: { userId: string } }>(async (c, next) => {
  const userId = c.req.header("X-User-Id");
  if (userId === undefined) return c.json({ error: "Say who you are, as X-User-Id." }, 401);
  c.set("userId", userId);
  await next();
});

const app = new Hono()
  .use(cors({ origin: "*", allowHeaders: ["X-User-Id", "Content-Type"] }))
  .use(bodyLimit({ maxSize: 65_536 }))
  .get("/projects/:project/tasks", signedIn, (c) => c.json(tasks.of(c.req.param("project"))))
  .post("/projects/:project/tasks", signedIn, async (c) => {
    const { title, status, priority } = await fieldsOf(c);
    if (title === undefined) return c.json({ error: "A task needs a title." }, 400);
    // First the database, then the room: who is told may ask at once.
    const task = tasks.create(c.req.param("project"), {
      title,
      ...(status && { status }),
      ...(priority && { priority }),
    });
    const by = c.var.userId;
    const fields = { status: task.status, priority: task.priority, createdBy: by };
    broadcastTaskEvent(task.projectId, task.id, BroadcastEvent.TASK_CREATED, fields, by);
    return c.json(task, 201);
  })
  .get("/projects/:project/tasks/:task", signedIn, (c) => c.json(taskOf(c)))
  .patch("/projects/:project/tasks/:task", signedIn, async (c) => {
    const before = taskOf(c);
    const task = tasks.change(before, await fieldsOf(c));
    tellOfChange(before, task, c.var.userId);
    return c.json(task);
  })
  .delete("/projects/:project/tasks/:task", signedIn, (c) => {
    const task = taskOf(c);
    tasks.delete(task);
    broadcastTaskEvent(task.projectId, task.id, BroadcastEvent.TASK_DELETED, {}, c.var.userId);
    return c.body(null, 204);
  })
  .notFound((c) => c.json({ error: "There is nothing here." }, 404))
  .onError((error, c) => {
    if (error instanceof HTTPException)
      return c.json({ error: error.message || "Bad request." }, error.status);
    console.error(error);
    return c.json({ error: "Our fault." }, 500);
  });

/** The task that the address names. */
function taskOf(c: Context): Task {
  const task = tasks.find(c.req.param("project") ?? "", c.req.param("task") ?? "");
  if (task === undefined) throw new HTTPException(404, { message: "There is no such task." });
  return task;
}

/** Small events: ids, and what a list shows. The rest is fetched by those who need it. */
function tellOfChange(before: Task, task: Task, by: string): void {
  const { id, projectId, title, status, priority } = task;
  const tell = (type: BroadcastEvent, fields: Record<string, unknown>) =>
    broadcastTaskEvent(projectId, id, type, fields, by);
  if (task.assigneeId !== before.assigneeId) {
    const removed = task.assigneeId === null;
    const assigneeId = task.assigneeId ?? before.assigneeId ?? "";
    tell(BroadcastEvent.TASK_ASSIGNED, { assigneeId, removed });
  }
  if (title !== before.title || priority !== before.priority) {
    tell(BroadcastEvent.TASK_UPDATED, { status, priority });
  } else if (status !== before.status) {
    tell(BroadcastEvent.TASK_STATUS_CHANGED, { status });
  }
}

/** The fields of a task that a request gives; others are left out. */
async function fieldsOf(c: Context): Promise<TaskChange> {
  const given: unknown = await c.req.json().catch(() => {
    throw new HTTPException(400, { message: "The body is not JSON." });
  });
  const fields: TaskChange = {};
  for (const name of ["title", "status", "priority", "assigneeId"] as const) {
    const value = (given as Record<string, unknown> | null)?.[name];
    if (typeof value === "string") fields[name] = value;
    else if (value === null && name === "assigneeId") fields[name] = null;
  }
  return fields;
}

const server = serve({ fetch: app.fetch, port: Number(PORT) }, ({ port }: AddressInfo) => {
  console.log(`The API is at http://localhost:${port}`);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    // What has been written is told, and then it ends.
    server.close(() => settled());
    if ("closeIdleConnections" in server) server.closeIdleConnections();
  });
}
