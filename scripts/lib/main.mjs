// The frame of every script: errors become one line and an exit code, signals end what the script started.
import { constants } from "node:os";
import { report } from "./failure.mjs";
import { onStopRequest } from "./process.mjs";

/**
 * @param {() => Promise<number | void>} body Resolves to the exit code.
 * @param {{ exitCodeOnStop?: number, onStop?: () => void }} [options] A server that was asked to stop has not failed: 0.
 */
export async function main(body, { exitCodeOnStop, onStop } = {}) {
  onStopRequest((signal) => {
    onStop?.();
    process.exit(exitCodeOnStop ?? 128 + constants.signals[signal]);
  });
  // The reader of our output went away, as `npm test | head` does: nobody is left to tell.
  process.stdout.on("error", () => process.exit(1));
  try {
    process.exit((await body()) ?? 0);
  } catch (error) {
    report(error);
    process.exit(1);
  }
}
