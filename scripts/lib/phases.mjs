// What `npm test` runs, in order: the quick and the most telling first.
import { existsSync, readdirSync } from "node:fs";
import { Failure } from "./failure.mjs";
import { coloured } from "./log.mjs";
import { at, npmBin, privateNode } from "./paths.mjs";
import { setUpPython } from "./python.mjs";

/**
 * @typedef {{ command: string, args: string[], env?: Record<string, string> }} Command
 * @typedef {object} Phase
 * @property {string} name As in `--only`.
 * @property {string} title
 * @property {boolean} [needsBrowser]
 * @property {boolean} [onRequest] Runs only if it is named.
 * @property {() => Promise<void>} [prepare] What it takes beside the set-up.
 * @property {(patterns: string[]) => Command[]} commands
 */

const WASM = ["--target", "wasm32-unknown-unknown"];
/** The load generator, a package of its own. */
const LOAD = ["--manifest-path", "bench/load/Cargo.toml"];
const LOAD_TARGET = ["--target-dir", "target/load"];
const cargo = (/** @type {string[]} */ ...args) => ({ command: "cargo", args });

/** What the suite on plain workerd is about, unless told otherwise: what a room promises. The rest is the same code. */
const FOUNDATION = [
  ...["protocol", "durability", "fanout", "hibernation", "bad-input", "partykit-chat"],
  ...["project-events", "resume", "presence", "survival"],
];

/** @type {Phase[]} */
export const phases = [
  {
    name: "fmt",
    title: "Formatting of Rust",
    commands: () => [cargo("fmt", "--check"), cargo("fmt", "--check", ...LOAD)],
  },
  {
    name: "clippy",
    title: "Lints of Rust, natively and for the Worker",
    commands: () => [
      cargo("clippy", "--locked", "--all-targets", "--", "-D", "warnings"),
      cargo("clippy", "--locked", "--lib", ...WASM, "--", "-D", "warnings"),
      cargo("clippy", "--locked", "--all-targets", ...LOAD, ...LOAD_TARGET, "--", "-D", "warnings"),
    ],
  },
  {
    name: "doc",
    title: "Documentation of Rust, natively and for the Worker",
    commands: () =>
      [[], WASM].map((target) => ({
        ...cargo("doc", "--locked", "--no-deps", "--document-private-items", "--lib", ...target),
        env: { RUSTDOCFLAGS: "-Dwarnings" },
      })),
  },
  {
    name: "cargo",
    title: "Tests of the core",
    commands: (patterns) => [cargo("test", "--locked", ...patterns)],
  },
  {
    name: "biome",
    title: "Formatting and lints of TypeScript and JavaScript",
    commands: () => [
      { command: npmBin("biome"), args: ["ci", `--colors=${coloured ? "force" : "off"}`] },
    ],
  },
  {
    name: "tsc",
    title: "Types of TypeScript and JavaScript",
    commands: () =>
      [
        "tsconfig.json",
        "web/tsconfig.json",
        "packages/client/tsconfig.json",
        "packages/client/test/tsconfig.json",
        "examples/tsconfig.json",
        "examples/node-bot/tsconfig.json",
        "examples/project-api/tsconfig.json",
        "examples/react-native/tsconfig.json",
        "examples/write-through/tsconfig.json",
      ].map((project) => ({
        command: npmBin("tsc"),
        args: ["--project", project],
      })),
  },
  {
    name: "client",
    title: "Tests of the client package",
    commands: (patterns) => [nodeTests("packages/client/test", patterns)],
  },
  {
    name: "web",
    title: "Tests of what the pages decide without a browser",
    commands: (patterns) => [nodeTests("tests/web", patterns)],
  },
  {
    name: "workerd",
    title: "Tests on workerd",
    commands: (patterns) => [nodeTests("tests/workerd", patterns)],
  },
  {
    name: "http",
    title: "The HTTP API, called at random",
    prepare: setUpPython,
    commands: (patterns) => [nodeTests("tests/http", patterns)],
  },
  {
    name: "serve",
    title: "Tests on workerd without wrangler: what a room promises",
    commands: (patterns) => [onServe(patterns.length > 0 ? patterns : FOUNDATION)],
  },
  {
    name: "serve-all",
    title: "Tests on workerd without wrangler, all of them",
    onRequest: true,
    commands: (patterns) => [onServe(patterns)],
  },
  {
    name: "bench",
    title: "The benchmark, small",
    commands: (patterns) => [
      // In the profile that it is built in anyway.
      cargo("test", "--release", "--locked", ...LOAD, ...LOAD_TARGET),
      nodeTests("bench/test", patterns),
    ],
  },
  {
    name: "browser",
    title: "Tests in a browser",
    needsBrowser: true,
    commands: (patterns) => [nodeTests("tests/browser", patterns)],
  },
];

/** @param {string[]} patterns @returns {Command} */
const onServe = (patterns) => ({
  ...nodeTests("tests/workerd", patterns),
  env: { SERVER: "serve" },
});

/** @param {string} folder @param {string[]} patterns @returns {Command} */
function nodeTests(folder, patterns) {
  const files = (existsSync(at(folder)) ? readdirSync(at(folder)) : [])
    .filter((name) => name.endsWith(".test.ts"))
    .filter((name) => patterns.length === 0 || patterns.some((pattern) => name.includes(pattern)))
    .map((name) => `${folder}/${name}`);
  // A suite that has vanished must not pass for one that succeeds.
  if (files.length === 0) {
    const wanted = patterns.map((pattern) => `*${pattern}*.test.ts`).join(", ") || "*.test.ts";
    throw new Failure(`There is no ${folder}/${wanted}.`);
  }
  const options = [
    "--test-reporter=spec",
    // Each file starts a server, and a loaded machine makes timings lie.
    "--test-concurrency=1",
    // A server that a failed test has left must not keep its file from ending.
    "--test-force-exit",
    // What hangs is a failure. The longest test kills and restarts a server ten times.
    "--test-timeout=240000",
  ];
  return { command: privateNode, args: ["--test", ...options, ...files] };
}
