// `wrangler dev`, watched. It restarts a Workers runtime that crashed, but when the one that listens on the
// port was hit, what comes back accepts connections and answers none. Nobody should have to find that out.
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "./failure.mjs";
import { colourEnv } from "./log.mjs";
import { start } from "./process.mjs";
import { wranglerCommand, wranglerEnv } from "./wrangler.mjs";

const PROBES = 3;
const PROBE_TIMEOUT_MS = 2000;

/**
 * Serves until wrangler ends.
 * @param {string[]} args For `wrangler dev`.
 * @param {string[]} removeAfter Files to delete then.
 */
export async function serve(args, removeAfter) {
  let url = "";
  /** @type {(failure: Failure) => void} */
  let giveUp = () => {};
  const hopeless = new Promise((_, reject) => {
    giveUp = reject;
  });

  const server = start(...wranglerCommand(["dev", ...args]), {
    env: {
      ...wranglerEnv,
      // Only production has a real `Request.cf`; asking for a sample of one takes a network.
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      ...colourEnv,
    },
    show: true,
    removeAfter,
    onLine: async (line) => {
      url = line.match(/ready on (https?:\S+)/i)?.[1] ?? url;
      if (!line.includes("runtime crashed unexpectedly") || (await answers(url))) return;
      giveUp(
        new Failure(
          "The server does not answer any more after the crash of its runtime. Start it again.",
        ),
      );
    },
  });

  try {
    const { code } = await Promise.race([server.ended, hopeless]);
    if (code !== 0) throw new Failure(`wrangler ended with exit code ${code}.`);
  } finally {
    server.stop();
    await server.closed;
  }
}

/** @param {string} url */
async function answers(url) {
  for (let probe = 0; probe < PROBES; probe++) {
    try {
      await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
      return true;
    } catch {
      // Starting, or dead: the next probe tells.
      await sleep(PROBE_TIMEOUT_MS / 2);
    }
  }
  return false;
}
