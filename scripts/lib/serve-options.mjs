// How a server of one's own is to run: flags, then the environment, then a file of variables, then wrangler.toml.
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs, parseEnv } from "node:util";
import { SECRETS } from "./dev-vars.mjs";
import { Failure } from "./failure.mjs";

export const USAGE = `Usage: npm run serve -- [option …]

  --host ADDRESS    where to listen (HOST; 127.0.0.1)
  --port NUMBER     0 for any that is free (PORT; 8787)
  --data FOLDER     where rooms are kept (DATA_DIR; ./data)
  --outbound LIST   what the server may call: public, local, private, or networks as 10.0.0.0/8, by commas
                    (OUTBOUND; public,local)
  --var NAME:VALUE  a variable of docs/configuration.md, as often as you like; not for secrets, which the environment has
  --dev-vars FILE   variables and secrets from a file such as .dev.vars
  --help

Secrets and variables of docs/configuration.md are taken from the environment, too.`;

/** Every variable of docs/configuration.md: what is taken from the environment besides what wrangler.toml names. */
const VARIABLES = [
  ...["PARTIES", "AUTH_MODE", "ALLOWED_ORIGINS", "LOG_LEVEL", "LIMITS"],
  ...["JWT_PUBLIC_KEYS", "JWT_JWKS_URL", "JWT_JWKS_COOLDOWN_SECONDS", "JWT_ISSUER"],
  ...["JWT_AUDIENCE", "JWT_CLOCK_SKEW_SECONDS", "JWT_REQUIRE_EXPIRY", "DIRECTORY_SHARDS"],
];

/** @typedef {import("./workerd-config.mjs").Place & { overrides: Record<string, string> }} ServeOptions */

/**
 * @param {string[]} args
 * @param {Record<string, string | undefined>} env
 * @param {string[]} named What wrangler.toml has under [vars].
 * @returns {ServeOptions | undefined} Nothing, if only help was asked for.
 */
export function serveOptions(args, env, named) {
  const flags = parseFlags(args);
  if (flags.help) return undefined;
  return {
    host: flags.host ?? env.HOST ?? "127.0.0.1",
    port: port(flags.port ?? env.PORT ?? "8787"),
    data: resolve(flags.data ?? env.DATA_DIR ?? "data"),
    outbound: (flags.outbound ?? env.OUTBOUND ?? "public,local").split(",").map(network),
    overrides: {
      ...(flags["dev-vars"] !== undefined && readVariables(flags["dev-vars"])),
      ...fromEnvironment(env, [...VARIABLES, ...SECRETS, ...named]),
      ...Object.fromEntries((flags.var ?? []).map(variable)),
    },
  };
}

/** @param {string[]} args */
function parseFlags(args) {
  const text = /** @type {const} */ ({ type: "string" });
  try {
    const { values } = parseArgs({
      args,
      options: {
        ...{ host: text, port: text, data: text, outbound: text, "dev-vars": text },
        var: { type: "string", multiple: true },
        help: { type: "boolean" },
      },
    });
    return values;
  } catch (error) {
    throw new Failure(`${/** @type {Error} */ (error).message}\n\n${USAGE}`);
  }
}

/** @param {string} text */
function port(text) {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= 65535) return number;
  throw new Failure(`"${text}" is no port: a number from 0 to 65535.`);
}

/** @param {string} text */
function network(text) {
  const word = text.trim();
  if (/^(public|private|local|network)$|^[0-9a-fA-F.:]+\/\d+$/.test(word)) return word;
  throw new Failure(
    `"${word}" is no network: public, private, local, network, or one such as 10.0.0.0/8.`,
  );
}

/** @param {string} text */
function variable(text) {
  const [, name, value] = text.match(/^([A-Za-z_]\w*):(.*)$/s) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  throw new Failure(`--var takes NAME:VALUE, not "${text}".`);
}

/** @param {string} file */
function readVariables(file) {
  if (!existsSync(file)) throw new Failure(`There is no file ${file} to read variables from.`);
  return /** @type {Record<string, string>} */ (parseEnv(readFileSync(file, "utf8")));
}

/** @param {Record<string, string | undefined>} env @param {string[]} names */
function fromEnvironment(env, names) {
  /** @type {Record<string, string>} */
  const found = {};
  for (const name of names) {
    const value = env[name];
    if (value !== undefined) found[name] = value;
  }
  return found;
}
