// The Rust toolchain that rust-toolchain.toml pins.
import { readFileSync } from "node:fs";
import { Failure } from "./failure.mjs";
import { step } from "./log.mjs";
import { at } from "./paths.mjs";
import { run } from "./process.mjs";
import { ask } from "./tools.mjs";

const file = readFileSync(at("rust-toolchain.toml"), "utf8");

/** The strings in the line of a key. @param {string} key */
function listed(key) {
  const line = file.split("\n").find((line) => line.startsWith(`${key} =`)) ?? "";
  return [...line.matchAll(/"([^"]+)"/g)].map(([, text = ""]) => text);
}

const [channel = "stable"] = listed("channel");
const components = listed("components");
const targets = listed("targets");

/** Makes every cargo that we start use it, whatever override the user has set for this folder. */
export function useRust() {
  process.env.RUSTUP_TOOLCHAIN = channel;
}

export function rustReady() {
  const installed = ask("rustup", ["component", "list", "--installed", "--toolchain", channel]);
  if (installed === undefined) return false;
  const names = installed.split("\n");
  return (
    targets.every((target) => names.includes(`rust-std-${target}`)) &&
    components.every((component) => names.some((name) => name.startsWith(component)))
  );
}

export async function installRust() {
  await step(`Installing Rust ${channel}`, async () => {
    const options = [
      ...components.flatMap((name) => ["--component", name]),
      ...targets.flatMap((name) => ["--target", name]),
    ];
    const { code, output } = await run("rustup", [
      ...["toolchain", "install", channel, "--profile", "minimal", "--no-self-update"],
      ...options,
    ]);
    if (code !== 0) {
      throw new Failure(`${output}\nRust ${channel} could not be installed (see above).`);
    }
  });
}
