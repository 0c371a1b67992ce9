// npm run build: the Worker and the pages. Also wrangler's [build] command.
import { buildAll } from "./lib/build.mjs";
import { Failure, report } from "./lib/failure.mjs";
import { say } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";

await main(async () => {
  try {
    await buildAll();
  } catch (error) {
    // wrangler says who calls. A server that runs already need not go down with a typing error.
    if (process.env.WRANGLER_COMMAND !== "dev" || !(error instanceof Failure)) throw error;
    report(error);
    say("The server goes on with the last build that worked.");
  }
});
