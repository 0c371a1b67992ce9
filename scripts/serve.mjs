// npm run serve: the build on plain workerd, on a machine of one's own. docs/self-hosting.md tells how to run it for others.
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { takeDataFolder } from "./lib/data-folder.mjs";
import { Failure } from "./lib/failure.mjs";
import { say } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { at } from "./lib/paths.mjs";
import { checkPort } from "./lib/port.mjs";
import { serveOptions, USAGE } from "./lib/serve-options.mjs";
import { readSettings } from "./lib/settings-build.mjs";
import { serve } from "./lib/workerd.mjs";

const MODULES = {
  "index.js": "build/worker/index.js",
  "index_bg.wasm": "build/worker/index_bg.wasm",
};

await main(
  async () => {
    const settings = readSettings();
    const options = serveOptions(process.argv.slice(2), process.env, Object.keys(settings.vars));
    if (options === undefined) return say(USAGE);
    for (const path of [...Object.values(MODULES), settings.assets.directory]) {
      if (!existsSync(at(path))) throw new Failure(`${path} is missing. Run: npm run build`);
    }
    await takeDataFolder(options.data);
    await checkPort(options);
    const server = await serve(
      { ...settings, modules: MODULES, overrides: options.overrides },
      options,
    );
    say(`Ready on ${server.url} (rooms in ${options.data})`);
    const code = await server.ended;
    throw new Failure(`The server has ended by itself: ${reason(code)}.`);
  },
  // Being asked to stop is how a server ends well.
  { exitCodeOnStop: 0, onStop: () => say("Stopped. What was acked is on disk.") },
);

/** @param {number} code */
function reason(code) {
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128);
  return signal === undefined ? `workerd's exit code was ${code}` : `workerd got ${signal[0]}`;
}
