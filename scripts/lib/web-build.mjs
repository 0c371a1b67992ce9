// The pages, which are the demo and the dashboard: TypeScript and style bundled, the rest copied, to build/web.
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { Failure } from "./failure.mjs";
import { step } from "./log.mjs";
import { at, npmBin } from "./paths.mjs";
import { run } from "./process.mjs";
import { hashOf, matches, write } from "./stamp.mjs";

const OUT = "build/web";
const DRAFT = "build/web.draft";
const STAMP = "build/web.stamp";

// What is called how, beside what was bundled. The platform serves admin.html at /admin.
const BUNDLED = {
  main: "web/demo/main.tsx",
  style: "web/demo/style.css",
  admin: "web/admin/main.tsx",
  "admin-style": "web/admin/style.css",
};
const COPIED = {
  "index.html": "web/demo/index.html",
  "admin.html": "web/admin/admin.html",
  _headers: "web/admin/headers.txt",
  "favicon.svg": "web/shared/favicon.svg",
  // Served as a file, the description of the HTTP API wakes no Worker.
  "openapi.json": "web/openapi.json",
};

// npm's lock file for the versions of esbuild and of what the pages import.
const wanted = () => hashOf(["web", "packages", "package-lock.json", "scripts/lib/web-build.mjs"]);

export const webReady = () => matches(STAMP, wanted()) && existsSync(at(OUT, "main.js"));

export async function buildWeb() {
  const hash = wanted();
  await step("Building the pages", async () => {
    rmSync(at(DRAFT), { recursive: true, force: true });
    mkdirSync(at(DRAFT), { recursive: true });
    const { code, output } = await run(npmBin("esbuild"), [
      ...Object.entries(BUNDLED).map(([name, source]) => `${name}=${source}`),
      ...[`--outdir=${DRAFT}`, "--bundle", "--format=esm", "--target=es2022"],
      ...["--minify", "--sourcemap"],
      // React keeps what helps in development out of the pages.
      '--define:process.env.NODE_ENV="production"',
      "--log-level=warning",
    ]);
    if (code !== 0) throw new Failure(`${output}\nThe pages do not build (see above).`);
    for (const [name, source] of Object.entries(COPIED)) copyFileSync(at(source), at(DRAFT, name));
    publish();
  });
  write(STAMP, hash);
}

// File by file, because a running server watches the folder: replacing the folder would leave it with none.
function publish() {
  mkdirSync(at(OUT), { recursive: true });
  const names = readdirSync(at(DRAFT));
  for (const name of names) renameSync(at(DRAFT, name), at(OUT, name));
  for (const name of readdirSync(at(OUT)).filter((name) => !names.includes(name))) {
    rmSync(at(OUT, name), { recursive: true });
  }
  rmSync(at(DRAFT), { recursive: true });
}
