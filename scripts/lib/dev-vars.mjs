// The secrets of a local server. .dev.vars has them, and the environment wins. What wins must not travel
// by wrangler's command line, which every user of the machine can read, so it goes into a private file.
import { copyFileSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
// Not by its name, which an old Node lacks: importing that would fail before the check of versions can speak.
import * as util from "node:util";
import { Failure } from "./failure.mjs";
import { say } from "./log.mjs";
import { at } from "./paths.mjs";

export const SECRETS = ["JWT_SECRET", "BROADCAST_KEY", "WEBHOOK_SECRET"];

export function createDevVars() {
  if (existsSync(at(".dev.vars"))) return;
  copyFileSync(at(".dev.vars.example"), at(".dev.vars"));
  say("Created .dev.vars from .dev.vars.example: secrets and settings of your local server.");
}

/**
 * @param {string[]} args The user's arguments for wrangler.
 * @returns {{ args: string[], files: string[] }} What to add in front of them, and what to remove in the end.
 */
export function secretArguments(args) {
  const chosen = SECRETS.filter((name) => process.env[name] !== undefined);
  if (chosen.length === 0) return { args: [], files: [] };

  // wrangler reads .dev.vars only if no file is named, so its values go along, unless the user names one as well.
  const named = args.some((arg) => arg === "--env-file" || arg.startsWith("--env-file="));
  const values = named ? {} : util.parseEnv(readFileSync(at(".dev.vars"), "utf8"));
  for (const name of chosen) values[name] = process.env[name];

  const lines = Object.entries(values).map(
    ([name, value]) => `${name}=${quote(name, value ?? "")}\n`,
  );
  // mkdtemp makes a folder that only we may enter.
  const folder = mkdtempSync(join(tmpdir(), "durable-rooms-secrets-"));
  const file = join(folder, "vars");
  writeFileSync(file, lines.join(""), { mode: 0o600 });
  say(`From the environment: ${chosen.join(", ")}.`);
  return { args: ["--env-file", file], files: [folder] };
}

/**
 * A value as wrangler's reader (dotenv with expansion) gives it back. That reader knows no escaped quotes,
 * so the value picks the quotes that it does not contain.
 * @param {string} name @param {string} value
 */
function quote(name, value) {
  const text = value.replaceAll("$", "\\$");
  // The reader takes a backslash in front of the closing quote as part of a longer value.
  const quotable = !text.endsWith("\\");
  // In plain quotes a carriage return would come back as a line feed.
  for (const mark of ["'", "`"]) {
    if (quotable && !text.includes(mark) && !text.includes("\r")) return `${mark}${text}${mark}`;
  }
  if (quotable && !/"|\\[nr]/.test(text)) return `"${text.replaceAll("\r", "\\r")}"`;
  if (/^[^\s"'`#][^#\r\n]*$/.test(text) && text === text.trimEnd()) return text;
  throw new Failure(
    `${name} mixes quotes, # and line breaks in a way that wrangler's env files cannot hold.`,
  );
}
