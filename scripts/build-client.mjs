// npm run build:client: the package in packages/client, as it is published.
import { buildClient, clientReady } from "./lib/client-build.mjs";
import { withLock } from "./lib/lock.mjs";
import { say } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { setUp } from "./lib/setup.mjs";

await main(async () => {
  await setUp();
  await withLock("build/build.lock", async () => {
    if (clientReady()) say("The client package is built already.");
    else await buildClient();
  });
});
