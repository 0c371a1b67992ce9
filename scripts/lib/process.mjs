// Child processes. Every one runs behind guard.mjs, in a process group of its own, so that it
// and all that it starts end when it is told to, or when this process ends, however that happens.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Failure } from "./failure.mjs";
import { root } from "./paths.mjs";

/**
 * @typedef {{ code: number, output: string }} Result `code` is the exit code as a shell would see it,
 *   `output` what it printed, unless that was shown.
 *
 * @typedef {object} Options
 * @property {Record<string, string | undefined>} [env] On top of our own environment.
 * @property {"inherit" | "ignore"} [stdin]
 * @property {(line: string) => void} [onLine] Called for each line that it prints.
 * @property {boolean | ((line: string) => boolean)} [show] Pass on what it prints, or which lines of it, instead of collecting it.
 * @property {number} [patienceMs] How long it has to end after it was told to, before it is killed.
 * @property {string[]} [removeAfter] Files to delete when it has ended.
 *
 * @typedef {object} Running
 * @property {() => void} stop Tells it to end; told again, it is killed.
 * @property {Promise<Result>} ended Never settles once the script was asked to stop.
 * @property {Promise<void>} closed Settles in any case.
 */

const PARENT_POLL_MS = 500;
const PATIENCE_MS = 5000;
// npm passes on what the terminal has sent to everybody already: that is one request.
const SAME_REQUEST_MS = 500;

const guard = fileURLToPath(new URL("guard.mjs", import.meta.url));

/** @type {Set<Running>} */
const running = new Set();
let stopRequested = false;

/**
 * @param {string} command
 * @param {string[]} args
 * @param {Options} [options]
 * @returns {Running}
 */
export function start(command, args, options = {}) {
  const { env = {}, stdin = "ignore", onLine, show = false, removeAfter = [] } = options;
  const { patienceMs = PATIENCE_MS } = options;
  // With nothing to read in it, its output is its own business, colours and rewritten lines included.
  const output = show === true && !onLine ? "inherit" : "pipe";
  const task = JSON.stringify({ command, args, removeAfter, patienceMs });
  const child = spawn(process.execPath, [guard, task], {
    cwd: root,
    env: { ...process.env, ...env },
    detached: true,
    stdio: [stdin, output, output, "pipe"],
  });

  /** @type {string[]} */
  const lines = [];
  for (const name of /** @type {const} */ (["stdout", "stderr"])) {
    const stream = child[name];
    if (!stream) continue;
    createInterface({ input: stream }).on("line", (line) => {
      if (show === false) lines.push(line);
      else if (show === true || show(line)) process[name].write(`${line}\n`);
      onLine?.(line);
    });
  }

  // What goes in tells the guard to stop; what comes out is how the command ended.
  const control = /** @type {import("node:net").Socket} */ (child.stdio[3]);
  control.on("error", () => {});
  let verdict = "";
  control.setEncoding("utf8").on("data", (text) => {
    verdict += text;
  });

  const self = {
    stop: () => void control.write("stop"),
    ended: new Promise((resolve, reject) => {
      child.on("error", reject);
      // A guard that was killed itself leaves its group to us.
      child.on("exit", () => verdict === "" && child.pid && killGroup(child.pid));
      child.on("close", () => {
        running.delete(self);
        // Whoever waits for this must not go on to its next step while the script is stopping.
        if (stopRequested) return;
        if (verdict === "") reject(new Failure(`${command} was killed.`));
        else resolve({ ...JSON.parse(verdict), output: lines.join("\n") });
      });
    }),
    closed: /** @type {Promise<void>} */ (
      new Promise((resolve) => child.on("exit", () => resolve()))
    ),
  };
  running.add(self);
  return self;
}

/** @param {number} leader */
function killGroup(leader) {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // Empty already.
  }
}

/**
 * Runs to the end, whatever the exit code.
 * @param {string} command @param {string[]} args @param {Options} [options]
 */
export const run = (command, args, options) => start(command, args, options).ended;

/**
 * Calls back once after the first request to stop, when all that runs has ended. A second request has no patience.
 * @param {(signal: "SIGINT" | "SIGTERM" | "SIGHUP") => void} done
 */
export function onStopRequest(done) {
  let requestedAt = Number.NEGATIVE_INFINITY;
  /** @param {"SIGINT" | "SIGTERM" | "SIGHUP"} signal */
  const stop = async (signal) => {
    if (performance.now() - requestedAt < SAME_REQUEST_MS) return;
    requestedAt = performance.now();
    const all = [...running];
    for (const each of all) each.stop();
    if (stopRequested) return;
    stopRequested = true;
    await Promise.all(all.map((each) => each.closed));
    done(signal);
  };
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, stop);
  }

  // Under npm, its end is ours: when npm is killed, no signal reaches us.
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  const watch = () => process.ppid !== parent && stop("SIGHUP");
  setInterval(watch, PARENT_POLL_MS).unref();
}
