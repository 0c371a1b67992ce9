// Makes a fresh clone ready to build. Every step looks first, and a step that is done costs milliseconds.
import { withLock } from "./lock.mjs";
import { installNodeModules, nodeModulesReady } from "./node-modules.mjs";
import { installRust, rustReady, useRust } from "./rust.mjs";
import { checkTools } from "./tools.mjs";
import { installWasmTools, wasmToolsReady } from "./wasm-tools.mjs";

/** @type {{ ready: () => boolean, install: () => Promise<void> }[]} */
const steps = [
  { ready: nodeModulesReady, install: installNodeModules },
  { ready: rustReady, install: installRust },
  { ready: wasmToolsReady, install: installWasmTools },
];

export async function setUp() {
  checkTools();
  useRust();
  if (steps.every(({ ready }) => ready())) return;
  await withLock(".tools/set-up.lock", async () => {
    for (const { ready, install } of steps) if (!ready()) await install();
  });
}
