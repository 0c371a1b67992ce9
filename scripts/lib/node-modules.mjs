// The npm packages, exactly as package-lock.json names them.
import { existsSync } from "node:fs";
import { Failure } from "./failure.mjs";
import { step } from "./log.mjs";
import { privateNode } from "./paths.mjs";
import { run } from "./process.mjs";
import { hashOf, matches, write } from "./stamp.mjs";

// Inside node_modules, so that deleting the folder deletes the claim that it is complete.
const STAMP = "node_modules/.installed";
const wanted = () => hashOf(["package-lock.json"]);

export const nodeModulesReady = () => matches(STAMP, wanted()) && existsSync(privateNode);

export async function installNodeModules() {
  const hash = wanted();
  await step("Installing npm packages", async () => {
    // Not `npm ci`: it refuses a lock file that does not name the packages of every platform, and one written
    // against a mirror that lacks some cannot. This obeys the lock file as well, and does not write it.
    const { code, output } = await run("npm", ["install", "--no-save", "--no-audit", "--no-fund"]);
    if (code !== 0) {
      throw new Failure(`${output}\nThe npm packages could not be installed (see above).`);
    }
    // Its install script fetches the program, and npm can be told to skip such scripts.
    if (!existsSync(privateNode)) {
      throw new Failure(
        "npm skipped the packages' install scripts. Run once: npm install --ignore-scripts=false",
      );
    }
  });
  write(STAMP, hash);
}
