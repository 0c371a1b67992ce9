// What the figures were measured on.
import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { at } from "../../scripts/lib/paths.mjs";

export function machine() {
  const version = (/** @type {string} */ name) =>
    JSON.parse(readFileSync(at("node_modules", name, "package.json"), "utf8")).version;
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    linux: release(),
    workerd: version("workerd"),
    node: version("node"),
    partyserver: version("partyserver"),
    "socket.io": version("socket.io"),
  };
}
