// A folder in which the client package is installed, as it is published.
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { buildClient, clientReady } from "../../../scripts/lib/client-build.mjs";
import { withLock } from "../../../scripts/lib/lock.mjs";
import { at } from "../../../scripts/lib/paths.mjs";
import { temporaryFolder } from "./server.ts";

export async function folderWithPackage(): Promise<string> {
  await withLock("build/build.lock", async () => {
    if (!clientReady()) await buildClient();
  });
  const folder = temporaryFolder();
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(at("packages/client"), join(folder, "node_modules/durable-rooms"));
  return folder;
}
