// npm run soak [-- --messages 10000 --kills 10 --seed 42]: people write over lines that break, to a server that is killed,
// for as long as it takes; nothing may be lost, doubled or out of order.
import { parseArgs } from "node:util";
import { buildAll } from "./lib/build.mjs";
import { main } from "./lib/main.mjs";
import { privateNode } from "./lib/paths.mjs";
import { run } from "./lib/process.mjs";
import { setUp } from "./lib/setup.mjs";

const HOURS_MS = 6 * 60 * 60 * 1000;

await main(async () => {
  const { values } = parseArgs({
    options: {
      messages: { type: "string", default: "10000" },
      kills: { type: "string", default: "10" },
      seed: { type: "string" },
    },
  });
  await setUp();
  await buildAll();
  const { code } = await run(
    privateNode,
    [
      ...["--test", "--test-reporter=spec", "--test-force-exit", `--test-timeout=${HOURS_MS}`],
      "tests/workerd/survival.test.ts",
    ],
    {
      env: {
        SOAK_MESSAGES: values.messages,
        SOAK_KILLS: values.kills,
        ...(values.seed !== undefined && { SEED: values.seed }),
      },
      show: true,
    },
  );
  return code;
});
