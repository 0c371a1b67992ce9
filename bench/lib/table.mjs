// Results as tables in Markdown, which can be read as they are on a terminal, too.
import { doubts, rounded, spread } from "./rounds.mjs";

/** @param {import("./rounds.mjs").Result} result */
export function table({ scenario, rows }) {
  const cells = [
    ["", ...scenario.columns.map(({ title }) => title)],
    ...rows.map((row) => [row.subject, ...scenario.columns.map((column) => cell(row, column))]),
  ];
  const widths = (cells[0] ?? []).map((_, n) =>
    Math.max(3, ...cells.map((line) => line[n]?.length ?? 0)),
  );
  const [head = "", ...body] = cells.map(
    (line) => `| ${line.map((text, n) => pad(text, widths[n] ?? 0, n)).join(" | ")} |`,
  );
  const rule = `|${widths.map((width, n) => (n === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  const notes = rows.flatMap((row) => doubts(row).map((doubt) => `- ${row.subject}: ${doubt}`));
  return [head, rule, ...body, ...(notes.length > 0 ? ["", ...notes] : [])].join("\n");
}

/** The median, and how far it went from there. @param {import("./rounds.mjs").Row} row @param {import("./scenarios.mjs").Column} column */
function cell(row, column) {
  const values = spread(row, column);
  if (!values) return "";
  const away = Math.max(values.most - values.median, values.median - values.least);
  const percent = values.median === 0 ? 0 : Math.round((away / values.median) * 100);
  return row.reports.length > 1 ? `${rounded(values.median)} ±${percent}%` : rounded(values.median);
}

/** @param {string} text @param {number} width @param {number} place */
const pad = (text, width, place) => (place === 0 ? text.padEnd(width) : text.padStart(width));
