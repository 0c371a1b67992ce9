// Rounds of a scenario, interleaved over the servers, so that the machine's mood hits all alike.
import { measure } from "./load.mjs";
import { median } from "./median.mjs";

/**
 * @typedef {import("./load.mjs").Report} Report
 * @typedef {import("./scenarios.mjs").Scenario} Scenario
 * @typedef {import("./subjects.mjs").Subject} Subject
 *
 * @typedef {object} Row
 * @property {string} subject
 * @property {Report[]} reports One a round.
 *
 * @typedef {{ scenario: Scenario, rows: Row[] }} Result
 */

/** Where only what is delivered matters. In milliseconds. */
export const HASTE = { quietMs: 50, gatherMs: 0, patienceMs: 5_000 };

/**
 * @param {Scenario} scenario
 * @param {Subject[]} subjects
 * @param {{ rounds: number, small?: boolean, tell: (text: string) => void }} options
 * @returns {Promise<Result>}
 */
export async function playRounds(scenario, subjects, { rounds, small = false, tell }) {
  const able = subjects.filter((subject) => can(subject, scenario));
  const rows = able.map(({ name }) => ({ subject: name, reports: /** @type {Report[]} */ ([]) }));
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? [...able.keys()] : [...able.keys()].reverse();
    for (const index of order) {
      const [subject, row] = [able[index], rows[index]];
      if (!subject || !row) continue;
      const work = (small ? scenario.small : scenario.work)(subject);
      const { query, compression } = scenario;
      const report = await measure(
        subject,
        { work, query, compression },
        small ? HASTE : undefined,
      );
      row.reports.push(report);
      tell(
        `${scenario.id}, round ${round + 1} of ${rounds}, ${subject.name}: ${tale(scenario, report)}`,
      );
    }
  }
  return { scenario, rows };
}

/** Whether a server takes part in a scenario. @param {Subject} subject @param {Scenario} scenario */
export const can = (subject, { id, fits }) =>
  (subject.only?.includes(id) ?? true) && (fits?.(subject) ?? true);

/** @param {Scenario} scenario @param {Report} report */
function tale({ columns }, report) {
  if (report.problem) return report.problem;
  const [first] = columns;
  const told = first ? `${rounded(first.value(report))} ${first.title}` : "";
  const { generator } = report;
  return generator?.saturated ? `${told} (${saturation(generator)})` : told;
}

/** @param {{ cpu: number, lagP99Ms: number }} generator */
const saturation = ({ cpu, lagP99Ms }) =>
  `the generator was the limit: ${Math.round(cpu * 100)} % of a core, ${lagP99Ms} ms late`;

/** Median, least and most of a column over the rounds that count. @param {Row} row @param {import("./scenarios.mjs").Column} column */
export function spread({ reports }, column) {
  const values = reports
    .filter(({ problem }) => !problem)
    .map((report) => column.value(report))
    .filter((value) => value !== undefined && Number.isFinite(value))
    .map(Number);
  if (values.length === 0) return undefined;
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/** Whatever makes a row doubtful. @param {Row} row */
export function doubts({ reports }) {
  const problems = reports.flatMap(({ problem }) => problem ?? []);
  const saturated = reports.filter(({ generator }) => generator?.saturated).length;
  return [
    ...problems,
    ...(saturated > 0 ? [`generator the limit in ${saturated} of ${reports.length}`] : []),
  ];
}

/** Three digits are more than it can be measured to. @param {number | undefined} value */
export function rounded(value) {
  if (value === undefined) return "";
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}
