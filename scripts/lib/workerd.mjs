// Plain workerd, with nothing in front of it.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "./failure.mjs";
import { at } from "./paths.mjs";
import { start } from "./process.mjs";
import { configText } from "./workerd-config.mjs";

/**
 * Asked to stop, workerd takes no new connections and ends when the last one is closed: with sockets, never. So long it
 * has for requests under way. What was acked is on disk, however it ends.
 */
const DRAIN_MS = 1000;

/**
 * @typedef {object} Running
 * @property {string} url
 * @property {Promise<number>} ended The exit code; as a shell has it, if a signal ended it.
 * @property {() => Promise<void>} stop
 *
 * @typedef {object} Options
 * @property {boolean} [quiet] Show nothing of what the Worker logs.
 * @property {(line: string) => void} [onLine] Called for each line that the Worker logs.
 * @property {string[]} [removeAfter] What to delete when it has ended.
 */

/**
 * Resolves when it listens.
 * @param {import("./workerd-config.mjs").Deployment} deployment
 * @param {import("./workerd-config.mjs").Place} place
 * @param {Options} [options]
 * @returns {Promise<Running>}
 */
export async function serve(deployment, place, { quiet = false, onLine, removeAfter = [] } = {}) {
  const config = join(place.data, "workerd.capnp");
  writeFileSync(config, configText(deployment, place), { mode: 0o600 });
  /** @type {(port: number) => void} */
  let listens = () => {};
  const listening = new Promise((/** @type {(port: number) => void} */ resolve) => {
    listens = resolve;
  });
  const child = start(
    at("node_modules/workerd/bin/workerd"),
    [
      "serve",
      // The service for files is one of its experiments.
      "--experimental",
      // Modules are named by absolute paths.
      ...["--import-path", "/"],
      // Where it says that it listens.
      ...["--control-fd", "1"],
      config,
    ],
    {
      env: deployment.overrides ?? {},
      patienceMs: DRAIN_MS,
      removeAfter,
      show: (line) => !quiet && portIn(line) === undefined,
      onLine: (line) => {
        const port = portIn(line);
        if (port === undefined) onLine?.(line);
        else listens(port);
      },
    },
  );
  const ended = child.ended.then(({ code }) => code);
  const port = await Promise.race([
    listening,
    ended.then((code) => {
      throw new Failure(`workerd could not start, and ended with ${code} (see above).`);
    }),
  ]);
  const host = place.host.includes(":") ? `[${place.host}]` : place.host;
  return {
    url: `http://${host}:${port}`,
    ended,
    stop: async () => {
      child.stop();
      await child.closed;
    },
  };
}

/** @param {string} line @returns {number | undefined} */
function portIn(line) {
  const [, port] = line.match(/^\{"event":"listen","socket":"http","port":(\d+)\}$/) ?? [];
  return port === undefined ? undefined : Number(port);
}
