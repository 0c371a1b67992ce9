// A configuration for workerd, which is a file in the language of Cap'n Proto.
import { at } from "./paths.mjs";

/**
 * @typedef {object} Deployment What to run.
 * @property {string} name
 * @property {Record<string, string>} modules Name to path. The first one is the entry; `.wasm` is WebAssembly.
 * @property {string} compatibilityDate
 * @property {string[]} [compatibilityFlags]
 * @property {{ binding: string, className: string }[]} objects Classes of Durable Objects, all with SQLite.
 * @property {Record<string, unknown>} vars Text, or anything that JSON can say.
 * @property {Record<string, string>} [overrides] Win over `vars`. Handed over in the environment: they may be secret,
 *   and the file may be read.
 * @property {{ directory: string } & Record<string, unknown>} [assets] As in wrangler's configuration.
 *
 * @typedef {object} Place Where to run it.
 * @property {string} host
 * @property {number} port 0 for any that is free.
 * @property {string} data A folder.
 * @property {string[]} outbound Which networks the Worker may call, in workerd's words.
 */

/** What wrangler and workerd's asset service both know. */
const ASSET_OPTIONS = ["html_handling", "not_found_handling", "run_worker_first", "base_path"];

/** @param {Deployment} deployment @param {Place} place */
export function configText(deployment, { host, port, data, outbound }) {
  const { assets } = deployment;
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return `# Made by \`npm run serve\` at each start.
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "disk", disk = (path = ${text(data)}, writable = true)),
    (name = "outbound", network = (allow = ${list(outbound.map(text))}, tlsOptions = (trustBrowserCas = true))),${
      assets === undefined ? "" : `\n    (name = "files", assets = ${assetService(assets)}),`
    }
  ],
  sockets = [(
    name = "http",
    address = ${text(address)},
    service = ${assets === undefined ? '"worker"' : '"files"'},
    http = (
      # The address as a proxy in front had it.
      forwardedProtoHeader = "X-Forwarded-Proto",
      # Only Cloudflare says who connects. Here it would be the client's own word.
      injectRequestHeaders = [(name = "CF-Connecting-IP")],
    ),
  )],
);
const worker :Workerd.Worker = (
  modules = ${list(Object.entries(deployment.modules).map(module))},
  compatibilityDate = ${text(deployment.compatibilityDate)},
  compatibilityFlags = ${list((deployment.compatibilityFlags ?? []).map(text))},
  durableObjectNamespaces = ${list(deployment.objects.map((object) => namespace(deployment.name, object)))},
  durableObjectStorage = (localDisk = "disk"),
  globalOutbound = "outbound",
  bindings = ${list(bindings(deployment))},
);
`;
}

/** @param {Deployment} deployment */
function bindings({ objects, vars, overrides = {} }) {
  const values = Object.entries(vars).filter(([name]) => !(name in overrides));
  return [
    ...objects.map(({ binding, className }) =>
      named(binding, `durableObjectNamespace = ${text(className)}`),
    ),
    ...values.map(([name, value]) =>
      named(
        name,
        typeof value === "string"
          ? `text = ${text(value)}`
          : `json = ${text(JSON.stringify(value))}`,
      ),
    ),
    ...Object.keys(overrides).map((name) => named(name, `fromEnvironment = ${text(name)}`)),
  ];
}

/** @param {[name: string, path: string]} entry */
const module = ([name, path]) =>
  named(name, `${name.endsWith(".wasm") ? "wasm" : "esModule"} = embed ${text(at(path))}`);

/**
 * The key is part of a room's id, and of where it lies on disk: as `wrangler dev` makes it.
 * @param {string} name @param {{ className: string }} object
 */
const namespace = (name, { className }) =>
  `(className = ${text(className)}, uniqueKey = ${text(`${name}-${className}`)}, enableSql = true)`;

/** @param {{ directory: string } & Record<string, unknown>} assets */
function assetService({ directory, ...options }) {
  const known = Object.entries(options).filter(([name]) => ASSET_OPTIONS.includes(name));
  const config = text(JSON.stringify(Object.fromEntries(known)));
  return `(path = ${text(at(directory))}, config = ${config}, userWorker = "worker")`;
}

/** @param {string} name @param {string} rest */
const named = (name, rest) => `(name = ${text(name)}, ${rest})`;

/** @param {string[]} items */
const list = (items) => (items.length === 0 ? "[]" : `[\n    ${items.join(",\n    ")},\n  ]`);

/** A text in quotes. Cap'n Proto writes other control characters than JSON does. @param {string} value */
const text = (value) =>
  JSON.stringify(value).replaceAll(/\\(?:u00(..)|.)/g, (escaped, hex) =>
    hex === undefined ? escaped : `\\x${hex}`,
  );
