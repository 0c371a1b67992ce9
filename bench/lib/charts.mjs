// Charts as SVG, readable on light and on dark: the colours are of the reader's scheme.

const WIDTH = 720;
const FONT = 13;
const ROW = 30;
const LEFT = 200;
const RIGHT = 110;
const HUES = ["#2563eb", "#60a5fa", "#d97706", "#6b7280", "#059669", "#34d399", "#9333ea"];

const STYLE = `<style>
  text { font: ${FONT}px system-ui, sans-serif; fill: #1f2937; }
  .title { font-weight: 600; }
  .faint { fill: #6b7280; }
  .rule { stroke: #9ca3af; stroke-width: 1; }
  .whisker { stroke: #1f2937; stroke-width: 1.5; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e5e7eb; }
    .faint { fill: #9ca3af; }
    .rule { stroke: #6b7280; }
    .whisker { stroke: #e5e7eb; }
  }
</style>`;

/**
 * A bar a row, from zero, with least and most as whiskers.
 * @param {{ title: string, unit: string, values: { name: string, median: number, least: number, most: number }[] }} chart
 */
export function bars({ title, unit, values }) {
  const most = Math.max(...values.map((value) => value.most), Number.MIN_VALUE);
  const scale = (/** @type {number} */ value) => (value / most) * (WIDTH - LEFT - RIGHT);
  const rows = values.map(({ name, median, least, most }, n) => {
    const y = 56 + n * ROW;
    const middle = y + ROW / 2 - 4;
    return [
      `<text x="${LEFT - 10}" y="${middle + 4}" text-anchor="end">${escaped(name)}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${fixed(scale(median))}" height="${ROW - 8}" rx="2" fill="${hue(n)}"/>`,
      `<line class="whisker" x1="${fixed(LEFT + scale(least))}" x2="${fixed(LEFT + scale(most))}" y1="${middle}" y2="${middle}"/>`,
      `<text x="${fixed(LEFT + scale(most) + 8)}" y="${middle + 4}">${label(median)}</text>`,
    ].join("\n");
  });
  const height = 56 + values.length * ROW + 10;
  return picture(height, title, [
    `<text class="faint" x="${LEFT}" y="44">${escaped(unit)}</text>`,
    ...rows,
    `<line class="rule" x1="${LEFT}" x2="${LEFT}" y1="52" y2="${height - 8}"/>`,
  ]);
}

/**
 * Lines over two logarithmic axes: what grows as x does is a straight line, one decade up for each decade right.
 * @param {{ title: string, x: string, y: string, series: Map<string, { x: number, y: number }[]> }} chart
 */
export function lines({ title, x, y, series }) {
  const points = [...series.values()].flat();
  const [top, bottom, right] = [70, 370, WIDTH - RIGHT - 60];
  const across = axis(
    points.map((point) => point.x),
    70,
    right,
  );
  const up = axis(
    points.map((point) => point.y),
    bottom,
    top,
  );
  const ticksX = across.ticks.map((value) =>
    [
      `<line class="rule" x1="${fixed(across.at(value))}" x2="${fixed(across.at(value))}" y1="${bottom}" y2="${bottom + 5}"/>`,
      `<text class="faint" x="${fixed(across.at(value))}" y="${bottom + 20}" text-anchor="middle">${label(value)}</text>`,
    ].join("\n"),
  );
  const ticksY = up.ticks.map((value) =>
    [
      `<line class="rule" x1="65" x2="${right}" y1="${fixed(up.at(value))}" y2="${fixed(up.at(value))}" stroke-dasharray="2 4"/>`,
      `<text class="faint" x="60" y="${fixed(up.at(value) + 4)}" text-anchor="end">${label(value)}</text>`,
    ].join("\n"),
  );
  const drawn = [...series].map(([name, points], n) => {
    const path = points.map((point) => `${fixed(across.at(point.x))},${fixed(up.at(point.y))}`);
    const legend = 60 + n * 20;
    return [
      `<polyline points="${path.join(" ")}" fill="none" stroke="${hue(n)}" stroke-width="2"/>`,
      ...path.map(
        (at) =>
          `<circle cx="${at.split(",")[0]}" cy="${at.split(",")[1]}" r="3" fill="${hue(n)}"/>`,
      ),
      `<rect x="${right + 15}" y="${legend - 9}" width="10" height="10" fill="${hue(n)}"/>`,
      `<text x="${right + 30}" y="${legend}">${escaped(name)}</text>`,
    ].join("\n");
  });
  return picture(bottom + 50, title, [
    `<text class="faint" x="10" y="44">${escaped(y)}</text>`,
    `<text class="faint" x="${(70 + right) / 2}" y="${bottom + 40}" text-anchor="middle">${escaped(x)}</text>`,
    ...ticksX,
    ...ticksY,
    ...drawn,
  ]);
}

/** A logarithmic axis over whole decades. @param {number[]} values @param {number} from @param {number} to */
function axis(values, from, to) {
  const exponents = values.filter((value) => value > 0).map(Math.log10);
  const first = Math.floor(Math.min(...exponents));
  const last = Math.max(Math.ceil(Math.max(...exponents)), first + 1);
  return {
    at: (/** @type {number} */ value) =>
      from + ((Math.log10(Math.max(value, 10 ** first)) - first) / (last - first)) * (to - from),
    ticks: Array.from({ length: last - first + 1 }, (_, n) => 10 ** (first + n)),
  };
}

/** @param {number} height @param {string} title @param {string[]} content */
function picture(height, title, content) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">
${STYLE}
<text class="title" x="10" y="22">${escaped(title)}</text>
${content.join("\n")}
</svg>
`;
}

/** @param {number} value */
const label = (value) =>
  value >= 1000 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));

/** @param {number} place */
const hue = (place) => HUES[place % HUES.length] ?? "";

/** @param {number} value */
const fixed = (value) => Number(value.toFixed(1));

/** @param {string} text */
const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
