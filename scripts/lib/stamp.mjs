// "Is it up to date?" answered by content: a stamp holds the hash of what an output was made from.
// Times of files are no help, since a checkout changes them without changing anything.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { at } from "./paths.mjs";

/**
 * @param {string[]} inputs Files and folders, relative to the repository. One that is absent counts as absent.
 * @param {string} [salt] Whatever else the output depends on.
 */
export function hashOf(inputs, salt = "") {
  const hash = createHash("sha256").update(salt);
  for (const path of inputs.flatMap(filesUnder)) {
    const content = readFileSync(at(path));
    hash.update(`\0${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

/** @param {string} path @returns {string[]} */
function filesUnder(path) {
  if (!existsSync(at(path))) return [];
  try {
    return readdirSync(at(path))
      .filter((name) => name !== "node_modules")
      .sort()
      .flatMap((name) => filesUnder(`${path}/${name}`));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOTDIR") return [path];
    throw error;
  }
}

/** @param {string} stamp @param {string} hash */
export function matches(stamp, hash) {
  return existsSync(at(stamp)) && readFileSync(at(stamp), "utf8").trim() === hash;
}

/** @param {string} stamp @param {string} hash */
export function write(stamp, hash) {
  mkdirSync(dirname(at(stamp)), { recursive: true });
  // Never half a stamp, however this ends.
  const draft = `${at(stamp)}.${process.pid}`;
  writeFileSync(draft, `${hash}\n`);
  renameSync(draft, at(stamp));
}
