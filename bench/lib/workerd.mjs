// A Worker to be measured, on plain workerd, as `npm run serve` runs ours: on a free port, with storage of its own.
import { appendFileSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve as run } from "../../scripts/lib/workerd.mjs";

/**
 * @typedef {object} Subject
 * @property {string} name
 * @property {Record<string, string>} files Module name to path: the first one is the entry, `.wasm` is WebAssembly.
 * @property {Record<string, string>} objects Binding to class of the Durable Object.
 * @property {Record<string, string>} [bindings] Text bindings.
 * @property {string[]} [flags] Compatibility flags.
 */

/**
 * Our own, with the flags of wrangler.toml unless others are given.
 * @param {Record<string, string>} bindings @param {string[]} [flags] @returns {Subject}
 */
export const durableRooms = (bindings, flags = ["no_web_socket_compression"]) => ({
  name: "durable-rooms",
  flags,
  files: { "index.js": "build/worker/index.js", "index_bg.wasm": "build/worker/index_bg.wasm" },
  objects: { ROOMS: "RoomObject", DIRECTORY: "DirectoryObject" },
  bindings,
});

/** What the Worker logs goes into a file, but for what went wrong. @param {Subject} subject */
export async function serve({ files, objects, bindings = {}, flags }) {
  const data = mkdtempSync(join(tmpdir(), "durable-rooms-bench-"));
  const log = join(data, "log");
  writeFileSync(log, "");
  const server = await run(
    {
      name: "bench",
      modules: files,
      compatibilityDate: "2026-11-01",
      compatibilityFlags: flags,
      objects: Object.entries(objects).map(([binding, className]) => ({ binding, className })),
      vars: bindings,
    },
    { host: "127.0.0.1", port: 0, data, outbound: ["public"] },
    {
      quiet: true,
      onLine: (line) => {
        appendFileSync(log, `${line}\n`);
        if (/error/i.test(line)) console.error(line);
      },
      removeAfter: [data],
    },
  );
  return {
    url: server.url.replace("http", "ws"),
    address: new URL(server.url).host,
    log,
    stop: server.stop,
  };
}
