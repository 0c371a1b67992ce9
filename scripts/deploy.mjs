// npm run deploy: to Cloudflare. Arguments go to `wrangler deploy`; `-- --dry-run` only shows what would go.
import { buildAll } from "./lib/build.mjs";
import { main } from "./lib/main.mjs";
import { run } from "./lib/process.mjs";
import { setUp } from "./lib/setup.mjs";
import { wranglerCommand, wranglerEnv } from "./lib/wrangler.mjs";

await main(async () => {
  await setUp();
  await buildAll();
  const { code } = await run(...wranglerCommand(["deploy", ...process.argv.slice(2)]), {
    env: wranglerEnv,
    stdin: "inherit",
    show: true,
  });
  return code;
});
