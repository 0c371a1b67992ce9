// `worker-build` and `wasm-bindgen`, compiled into .tools. Their own downloads of ready-made programs
// need hosts that a company network may not reach; a package registry is all that this way needs.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { countCrates } from "./cargo.mjs";
import { Failure } from "./failure.mjs";
import { say, step } from "./log.mjs";
import { at, wasmTool } from "./paths.mjs";
import { run } from "./process.mjs";
import { checkCompiler } from "./tools.mjs";

/** @type {Record<string, string>} */
const PROGRAMS = { "worker-build": "worker-build", "wasm-bindgen-cli": "wasm-bindgen" };

/** @param {string} crate */
function lockedVersion(crate) {
  const lock = readFileSync(at("Cargo.lock"), "utf8");
  const version = lock.match(new RegExp(`^name = "${crate}"\nversion = "(.+)"$`, "m"))?.[1];
  if (!version) throw new Failure(`Cargo.lock does not name \`${crate}\`.`);
  return version;
}

/** The tools have the version of the library that they go with, so that the two cannot drift apart. */
export function wasmToolVersions() {
  return {
    "worker-build": lockedVersion("worker"),
    "wasm-bindgen-cli": lockedVersion("wasm-bindgen"),
  };
}

function missing() {
  const record = at(".tools/.crates.toml");
  const installed = existsSync(record) ? readFileSync(record, "utf8") : "";
  return Object.entries(wasmToolVersions())
    .filter(
      ([crate, version]) =>
        !installed.includes(`"${crate} ${version} (`) ||
        !existsSync(wasmTool(PROGRAMS[crate] ?? "")),
    )
    .map(([crate, version]) => `${crate}@${version}`);
}

export const wasmToolsReady = () => missing().length === 0;

export async function installWasmTools() {
  checkCompiler();
  await step("Compiling worker-build and wasm-bindgen (once, takes minutes)", async (detail) => {
    let result = await install(["--locked"], detail);
    if (/failed to select a version/.test(result.output)) {
      // A tool's lock file may name a package that is younger than what a mirror of the registry has.
      say(
        "The registry lacks a package of a tool's lock file; taking the nearest versions instead.",
      );
      result = await install([], detail);
    }
    if (result.code !== 0) {
      throw new Failure(`${result.output}\nThe wasm tools could not be compiled (see above).`);
    }
  });
  rmSync(at(".tools/target"), { recursive: true, force: true });
}

/** @param {string[]} flags @param {(text: string) => void} detail */
function install(flags, detail) {
  return run(
    "cargo",
    [
      ...["install", "--root", at(".tools"), "--debug", "--no-default-features"],
      // Over the remains of an installation that did not get as far as its record.
      "--force",
      ...flags,
      ...missing(),
    ],
    {
      onLine: countCrates(detail),
      env: {
        // One for both, so that what they share is compiled once.
        CARGO_TARGET_DIR: at(".tools/target"),
        // With --debug: they run for a second a build at most, and optimising them takes minutes.
        CARGO_PROFILE_DEV_DEBUG: "0",
      },
    },
  );
}
