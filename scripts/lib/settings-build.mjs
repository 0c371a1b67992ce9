// What wrangler.toml says, as JSON: a server without wrangler reads that. wrangler itself does the reading, so that
// a value means the same in both places.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Failure } from "./failure.mjs";
import { step } from "./log.mjs";
import { at, privateNode } from "./paths.mjs";
import { run } from "./process.mjs";
import { hashOf, matches, write } from "./stamp.mjs";
import { wranglerEnv } from "./wrangler.mjs";

const SOURCE = "wrangler.toml";
const OUT = "build/settings.json";
const STAMP = "build/settings.stamp";

/**
 * @typedef {object} Settings
 * @property {string} name
 * @property {string} compatibilityDate
 * @property {string[]} compatibilityFlags
 * @property {{ binding: string, className: string }[]} objects
 * @property {Record<string, unknown>} vars
 * @property {{ directory: string } & Record<string, unknown>} assets
 */

// npm's lock file for the version of wrangler.
const wanted = () => hashOf([SOURCE, "scripts/lib/settings-build.mjs", "package-lock.json"]);

export const settingsReady = () => matches(STAMP, wanted()) && existsSync(at(OUT));

export async function buildSettings() {
  const hash = wanted();
  await step("Reading wrangler.toml", async () => {
    // In a process of its own, because wrangler needs a Node that is newer than what may run this.
    const { code, output } = await run(
      privateNode,
      ["--input-type=module", "--eval", `(${print})(await import("wrangler"), "${SOURCE}")`],
      { env: wranglerEnv },
    );
    const [, json] = output.match(/^SETTINGS (.*)$/m) ?? [];
    if (code !== 0 || !json) throw new Failure(`${output}\n${SOURCE} cannot be read (see above).`);
    mkdirSync(dirname(at(OUT)), { recursive: true });
    writeFileSync(at(OUT), `${JSON.stringify(select(JSON.parse(json)), null, 2)}\n`);
  });
  write(STAMP, hash);
}

/** Runs over there. @param {typeof import("wrangler")} wrangler @param {string} config */
function print({ unstable_readConfig }, config) {
  console.log(`SETTINGS ${JSON.stringify(unstable_readConfig({ config }))}`);
}

/** @param {import("wrangler").Unstable_Config} config @returns {Settings} */
function select(config) {
  const { name, compatibility_date, compatibility_flags, durable_objects, vars, assets } = config;
  if (!name || !compatibility_date || !assets?.directory) {
    throw new Failure(`${SOURCE} has to have name, compatibility_date and [assets] directory.`);
  }
  return {
    name,
    compatibilityDate: compatibility_date,
    compatibilityFlags: compatibility_flags,
    objects: durable_objects.bindings.map(({ name, class_name }) => ({
      binding: name,
      className: class_name,
    })),
    vars,
    assets: { ...assets, directory: assets.directory },
  };
}

/** @returns {Settings} */
export function readSettings() {
  if (!existsSync(at(OUT))) throw new Failure("There is no build yet. Run: npm run build");
  // An image has the build alone, without what it was made from.
  if (existsSync(at(SOURCE)) && !settingsReady()) {
    throw new Failure(`The build is older than ${SOURCE}. Run: npm run build`);
  }
  return JSON.parse(readFileSync(at(OUT), "utf8"));
}
