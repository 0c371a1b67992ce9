// The measurement itself, small: it counts right, every scenario runs on every server, and what is lost is noticed. Figures
// of so short a time say nothing.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { bundleSubjects } from "../lib/bundle.mjs";
import { buildLoad, measure } from "../lib/load.mjs";
import { draw, section } from "../lib/page.mjs";
import { can, doubts, HASTE, playRounds, spread } from "../lib/rounds.mjs";
import { scenarios } from "../lib/scenarios.mjs";
import { faulty, subjects } from "../lib/subjects.mjs";
import { table } from "../lib/table.mjs";

before(async () => {
  await bundleSubjects();
  await buildLoad();
});

const results: import("../lib/rounds.mjs").Result[] = [];

for (const scenario of scenarios) {
  test(`${scenario.id}: every server that can do it delivers everything once`, async (context) => {
    const tell = (text: string) => context.diagnostic(text);
    const options = { rounds: 1, small: true, tell };
    // All at once, since no figure matters.
    const played = await Promise.all(
      subjects.map((subject) => playRounds(scenario, [subject], options)),
    );
    const result = { scenario, rows: played.flatMap(({ rows }) => rows) };
    results.push(result);
    const able = subjects.filter((subject) => can(subject, scenario));
    assert.deepEqual(
      result.rows.map(({ subject }) => subject),
      able.map(({ name }) => name),
    );
    for (const { subject, reports } of result.rows) {
      for (const { problem, expected, delivered, generator } of reports) {
        assert.equal(problem, null, subject);
        assert.equal(delivered, expected, subject);
        assert.ok(generator, subject);
      }
    }
    const [column] = scenario.columns;
    assert.ok(column);
    for (const row of result.rows) assert.ok(spread(row, column), `${row.subject} has no figure`);
  });
}

test("the page has a table and a chart for every scenario", () => {
  const charts = draw(results);
  const run = { started: "2026-11-21T00:00:00Z", machine: { cores: 2 }, rounds: 1, results };
  const text = section(run, charts);
  for (const result of results) {
    assert.ok(text.includes(table(result)), result.scenario.id);
    const grows = result.scenario.id.startsWith("growth-");
    assert.ok(charts.has(grows ? "growth" : result.scenario.id), result.scenario.id);
  }
});

const busy = scenarios.find(({ id }) => id === "b");

for (const [fault, what] of [
  ["lose", "loses a delivery"],
  ["repeat", "delivers twice"],
  ["swap", "delivers twice to one and not at all to another"],
] as const) {
  test(`a server that ${what} is caught`, async () => {
    const subject = faulty(fault);
    assert.ok(busy);
    const report = await measure(subject, { work: busy.small(subject) }, HASTE);
    assert.match(report.problem ?? "", /deliveries came|Members of one room/);
    const row = { subject: subject.name, reports: [report] };
    assert.deepEqual(doubts(row).slice(0, 1), [report.problem]);
    // What it reached that way is not told as a figure.
    assert.equal(busy.columns[0] && spread(row, busy.columns[0]), undefined);
  });
}

test("a server that refuses is caught", async () => {
  const [subject] = subjects;
  assert.ok(subject);
  const work = { name: "post", members: 1, callers: 1, time: { warmUpMs: 0, measureMs: 100 } };
  const report = await measure({ ...subject, authorization: "Bearer wrong" }, { work }, HASTE);
  assert.match(report.problem ?? "", /401/);
});
