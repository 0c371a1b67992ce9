// The servers to compare with that run on workerd, each as one file.
import { build } from "esbuild";
import { at } from "../../scripts/lib/paths.mjs";

export const BUNDLES = "build/bench";

const NAMES = ["bare-object", "faulty-object", "flooded-object", "party-server"];

export async function bundleSubjects() {
  await build({
    absWorkingDir: at("."),
    entryPoints: NAMES.map((name) => `bench/subjects/${name}.js`),
    outdir: BUNDLES,
    bundle: true,
    format: "esm",
    target: "es2024",
    external: ["cloudflare:workers"],
    logLevel: "warning",
  });
}
