// The examples that are pages, as a bundler makes them and a browser shows them, against a real server.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, afterEach, before, test } from "node:test";
import { build } from "esbuild";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { at } from "../../scripts/lib/paths.mjs";
import { Client, freshRoom } from "../workerd/support/client.ts";
import { Line } from "../workerd/support/line.ts";
import { InstalledApi } from "../workerd/support/project-api.ts";
import { Server } from "../workerd/support/server.ts";
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

interface Scene {
  /** Of the rooms. */
  host?: string | undefined;
  /** The browser; one of its own if left out. */
  context?: BrowserContext | undefined;
}

/** Opens a page that shows `element`. */
async function show(
  imports: string,
  element: string,
  { host = server.host, context }: Scene = {},
): Promise<Page> {
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
  const page = await (context ?? (await browser.newContext())).newPage();
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
    { host },
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

test("a board is told what an API has written, in every browser but those of who wrote it", async (t) => {
  const installed = await InstalledApi.install();
  t.after(() => installed.remove());
  const api = await installed.start(server.url);
  t.after(() => api.program.stop("SIGKILL"));
  const projectId = freshRoom();
  const tasks = `/projects/${projectId}/tasks`;
  const task = await json(await api.call("POST", tasks, "alice", { title: "Paint" }));

  const board = (userId: string, context?: BrowserContext) =>
    show(
      `import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
       import { Board } from "./react-query-bridge/board.tsx";
       const client = new QueryClient({ defaultOptions: { queries: { refetchOnWindowFocus: false } } });
       globalThis.fetches = 0;
       async function fetchTasks() {
         globalThis.fetches++;
         return (await fetch("${api.url}${tasks}", { headers: { "X-User-Id": "${userId}" } })).json();
       }`,
      `<QueryClientProvider client={client}>
         <Board host="${server.host}" projectId="${projectId}" userId="${userId}" fetchTasks={fetchTasks} />
       </QueryClientProvider>`,
      { context },
    );
  const ofAlice = await browser.newContext();
  const alice = [await board("alice", ofAlice), await board("alice", ofAlice)];
  const others = [await board("bob"), await board("cara")];
  for (const page of [...alice, ...others]) {
    await eventually(items(page), ["Paint: todo"]);
    await page.getByText(/^Live/).waitFor();
  }

  const changed = await api.call("PATCH", `${tasks}/${task.id}`, "alice", { status: "done" });
  assert.equal(changed.status, 200);
  for (const page of others) await eventually(items(page), ["Paint: done"]);
  // It goes the other way too, and what alice is told first is what bob has done.
  await api.call("POST", tasks, "bob", { title: "Dry" });
  for (const page of alice) await eventually(items(page), ["Paint: done", "Dry: todo"]);
  await eventually(items(others[1] as Page), ["Paint: done", "Dry: todo"]);
  const fetches = (page: Page) => page.evaluate("globalThis.fetches");
  assert.deepEqual(await Promise.all(alice.map(fetches)), [2, 2], "nothing told of her own change");
  assert.deepEqual(await Promise.all(others.map(fetches)), [2, 3]);
  assert.doesNotMatch(api.program.output, /Not published/);

  const dan = await Client.connect(server, `/parties/main/${projectId}`, {
    userId: "dan",
    userName: "Dan",
  });
  await alice[0]?.getByText("Live Dan is here").waitFor();
  await dan.close();
});

async function json(response: Response): Promise<{ id: string }> {
  assert.equal(response.status, 201);
  return (await response.json()) as { id: string };
}
