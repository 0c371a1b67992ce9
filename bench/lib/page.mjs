// The generated part of docs/benchmarks.md, with its charts.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { at } from "../../scripts/lib/paths.mjs";
import { bars, lines } from "./charts.mjs";
import { spread } from "./rounds.mjs";
import { table } from "./table.mjs";

/**
 * @typedef {import("./rounds.mjs").Result} Result
 * @typedef {{ started: string, machine: Record<string, string | number>, rounds: number, results: Result[] }} Run
 */

const PAGE = "docs/benchmarks.md";
const FOLDER = "docs/benchmarks";
const [BEGIN, END] = ["<!-- results: generated -->", "<!-- end -->"];

/** @param {Run} run @returns {string[]} What was written. */
export function save(run) {
  const charts = draw(run.results);
  mkdirSync(at(FOLDER), { recursive: true });
  for (const [name, { svg }] of charts) writeFileSync(at(FOLDER, `${name}.svg`), svg);
  const page = readFileSync(at(PAGE), "utf8");
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)];
  writeFileSync(
    at(PAGE),
    `${page.slice(0, before)}${BEGIN}\n\n${section(run, charts)}\n\n${page.slice(after)}`,
  );
  return [PAGE, ...[...charts.keys()].map((name) => `${FOLDER}/${name}.svg`)];
}

/** @param {Run} run @param {ReturnType<typeof draw>} charts */
export function section({ started, machine, rounds, results }, charts) {
  const setting = Object.entries(machine).map(([name, value]) => `${name} ${value}`);
  const parts = results.map((result) => {
    const { id, title } = result.scenario;
    const chart = charts.get(id);
    const image = chart ? [`![${chart.alt}](benchmarks/${id}.svg)`] : [];
    return [`### ${id}: ${title}`, ...image, table(result)].join("\n\n");
  });
  const growth = charts.get("growth");
  return [
    `${started.slice(0, 10)}, ${rounds} rounds, the median and how far a round was from it at most. ${setting.join(", ")}.`,
    ...parts,
    ...(growth ? ["### Growth", `![${growth.alt}](benchmarks/growth.svg)`] : []),
  ].join("\n\n");
}

/** @param {Result[]} results @returns {Map<string, { svg: string, alt: string }>} */
export function draw(results) {
  const charts = new Map();
  const growing = results.filter(({ scenario: { id } }) => id.startsWith("growth-"));
  for (const result of results) {
    const { id, title, columns } = result.scenario;
    const [column] = columns;
    if (!column || growing.includes(result)) continue;
    const values = result.rows.flatMap((row) => {
      const value = spread(row, column);
      return value ? [{ name: row.subject, ...value }] : [];
    });
    if (values.length === 0) continue;
    charts.set(id, {
      svg: bars({ title, unit: column.title, values }),
      alt: `${title}: ${column.title}`,
    });
  }
  if (growing.length > 1) charts.set("growth", growth(growing));
  return charts;
}

/** @param {Result[]} growing */
function growth(growing) {
  const title = "Server CPU of a message, by receivers";
  /** @type {Map<string, { x: number, y: number }[]>} */
  const series = new Map();
  for (const { scenario, rows } of growing) {
    const [column] = scenario.columns;
    for (const row of rows) {
      const value = column && spread(row, column);
      if (!value) continue;
      const points = series.get(row.subject) ?? [];
      points.push({ x: Number(scenario.id.split("-")[1]), y: value.median });
      series.set(row.subject, points);
    }
  }
  return { svg: lines({ title, x: "receivers", y: "µs", series }), alt: title };
}
