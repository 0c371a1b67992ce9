// The folder in which a server keeps its rooms. One server at a time: two would not know of each other's entries.
import { accessSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "./failure.mjs";

// A server that was killed needs a moment until it is gone.
const PATIENCE_MS = 2000;
const SQLITE_BUSY = 5;

/**
 * Kept for good: a database that nobody refers to is closed, and its lock with it.
 * @type {import("node:sqlite").DatabaseSync | undefined}
 */
let lock;

/**
 * Makes the folder, and takes it for this process. The lock is one that SQLite holds, which goes with the process, however
 * that ends, and works wherever rooms can be kept at all.
 * @param {string} folder
 */
export async function takeDataFolder(folder) {
  const { DatabaseSync } = await import("node:sqlite").catch(() => {
    const { node } = process.versions;
    throw new Failure(`Node ${node} is too old to serve. \`npm run serve\` finds a newer one.`);
  });
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    throw new Failure(`The data folder ${folder} cannot be written to: ${message}`);
  }
  try {
    lock = new DatabaseSync(join(folder, "lock.sqlite"));
    lock.exec(`PRAGMA busy_timeout = ${PATIENCE_MS}; PRAGMA locking_mode = EXCLUSIVE`);
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    const { errcode, message } = /** @type {{ errcode?: number, message: string }} */ (error);
    throw new Failure(
      errcode === SQLITE_BUSY
        ? `Another server holds the data folder ${folder}. Stop it, or choose another: --data`
        : `The data folder ${folder} cannot be locked: ${message}`,
    );
  }
}
