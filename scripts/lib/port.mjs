// Whether a server can listen, asked before it is started: what it would print itself is for its developers.
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "./failure.mjs";

// A server that was killed needs a moment until it is gone.
const PATIENCE_MS = 2000;
const POLL_MS = 50;

/** @type {Record<string, string>} */
const REASONS = {
  EADDRINUSE: "it is taken",
  EACCES: "this user may not listen there",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOTFOUND: "there is no such name",
};

/** @param {{ host: string, port: number }} place */
export async function checkPort({ host, port }) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const fault = await faultOf(host, port);
    if (fault === undefined) return;
    if (fault !== "EADDRINUSE" || Date.now() > deadline) {
      throw new Failure(
        `Cannot listen on ${host}, port ${port}: ${REASONS[fault] ?? fault}. Choose others: --host, --port`,
      );
    }
    await sleep(POLL_MS);
  }
}

/** @param {string} host @param {number} port @returns {Promise<string | undefined>} */
function faultOf(host, port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => {
      resolve(/** @type {NodeJS.ErrnoException} */ (error).code ?? error.message);
    });
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}
