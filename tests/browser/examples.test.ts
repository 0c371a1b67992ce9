// The examples that are pages, as a bundler makes them and a browser shows them, against a real server.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, afterEach, before, test } from "node:test";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { taskChanged } from "../../examples/react-query-bridge/publish.ts";
import { at } from "../../scripts/lib/paths.mjs";
import { Client, freshRoom } from "../workerd/support/client.ts";
import { Line } from "../workerd/support/line.ts";
import { BROADCAST_KEY, Server } from "../workerd/support/server.ts";
import { launch } from "./support/browser.ts";
import { eventually } from "./support/eventually.ts";

let server: Server;
let browser: Browser;
before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});
after(async () => {
  await browser.close();
  await server.stop();
});

/** Opens a page that shows `element`. */
async function show(imports: string, element: string, host = server.host): Promise<Page> {
  const contents = `
    import { Suspense } from "react";
    import { createRoot } from "react-dom/client";
    ${imports}
    createRoot(document.body).render(<Suspense>${element}</Suspense>);
  `;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: at("examples"), loader: "tsx" },
    tsconfig: at("examples/tsconfig.json"),
    bundle: true,
    format: "esm",
    write: false,
    define: {
      "process.env.NEXT_PUBLIC_ROOMS_HOST": JSON.stringify(host),
      "process.env.NODE_ENV": '"production"',
    },
  });
  const script = outputFiles[0]?.text ?? "";
  const page = await (await browser.newContext()).newPage();
  // What goes wrong in the page is to be read with the failure.
  page.on("pageerror", (error) => console.error(error));
  page.on("console", (line) => line.type() === "error" && console.error(line.text()));
  // From a server of its own, as the application's is.
  const application = createServer((request, response) => {
    const isScript = request.url === "/page.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html; charset=utf-8");
    response.end(
      isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>',
    );
  });
  await new Promise<void>((resolve) => application.listen(0, "localhost", resolve));
  page.on("close", () => application.close());
  const { port } = application.address() as AddressInfo;
  await page.goto(`http://localhost:${port}`);
  return page;
}

const chatPage = (folder: string, room: string, host?: string) =>
  show(
    `import ChatPage from "./nextjs-chat/app/${folder}/[roomSlug]/page.tsx";
     const params = Promise.resolve({ roomSlug: "${room}" });`,
    "<ChatPage params={params} />",
    host,
  );

const items = (page: Page) => async () =>
  (await page.locator("li").allTextContents()).map((text) => text.trim());

async function say(page: Page, text: string): Promise<void> {
  await page.locator("input").fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

test("the chat page on callbacks shows what was said, who types, and what is said", async () => {
  const room = freshRoom();
  const bob = await Client.join(server, room, "bob");
  bob.send({ type: "message", messageId: "m1", message: "Is anybody here?" });
  await bob.next("ack");

  const page = await chatPage("chat", room);
  await eventually(items(page), ["Bob Is anybody here?"]);
  await page.getByText("2 online").waitFor();
  bob.send({ type: "typing" });
  await page.getByText("Bob typing …").waitFor();
  bob.send({ type: "stop-typing" });
  await page.getByText("Bob typing …").waitFor({ state: "detached" });

  await page.locator("input").pressSequentially("I");
  await bob.next("user-typing");
  await say(page, "I am");
  assert.equal((await bob.next("new-message")).message, "I am");
  bob.send({ type: "message", messageId: "m2", message: "Good" });
  await eventually(items(page), ["Bob Is anybody here?", "John I am", "Bob Good"]);
  const receipt = await bob.next("message-status-update");
  assert.deepEqual([receipt.status, receipt.upTo], ["read", 3]);

  await bob.close();
  await page.getByText("1 online").waitFor();
});

test("the chat page on hooks shows ticks, and loses nothing with the line", async (t) => {
  const room = freshRoom();
  const line = await Line.open(server.url);
  t.after(() => line.close());
  const bob = await Client.join(server, room, "bob");
  const page = await chatPage("chat-hooks", room, line.host);
  await page.getByText("open, here: Bob, John, unread: 0").waitFor();
  await say(page, "Hello");
  await eventually(items(page), ["John Hello ✓"]);
  bob.send({ type: "read-receipt", seq: 1 });
  await eventually(items(page), ["John Hello ✓✓ read"]);

  line.fallSilent();
  await say(page, "Do you hear me?");
  bob.send({ type: "message", messageId: "m1", message: "Where are you?" });
  await bob.next("ack");
  await eventually(items(page), ["John Hello ✓✓ read", "John Do you hear me? …"]);
  const heard = (await bob.settle()).filter(({ type }) => type === "new-message");
  assert.deepEqual(
    heard.map(({ message }) => message),
    ["Hello", "Where are you?"],
  );

  line.cut();
  const all = ["John Hello ✓✓ read", "Bob Where are you?", "John Do you hear me? ✓"];
  await eventually(items(page), all);
  await bob.close();
});

test("the board fetches again what the backend says has changed", async () => {
  const projectId = freshRoom();
  const page = await show(
    `import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
     import { Board } from "./react-query-bridge/board.tsx";
     const client = new QueryClient();
     globalThis.tasks = [{ id: "t1", title: "Paint", status: "todo" }];
     globalThis.fetches = 0;
     async function fetchTasks() {
       globalThis.fetches++;
       return structuredClone(globalThis.tasks);
     }`,
    `<QueryClientProvider client={client}>
       <Board host="${server.host}" projectId="${projectId}" userId="alice" fetchTasks={fetchTasks} />
     </QueryClientProvider>`,
  );
  await eventually(items(page), ["Paint: todo"]);
  await page.getByText(/^Live/).waitFor();
  const fetches = () => page.evaluate("globalThis.fetches");
  assert.equal(await fetches(), 1);

  await page.evaluate('globalThis.tasks[0].status = "done"');
  const rooms = { url: server.url, key: BROADCAST_KEY };
  const change = { type: "TASK_UPDATED", taskId: "t1", fields: { status: "done" } } as const;
  // Whoever made the change is not told.
  assert.deepEqual((await taskChanged(rooms, projectId, change, "alice")).delivered, 0);
  assert.deepEqual((await taskChanged(rooms, projectId, change, "bob")).delivered, 1);
  await eventually(items(page), ["Paint: done"]);
  assert.equal(await fetches(), 2);

  const bob = await Client.connect(server, `/parties/main/${projectId}`, {
    userId: "bob",
    userName: "Bob",
  });
  await page.getByText("Live Bob is here").waitFor();
  await bob.close();
  await assert.rejects(taskChanged({ ...rooms, key: "wrong" }, projectId, change), /401/);
});
