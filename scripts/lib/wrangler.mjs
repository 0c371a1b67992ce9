// Calling wrangler: under the Node that it needs, and without its questions and its calls home.
import { privateNode, wrangler } from "./paths.mjs";

/** @param {string[]} args @returns {[command: string, args: string[]]} */
export const wranglerCommand = (args) => [privateNode, [wrangler, ...args]];

export const wranglerEnv = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: "true",
  // With the banner goes the check for updates; package-lock.json decides about versions.
  WRANGLER_HIDE_BANNER: "true",
};
