// What the React hook for TanStack Query makes of events that a backend publishes over HTTP.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, createElement } from "react";
import { useProjectRealtime } from "../../packages/client/src/react/query.ts";
import type { Room } from "../../packages/client/src/room.ts";
import { mount } from "../../packages/client/test/mount.ts";
import { freshRoom, publish } from "./support/client.ts";
import { BROADCAST_KEY, Server } from "./support/server.ts";

let server: Server | undefined;
before(async () => {
  server = await Server.start();
});
after(() => server?.stop());

test("a published event makes the queries of its project stale", async () => {
  assert.ok(server);
  const { url } = server;
  const project = freshRoom();
  const client = new QueryClient();
  const keys = [
    ["tasks", project],
    ["task", "t1"],
    ["task", "t2"],
  ];
  for (const key of keys) client.setQueryData(key, "fetched");
  let room: Room | undefined;
  let tell: (type: string) => void = () => {};
  const Page = () => {
    ({ room } = useProjectRealtime(project, "alice", {
      host: url,
      onEvent: ({ type }) => tell(type),
    }));
    return null;
  };
  const mounted = await mount(createElement(QueryClientProvider, { client }, createElement(Page)));
  const heard = (wanted: string) =>
    new Promise<void>((resolve) => {
      tell = (type) => {
        if (type === wanted) resolve();
      };
    });
  await act(async () => {
    await new Promise<void>((resolve) => {
      room?.on("welcome", () => resolve());
    });
  });
  await act(async () => {
    const event = heard("TASK_UPDATED");
    const body = { type: "TASK_UPDATED", payload: { taskId: "t1" } };
    const answer = await publish({ url }, `/parties/main/${project}`, body, BROADCAST_KEY);
    assert.equal(answer.status, 200);
    await event;
  });
  const stale = keys.filter((queryKey) => client.getQueryState(queryKey)?.isInvalidated);
  assert.deepEqual(stale, [
    ["tasks", project],
    ["task", "t1"],
  ]);
  await mounted.unmount();
  client.clear();
});
