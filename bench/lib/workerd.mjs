// A Worker to be measured, on plain workerd, as `npm run serve` runs ours: on a free port, with storage of its own.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve as run } from "../../scripts/lib/workerd.mjs";

/**
 * @typedef {object} Subject
 * @property {string} name
 * @property {Record<string, string>} files Module name to path: the first one is the entry, `.wasm` is WebAssembly.
 * @property {string} className Of the Durable Object, bound as ROOMS.
 * @property {Record<string, string>} [bindings] Text bindings.
 */

/** @param {Subject} subject */
export async function serve({ files, className, bindings = {} }) {
  const data = mkdtempSync(join(tmpdir(), "durable-rooms-bench-"));
  const server = await run(
    {
      name: "bench",
      modules: files,
      compatibilityDate: "2026-11-01",
      objects: [{ binding: "ROOMS", className }],
      vars: bindings,
    },
    { host: "127.0.0.1", port: 0, data, outbound: ["public"] },
    { quiet: true, removeAfter: [data] },
  );
  return { url: server.url.replace("http", "ws"), stop: server.stop };
}
