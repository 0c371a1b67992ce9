// npm test: everything that has to hold. npm run check: the same without the browser.
import { findBrowser } from "./lib/browser.mjs";
import { buildAll } from "./lib/build.mjs";
import { report } from "./lib/failure.mjs";
import { colourEnv, heading, say, seconds } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { run } from "./lib/process.mjs";
import { setUp } from "./lib/setup.mjs";
import { parseTestArguments } from "./lib/test-arguments.mjs";
import { TestCounts } from "./lib/test-counts.mjs";

await main(async () => {
  const { chosen, patterns } = parseTestArguments(process.argv.slice(2));
  await setUp();
  if (chosen.some(({ needsBrowser }) => needsBrowser)) {
    process.env.CHROME_PATH = await findBrowser();
  }
  await buildAll();

  const counts = new TestCounts();
  let failed = false;
  for (const phase of chosen) {
    const began = performance.now();
    heading(phase.title);
    failed = !(await passes(phase, patterns, counts));
    if (failed) {
      console.error(`\nFailed: ${phase.title}. Alone: npm test -- --only ${phase.name}`);
      break;
    }
    say(`${phase.name}: ${seconds(began)}`);
  }
  say(`\n${counts}`);
  return failed ? 1 : 0;
});

/** @param {import("./lib/phases.mjs").Phase} phase @param {string[]} patterns @param {TestCounts} counts */
async function passes(phase, patterns, counts) {
  const failedBefore = counts.failed;
  try {
    await phase.prepare?.();
    for (const { command, args, env } of phase.commands(patterns)) {
      const { code } = await run(command, args, {
        env: { ...env, ...colourEnv },
        show: true,
        onLine: (line) => counts.read(line),
      });
      if (code === 0) continue;
      if (counts.failed === failedBefore) counts.addFailure();
      return false;
    }
    return true;
  } catch (error) {
    report(error);
    counts.addFailure();
    return false;
  }
}
