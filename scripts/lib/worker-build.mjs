// The Worker: Rust to build/worker/index.js and its WASM.
import { existsSync, renameSync, rmSync } from "node:fs";
import { countCrates, diagnostics } from "./cargo.mjs";
import { Failure } from "./failure.mjs";
import { colourEnv, say, step } from "./log.mjs";
import { at, npmBin, wasmTool } from "./paths.mjs";
import { run } from "./process.mjs";
import { hashOf, matches, write } from "./stamp.mjs";
import { wasmToolVersions } from "./wasm-tools.mjs";

const OUT = "build/worker";
const STAMP = "build/worker.stamp";

const wanted = () =>
  hashOf(
    // npm's lock file for the versions of wasm-opt and esbuild.
    ["src", "Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "package-lock.json"],
    JSON.stringify(wasmToolVersions()),
  );

export const workerReady = () => matches(STAMP, wanted()) && existsSync(at(OUT, "index_bg.wasm"));

/** What worker-build allows, so that nothing newer gets in. */
const FEATURES = [
  ...["mutable-globals", "sign-ext", "nontrapping-float-to-int", "bulk-memory"],
  ...["multivalue", "reference-types", "exception-handling"],
].map((feature) => `--enable-${feature}`);

/**
 * Without the names of functions, which worker-build keeps: they are a tenth of the upload, and of what a cold start reads.
 * And optimized once more: the first time leaves 1 % to be found.
 */
async function shrink() {
  const [full, shrunk] = [at(OUT, "index_bg.wasm"), at(OUT, "index_bg.shrunk.wasm")];
  const { code, output } = await run(npmBin("wasm-opt"), [
    ...[full, "-o", shrunk, "-Oz", "--strip-debug"],
    ...FEATURES,
  ]);
  if (code !== 0) throw new Failure(`${output}\nThe Worker cannot be optimized (see above).`);
  renameSync(shrunk, full);
}

export async function buildWorker() {
  // Taken first: what is saved while the build runs belongs to the next one.
  const hash = wanted();
  // Left by a build that was killed, and worker-build would wait for it. Nobody else builds: we hold the lock.
  rmSync(at(OUT, ".tmp"), { recursive: true, force: true });
  await step("Building the Worker", async (detail) => {
    const { code, output } = await run(
      wasmTool("worker-build"),
      ["--release", "--out-dir", OUT, "--locked"],
      {
        onLine: countCrates(detail),
        env: {
          // Named, so that it downloads none of them.
          WASM_BINDGEN_BIN: wasmTool("wasm-bindgen"),
          WASM_OPT_BIN: npmBin("wasm-opt"),
          ESBUILD_BIN: npmBin("esbuild"),
          ...colourEnv,
        },
      },
    );
    const notes = diagnostics(output);
    if (code !== 0) throw new Failure(`${notes || output}\nThe Worker does not build (see above).`);
    if (notes) say(`\n${notes}`);
    await shrink();
  });
  write(STAMP, hash);
}
