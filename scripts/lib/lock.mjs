// One process at a time. `npm start` and `npm test` may run side by side, and wrangler calls the build
// again while one is running. The holder keeps its lock file young; one that has gone old belongs to a
// process that was killed. (A process id inside would lie in a container, where ids repeat.)
import { closeSync, mkdirSync, openSync, rmSync, statSync, utimes } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { say } from "./log.mjs";
import { at } from "./paths.mjs";

const HEARTBEAT_MS = 1000;
const ABANDONED_AFTER_MS = 6000;
const POLL_MS = 200;

/**
 * @template T
 * @param {string} name Relative to the repository.
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(name, work) {
  const path = at(name);
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  while (!take(path)) {
    if (age(path) > ABANDONED_AFTER_MS) rmSync(path, { force: true });
    else {
      if (!told) say("Waiting for another script that is at work here …");
      told = true;
      await sleep(POLL_MS);
    }
  }
  const release = () => rmSync(path, { force: true });
  const beat = () => utimes(path, new Date(), new Date(), () => {});
  const heartbeat = setInterval(beat, HEARTBEAT_MS);
  process.once("exit", release);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    process.off("exit", release);
    release();
  }
}

/** @param {string} path */
function take(path) {
  try {
    closeSync(openSync(path, "wx"));
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  }
}

/** @param {string} path */
function age(path) {
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
}
