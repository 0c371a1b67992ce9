// npm run bench [-- --only a,b --subjects PartyServer,durable-rooms --rounds 5 --small --save]
// Measures durable-rooms beside the servers that one would take otherwise. docs/benchmarks.md says how to read it.
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { buildAll } from "../scripts/lib/build.mjs";
import { Failure } from "../scripts/lib/failure.mjs";
import { heading, say, seconds } from "../scripts/lib/log.mjs";
import { main } from "../scripts/lib/main.mjs";
import { at } from "../scripts/lib/paths.mjs";
import { setUp } from "../scripts/lib/setup.mjs";
import { bundleSubjects } from "./lib/bundle.mjs";
import { buildLoad } from "./lib/load.mjs";
import { machine } from "./lib/machine.mjs";
import { save } from "./lib/page.mjs";
import { playRounds } from "./lib/rounds.mjs";
import { scenarios } from "./lib/scenarios.mjs";
import { subjects } from "./lib/subjects.mjs";
import { table } from "./lib/table.mjs";

const FOLDER = "bench/results";

await main(async () => {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      subjects: { type: "string" },
      rounds: { type: "string", default: "5" },
      small: { type: "boolean", default: false },
      save: { type: "boolean", default: false },
    },
  });
  const chosen = choose("scenario", scenarios, ({ id }) => id, values.only);
  const compared = choose("subject", subjects, ({ name }) => name, values.subjects);
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Failure("--rounds takes a number from 1.");
  if (values.small && values.save) throw new Failure("What --small measures says nothing.");
  await setUp();
  await buildAll();
  await bundleSubjects();
  await buildLoad();

  const began = performance.now();
  const started = new Date().toISOString();
  const results = [];
  for (const scenario of chosen) {
    heading(`${scenario.id}: ${scenario.title}`);
    const result = await playRounds(scenario, compared, { rounds, small: values.small, tell: say });
    say(`\n${table(result)}`);
    results.push(result);
  }

  const run = { started, machine: machine(), rounds, small: values.small, results };
  mkdirSync(at(FOLDER), { recursive: true });
  const path = `${FOLDER}/${started.replaceAll(":", "-")}.json`;
  writeFileSync(at(path), `${JSON.stringify(run, null, 2)}\n`);
  say(`\nAll of it is in ${path}, after ${seconds(began)}.`);
  const failed = results.some(({ rows }) =>
    rows.some(({ reports }) => reports.some(({ problem }) => problem)),
  );
  if (failed)
    throw new Failure("Something was not delivered exactly once, or refused (see above).");
  if (values.save) for (const file of save(run)) say(`Written: ${file}`);
});

/**
 * @template T
 * @param {string} kind @param {T[]} all @param {(one: T) => string} name @param {string | undefined} wanted By commas.
 */
function choose(kind, all, name, wanted) {
  if (wanted === undefined) return all;
  const names = wanted.split(",").map((text) => text.trim().toLowerCase());
  for (const text of names) {
    if (all.some((one) => matches(name(one), text))) continue;
    throw new Failure(`There is no ${kind} "${text}". There are: ${all.map(name).join(", ")}.`);
  }
  return all.filter((one) => names.some((text) => matches(name(one), text)));
}

/** `growth` means growth-10, growth-100 and so on. @param {string} name @param {string} wanted */
function matches(name, wanted) {
  const known = name.toLowerCase();
  return known === wanted || known.replace(/-\d+$/, "") === wanted;
}
