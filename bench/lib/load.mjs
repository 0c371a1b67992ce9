// The load generator: a program of its own (bench/load), since it must cost less than what it measures.
import { countCrates, diagnostics } from "../../scripts/lib/cargo.mjs";
import { Failure } from "../../scripts/lib/failure.mjs";
import { colourEnv, say, step } from "../../scripts/lib/log.mjs";
import { at } from "../../scripts/lib/paths.mjs";
import { run } from "../../scripts/lib/process.mjs";

/** Beside what cargo makes of the product. */
const TARGET = "target/load";
/**
 * How long to wait for what. In milliseconds.
 * @typedef {object} Patience
 * @property {number} quietMs Nothing comes for so long: nothing will.
 * @property {number} gatherMs The same after one more member has come: a room gathers the longer, the more of them there are.
 * @property {number} patienceMs Whatever has not come by then is missing.
 */
/** @type {Patience} */
const PATIENCE = { quietMs: 400, gatherMs: 2.5, patienceMs: 60_000 };

const MANIFEST = "bench/load/Cargo.toml";

/**
 * @typedef {{ count: number, p50: number, p95: number, p99: number, max: number }} Quantiles In milliseconds.
 *
 * @typedef {object} Report What `bench/load` prints.
 * @property {string | null} problem
 * @property {number} expected @property {number} delivered
 * @property {number} seconds
 * @property {number} messages @property {number} deliveries @property {number} frames @property {number} bytes
 * @property {number} serverCpuMs
 * @property {Quantiles | null} first @property {Quantiles | null} each
 * @property {Quantiles | null} last @property {Quantiles | null} ack
 * @property {{ cpu: number, lagP99Ms: number, saturated: boolean } | null} generator
 * @property {Record<string, number>} figures
 *
 * @typedef {{ name: string } & Record<string, unknown>} Work One of `Scenario` in bench/load/src/plan.rs.
 */

export async function buildLoad() {
  await step("Building the load generator", async (detail) => {
    const { code, output } = await run(
      "cargo",
      ["build", "--release", "--locked", "--manifest-path", MANIFEST, "--target-dir", TARGET],
      { onLine: countCrates(detail), env: { ...colourEnv, CARGO_TARGET_DIR: at(TARGET) } },
    );
    const notes = diagnostics(output);
    if (code !== 0)
      throw new Failure(`${notes || output}\nThe load generator does not build (see above).`);
    if (notes) say(`\n${notes}`);
  });
}

/**
 * Does some work on a server that was just started, and stops it.
 * @param {import("./subjects.mjs").Subject} subject
 * @param {{ work: Work, query?: string, compression?: boolean }} task
 * @param {Patience} [patience]
 * @returns {Promise<Report>}
 */
export async function measure(subject, task, { quietMs, gatherMs, patienceMs } = PATIENCE) {
  const { work, query = "", compression = true } = task;
  const server = await subject.start();
  const { dialect, http, authorization } = subject;
  const plan = {
    address: server.address,
    dialect,
    socket: subject.socket + query,
    http,
    authorization,
    compression,
    log: server.log,
    quietMs,
    gatherMs: Math.round(quietMs + gatherMs * Number(work.members ?? 1)),
    patienceMs,
    scenario: work,
  };
  const { output } = await run(at(TARGET, "release/load"), [JSON.stringify(plan)]);
  await server.stop();
  try {
    return JSON.parse(output);
  } catch {
    throw new Failure(`The load generator broke:\n${output}`);
  }
}
