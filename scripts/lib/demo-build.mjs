// The demo page: TypeScript and style bundled, the rest copied, to build/web.
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { Failure } from "./failure.mjs";
import { step } from "./log.mjs";
import { at, npmBin } from "./paths.mjs";
import { run } from "./process.mjs";
import { hashOf, matches, write } from "./stamp.mjs";

const SOURCE = "web/demo";
const OUT = "build/web";
const DRAFT = "build/web.draft";
const STAMP = "build/web.stamp";
const COPIED = /\.(html|svg)$/;

// npm's lock file for the versions of esbuild and of what the page imports.
const wanted = () => hashOf(["web", "packages", "package-lock.json"]);

export const demoReady = () => matches(STAMP, wanted()) && existsSync(at(OUT, "main.js"));

export async function buildDemo() {
  const hash = wanted();
  await step("Building the demo", async () => {
    rmSync(at(DRAFT), { recursive: true, force: true });
    mkdirSync(at(DRAFT), { recursive: true });
    const { code, output } = await run(npmBin("esbuild"), [
      ...[`${SOURCE}/main.tsx`, `${SOURCE}/style.css`, `--outdir=${DRAFT}`],
      ...["--bundle", "--format=esm", "--target=es2022", "--minify", "--sourcemap"],
      // React keeps what helps in development out of the page.
      '--define:process.env.NODE_ENV="production"',
      "--log-level=warning",
    ]);
    if (code !== 0) throw new Failure(`${output}\nThe demo does not build (see above).`);
    for (const name of readdirSync(at(SOURCE)).filter((name) => COPIED.test(name))) {
      copyFileSync(at(SOURCE, name), at(DRAFT, name));
    }
    // What describes the HTTP API is served beside the page, which wakes no Worker.
    copyFileSync(at("web/openapi.json"), at(DRAFT, "openapi.json"));
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
