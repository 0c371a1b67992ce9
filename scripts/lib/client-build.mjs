// The client package: bundled modules and their types, to packages/client/dist.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Failure } from "./failure.mjs";
import { step } from "./log.mjs";
import { at, npmBin } from "./paths.mjs";
import { run } from "./process.mjs";
import { hashOf, matches, write } from "./stamp.mjs";

const PACKAGE = "packages/client";
const OUT = `${PACKAGE}/dist`;
const STAMP = "build/client.stamp";

// npm's lock file for the versions of esbuild and of tsc.
const wanted = () =>
  hashOf([
    `${PACKAGE}/src`,
    `${PACKAGE}/package.json`,
    `${PACKAGE}/tsconfig.json`,
    "package-lock.json",
  ]);

/** What `exports` promises, as the sources that it is made from. */
function entries() {
  /** @type {{ exports: Record<string, string | { default: string }> }} */
  const { exports } = JSON.parse(readFileSync(at(PACKAGE, "package.json"), "utf8"));
  return Object.values(exports).flatMap((target) =>
    typeof target === "string" ? [] : [target.default.replace(/^\.\/dist\/(.*)\.js$/, "src/$1.ts")],
  );
}

export const clientReady = () => matches(STAMP, wanted()) && existsSync(at(OUT, "index.js"));

export async function buildClient() {
  const hash = wanted();
  await step("Building the client package", async () => {
    rmSync(at(OUT), { recursive: true, force: true });
    await succeed("esbuild", [
      ...entries().map((entry) => `${PACKAGE}/${entry}`),
      ...[`--outdir=${OUT}`, `--outbase=${PACKAGE}/src`],
      // What entries have in common is to be there once: the same classes for all of them.
      ...["--bundle", "--splitting", "--packages=external"],
      ...["--format=esm", "--target=es2022", "--sourcemap", "--log-level=warning"],
    ]);
    await succeed("tsc", [
      ...["--project", `${PACKAGE}/tsconfig.json`, "--noEmit", "false"],
      ...["--emitDeclarationOnly", "--declaration", "--outDir", OUT, "--rootDir", `${PACKAGE}/src`],
    ]);
    nameAsPublished();
  });
  write(STAMP, hash);
}

/** The types still name the sources that they were made from, which are not published. */
function nameAsPublished() {
  for (const name of readdirSync(at(OUT), { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".d.ts")) continue;
    const text = readFileSync(at(OUT, name), "utf8");
    writeFileSync(at(OUT, name), text.replace(/(from |import\()"(\..*?)\.tsx?"/g, '$1"$2.js"'));
  }
}

/** @param {string} program @param {string[]} args */
async function succeed(program, args) {
  const { code, output } = await run(npmBin(program), args);
  if (code !== 0) throw new Failure(`${output}\nThe client package does not build (see above).`);
}
