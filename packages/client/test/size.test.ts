import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** What a page loads for all of the client, minified and gzipped. */
const LIMIT_BYTES = 12 * 1024;

test("the client is small", async (t) => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../src/index.ts", import.meta.url))],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
  });
  const [bundle] = outputFiles;
  assert.ok(bundle);
  const size = gzipSync(bundle.contents).length;
  t.diagnostic(`${size} bytes`);
  assert.ok(size <= LIMIT_BYTES, `${size} bytes are more than ${LIMIT_BYTES}.`);
});
