// Where things are. Absolute, so that nothing depends on the directory a script was called from.
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** @param {...string} parts */
export const at = (...parts) => join(root, ...parts);

/** A program of the npm packages. @param {string} name */
export const npmBin = (name) => at("node_modules/.bin", name);

/** A program that the set-up compiled. @param {string} name */
export const wasmTool = (name) => at(".tools/bin", name);

// The Node that wrangler and the suites need, whatever runs these scripts.
export const privateNode = npmBin("node");

// The script itself, not the link to it: Node is to run it, and not the one that its first line finds.
export const wrangler = at("node_modules/wrangler/bin/wrangler.js");
