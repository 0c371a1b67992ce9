// Plain workerd, with nothing in front: a Worker, its rooms' object, and storage in a folder of its own.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { at } from "../../scripts/lib/paths.mjs";

/**
 * @typedef {object} Subject
 * @property {string} name
 * @property {Record<string, string>} files Module name to path: the first one is the entry, `.wasm` is WebAssembly.
 * @property {string} className Of the Durable Object, bound as ROOMS.
 * @property {Record<string, string>} [bindings] Text bindings.
 */

const HOST = "127.0.0.1";

/** @param {Subject} subject */
export async function serve(subject) {
  const folder = mkdtempSync(join(tmpdir(), "durable-rooms-bench-"));
  const port = await freePort();
  for (const [name, path] of Object.entries(subject.files)) {
    writeFileSync(join(folder, name), readFileSync(at(path)));
  }
  writeFileSync(join(folder, "config.capnp"), config(subject, port, folder));
  const child = spawn(at("node_modules/workerd/bin/workerd"), ["serve", "config.capnp"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  await listening(port);
  return {
    url: `ws://${HOST}:${port}`,
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => {
          rmSync(folder, { recursive: true, force: true });
          resolve(undefined);
        });
        child.kill();
      }),
  };
}

/** @param {Subject} subject @param {number} port @param {string} folder */
function config({ files, className, bindings = {} }, port, folder) {
  const text = (/** @type {string} */ value) => JSON.stringify(value);
  const modules = Object.keys(files).map((name) => {
    const kind = name.endsWith(".wasm") ? "wasm" : "esModule";
    return `(name = ${text(name)}, ${kind} = embed ${text(name)})`;
  });
  const texts = Object.entries(bindings).map(
    ([name, value]) => `(name = ${text(name)}, text = ${text(value)})`,
  );
  return `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "disk", disk = (path = ${text(folder)}, writable = true)),
  ],
  sockets = [(name = "http", address = "${HOST}:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [${modules.join(", ")}],
  compatibilityDate = "2026-11-01",
  durableObjectNamespaces = [(className = ${text(className)}, uniqueKey = "rooms", enableSql = true)],
  durableObjectStorage = (localDisk = "disk"),
  bindings = [${[`(name = "ROOMS", durableObjectNamespace = ${text(className)})`, ...texts].join(", ")}],
);
`;
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, HOST, () => {
      const address = server.address();
      server.close(() => resolve(address && typeof address === "object" ? address.port : 0));
    });
  });
}

/** @param {number} port */
async function listening(port) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    try {
      await fetch(`http://${HOST}:${port}/health`);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
