/** `docs/client.md`, `docs/backend.md` and the READMEs are true: what they show compiles, and the references are those of the sources. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  BACKEND_PAGE,
  CLIENT_PAGE,
  readPage,
  withReference,
} from "../../../scripts/lib/client-reference.mjs";
import { at, npmBin } from "../../../scripts/lib/paths.mjs";

/** What the pages take for granted, and say nothing of: declared, and imported where a block imports nothing itself. */
const GIVEN = `
declare const room: import("durable-rooms").Room;
declare const message: import("durable-rooms").TimelineMessage;
declare const seq: number;
declare const text: string;
declare const projectId: string;
declare const userId: string;
declare const input: HTMLInputElement;
declare function getToken(): Promise<string>;
declare function show(...what: unknown[]): void;
declare function render(...what: unknown[]): void;
declare function report(error: import("durable-rooms").RoomError): void;
declare const rooms: import("durable-rooms/server").Publisher;
declare const broadcastToProject: typeof rooms.broadcastToProject;
declare const broadcastTaskEvent: typeof rooms.broadcastTaskEvent;
interface Env { ROOMS_URL: string; BROADCAST_KEY: string }
interface Context { waitUntil(work: Promise<unknown>): void }
`;
const IMPORTED = ["createChatSocket", "keepOutboxIn", "type Position", "Room", "RoomError"].concat([
  "sendMessage",
  "sendReadReceipt",
  "sendStopTyping",
  "sendTyping",
]);
const SERVER_IMPORTED = ["createPublisher", "PublishError"];

interface Block {
  /** Where it stands, as in `client.md:12`. */
  place: string;
  extension: string;
  code: string;
}

/** The blocks of TypeScript and JavaScript of a page. What is generated is no example. */
function blocksOf(name: string, page: string): Block[] {
  const [written = ""] = page.split("<!-- reference: generated -->");
  return [...written.matchAll(/^```(tsx?|js)\n([\s\S]*?)^```$/gm)].map((match) => ({
    place: `${name}:${written.slice(0, match.index).split("\n").length}`,
    extension: match[1] === "js" ? "ts" : (match[1] ?? ""),
    code: match[2] ?? "",
  }));
}

/** Compiles each block as a module of its own, as an application that has the package; gives what tsc says. */
async function compile(t: TestContext, blocks: Block[]): Promise<string> {
  mkdirSync(at("build"), { recursive: true });
  // Inside the repository, so that React and the others are found.
  const folder = mkdtempSync(at("build/docs-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const source = (path: string) => [at("packages/client/src", path)];
  const config = {
    extends: at("tsconfig.json"),
    compilerOptions: {
      lib: ["es2023", "dom", "dom.iterable"],
      types: ["node"],
      jsx: "react-jsx",
      paths: {
        "durable-rooms": source("index.ts"),
        "durable-rooms/react": source("react/index.ts"),
        "durable-rooms/react-query": source("react/query.ts"),
        "durable-rooms/server": source("server/index.ts"),
      },
    },
    include: ["*", at("examples/react-native/react-native.d.ts")],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  writeFileSync(join(folder, "given.d.ts"), GIVEN);
  // So that what they compile to has a package that says that they are modules.
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  for (const { place, extension, code } of blocks) {
    const imports = [
      ["durable-rooms", IMPORTED] as const,
      ["durable-rooms/server", SERVER_IMPORTED] as const,
    ]
      .filter(([name]) => !new RegExp(`^import .* from "${name}";$`, "m").test(code))
      .map(([name, imported]) => `import { ${imported.join(", ")} } from "${name}";`)
      .join(" ");
    const file = `${place.replace(":", "-")}.${extension}`;
    // On the first line, so that lines keep their numbers.
    writeFileSync(join(folder, file), `${imports} export {};${code}`);
  }
  const tsc = [npmBin("tsc"), ["--project", folder, "--pretty", "false"]] as const;
  return new Promise((resolve) => execFile(...tsc, (_error, stdout) => resolve(stdout)));
}

const CLIENT = blocksOf("client.md", readPage(CLIENT_PAGE));
const BACKEND = blocksOf("backend.md", readPage(BACKEND_PAGE));

test("every example of docs/client.md compiles", async (t) => {
  assert.ok(CLIENT.length > 20, `only ${CLIENT.length} blocks were found`);
  assert.equal(await compile(t, CLIENT), "");
});

test("every example of docs/backend.md compiles", async (t) => {
  assert.ok(BACKEND.length > 7, `only ${BACKEND.length} blocks were found`);
  assert.equal(await compile(t, BACKEND), "");
});

test("every example of the package's README and of other pages compiles", async (t) => {
  const pages = ["packages/client/README.md", "docs/migrating.md", "docs/webhooks.md"];
  for (const page of pages) {
    const blocks = blocksOf(page.replaceAll("/", "-"), readFileSync(at(page), "utf8"));
    assert.ok(blocks.length > 0, `${page} has no blocks`);
    assert.equal(await compile(t, blocks), "");
  }
});

test("an example that is wrong does not compile", async (t) => {
  const [first] = CLIENT;
  assert.ok(first);
  for (const [right, wrong] of [
    ["room.send(", "room.sned("],
    ['room: "lobby"', "room: 7"],
    ['from "durable-rooms"', 'from "durable-room"'],
  ] as const) {
    assert.ok(first.code.includes(right), right);
    const said = await compile(t, [{ ...first, code: first.code.replace(right, wrong) }]);
    assert.match(said, /client\.md-\d+\.ts\(\d+,\d+\): error TS/);
  }
});

test("every code of the client is explained in docs/client.md", () => {
  const [, table = ""] = readPage(CLIENT_PAGE).split("## Errors and what to do");
  const source = readFileSync(at("packages/client/src/error.ts"), "utf8");
  const codes = [...source.matchAll(/^ {2}\| "([a-z-]+)"/gm)].map(([, code]) => code);
  assert.ok(codes.length >= 7, `only ${codes.length} codes were found`);
  for (const code of codes) assert.ok(table.includes(`| \`${code}\` |`), `${code} is missing`);
});

for (const [page, telling] of [
  [
    CLIENT_PAGE,
    [
      /\| `send\(text: string, options\?: SendOptions\): Promise<Ack>` \| \S/,
      /\| `onMessage\?\(message: MessageFrame\): void` \|/,
      /#### TypingHandle\n\nBesides what `Pick<Room, "typing" \\?\| "stopTyping">` has:/,
    ],
  ],
  [BACKEND_PAGE, [/\| `createPublisher\(options: PublisherOptions\): Publisher` \| \S/]],
] as const) {
  test(`the reference in ${page.file} is that of the sources`, () => {
    const expected = withReference(page);
    if (process.env.UPDATE_GENERATED !== undefined) writeFileSync(at(page.file), expected);
    const remedy = "UPDATE_GENERATED=1 npm test -- --only client docs";
    assert.equal(readPage(page), expected, `${page.file} is out of date: ${remedy}`);
    for (const pattern of telling) assert.match(expected, pattern);
  });
}
