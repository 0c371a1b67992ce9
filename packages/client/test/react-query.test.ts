import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { QueryClient, QueryClientProvider, type QueryKey } from "@tanstack/react-query";
import { act, createElement, type ReactElement } from "react";
import { type ProjectRealtimeOptions, useProjectRealtime } from "../src/react/query.ts";
import type { Room } from "../src/room.ts";
import { FakeServer, type Peer } from "./fake-server.ts";
import { mount } from "./mount.ts";

let server: FakeServer;
before(async () => {
  server = await FakeServer.start();
});
after(() => server.stop());

/** A page about project p1 that has fetched these queries. */
function page(...fetched: QueryKey[]) {
  const client = new QueryClient();
  for (const key of fetched) client.setQueryData(key, "fetched");
  const asked: QueryKey[] = [];
  const invalidate = client.invalidateQueries.bind(client);
  client.invalidateQueries = (filters) => {
    if (filters?.queryKey) asked.push(filters.queryKey as QueryKey);
    return invalidate(filters);
  };
  let room: Room | undefined;
  const Page = (options: ProjectRealtimeOptions) => {
    ({ room } = useProjectRealtime("p1", "alice", { host: server.host, ...options }));
    return null;
  };
  const element = (options: ProjectRealtimeOptions = {}): ReactElement =>
    createElement(QueryClientProvider, { client }, createElement(Page, options));
  const stale = () =>
    fetched.filter((queryKey) => client.getQueryState(queryKey)?.isInvalidated === true);
  return { element, stale, asked, room: () => room as Room, clear: () => client.clear() };
}

/** Publishes, and waits until all of it has been heard. */
async function publish(peer: Peer, room: Room, ...events: object[]): Promise<void> {
  await act(async () => {
    const heard = new Promise<void>((resolve) => {
      const stop = room.on("pong", () => {
        stop();
        resolve();
      });
    });
    peer.sendText(JSON.stringify([...events, { type: "pong" }]));
    await heard;
  });
}

async function letIn(fields: object = {}): Promise<Peer> {
  const peer = await server.connection();
  await act(async () => peer.welcome(fields));
  return peer;
}

test("an event about a task makes the project's tasks and that task stale", async () => {
  const tasks = ["tasks", "p1"];
  const filtered = ["tasks", "p1", { status: "done" }];
  const task = ["task", "t1"];
  const { element, stale, asked, room, clear } = page(
    tasks,
    filtered,
    task,
    ["task", "t2"],
    ["tasks", "p2"],
  );
  const mounted = await mount(element());
  const peer = await letIn();
  assert.equal(peer.url.pathname, "/parties/main/p1");
  assert.equal(peer.query.userId, "alice");
  assert.deepEqual(peer.unread, []);
  assert.deepEqual(stale(), []);
  const event = { payload: { taskId: "t1" }, timestamp: 1 };
  await publish(
    peer,
    room(),
    { type: "TASK_UPDATED", ...event },
    { type: "TASK_ASSIGNED", ...event },
    { type: "TASK_STATUS_CHANGED", ...event },
  );
  assert.deepEqual(stale(), [tasks, filtered, task]);
  // What comes together is fetched once.
  assert.deepEqual(asked, [tasks, task]);
  await mounted.unmount();
  clear();
});

test("other events go by the application's own table, and all of them can be heard", async () => {
  const members = ["members", "p1"];
  const tasks = ["tasks", "p1"];
  const { element, stale, room, clear } = page(members, tasks);
  const heard: string[] = [];
  const mounted = await mount(
    element({
      keys: { MEMBER_ADDED: (_, projectId) => [["members", projectId]], TASK_CREATED: null },
      onEvent: ({ type }) => heard.push(type),
    }),
  );
  const peer = await letIn();
  await publish(
    peer,
    room(),
    { type: "MEMBER_ADDED", payload: {}, timestamp: 1 },
    { type: "TASK_CREATED", payload: { taskId: "t1" }, timestamp: 1 },
    { type: "USER_JOINED", payload: { userId: "bob" }, timestamp: 1 },
  );
  assert.deepEqual(stale(), [members]);
  assert.deepEqual(heard, ["MEMBER_ADDED", "TASK_CREATED", "USER_JOINED"]);
  await mounted.unmount();
  clear();
});

test("after a time without a connection everything is fetched again", async () => {
  const tasks = ["tasks", "p1"];
  const { element, stale, room, clear } = page(tasks, ["task", "t1"], ["tasks", "p2"]);
  const mounted = await mount(element());
  const peer = await letIn();
  assert.deepEqual(stale(), []);
  await act(async () => {
    peer.terminate();
    await peer.closed;
    const gone = new Promise<void>((resolve) => {
      room().on("state", ({ status }) => {
        if (status === "offline") resolve();
      });
    });
    if (room().state.status !== "offline") await gone;
    room().wake();
  });
  await letIn({ recovered: true });
  await act(async () => {});
  assert.deepEqual(stale(), [tasks, ["task", "t1"]]);
  await mounted.unmount();
  clear();
});
