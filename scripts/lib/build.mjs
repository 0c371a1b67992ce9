// Builds whatever is out of date. wrangler calls this at its start and after each change of a source file,
// so it first looks whether there is anything to do, which takes milliseconds.
import { withLock } from "./lock.mjs";
import { buildSettings, settingsReady } from "./settings-build.mjs";
import { setUp } from "./setup.mjs";
import { buildWeb, webReady } from "./web-build.mjs";
import { buildWorker, workerReady } from "./worker-build.mjs";

const parts = [
  { ready: workerReady, build: buildWorker },
  { ready: settingsReady, build: buildSettings },
  { ready: webReady, build: buildWeb },
];

export async function buildAll() {
  if (parts.every(({ ready }) => ready())) return;
  await setUp();
  await withLock("build/build.lock", async () => {
    for (const { ready, build } of parts) if (!ready()) await build();
  });
}
