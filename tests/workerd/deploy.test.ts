// What `npm run deploy` uploads: it is whole, and small enough to start quickly.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/lib/paths.mjs";
import { wranglerCommand, wranglerEnv } from "../../scripts/lib/wrangler.mjs";
import { temporaryFolder } from "./support/server.ts";

const CEILING_KIB = 500;

test(`the upload binds the rooms, and is smaller than ${CEILING_KIB} KiB`, async (t) => {
  const folder = temporaryFolder();
  t.after(() => rmSync(folder, { recursive: true }));
  const [command, args] = wranglerCommand(["deploy", "--dry-run", "--outdir", folder]);
  const env = { ...process.env, ...wranglerEnv, NO_COLOR: "1", WRANGLER_LOG_PATH: folder };
  const { stdout } = await promisify(execFile)(command, args, { cwd: root, env });
  assert.match(stdout, /env\.ROOMS \(RoomObject\)/);
  const [, size] = stdout.match(/gzip: ([\d.]+) KiB/) ?? [];
  assert.ok(size !== undefined, `the size is in:\n${stdout}`);
  assert.ok(Number(size) < CEILING_KIB, `${size} KiB gzipped`);
});
