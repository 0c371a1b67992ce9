// npm start: a server on this machine, from a fresh clone on. Arguments go to `wrangler dev`.
import { buildAll } from "./lib/build.mjs";
import { serve } from "./lib/dev-server.mjs";
import { createDevVars, secretArguments } from "./lib/dev-vars.mjs";
import { main } from "./lib/main.mjs";
import { setUp } from "./lib/setup.mjs";

await main(
  async () => {
    const args = process.argv.slice(2);
    await setUp();
    await buildAll();
    createDevVars();
    const secrets = secretArguments(args);
    // The user's own come last, so that they win.
    await serve([...secrets.args, ...args], secrets.files);
  },
  // Being asked to stop is how a server ends well.
  { exitCodeOnStop: 0 },
);
