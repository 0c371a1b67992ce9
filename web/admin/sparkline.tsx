import { linear, linePath } from "./scale.ts";

const WIDTH = 120;
const HEIGHT = 28;

/** What has gone on lately, without numbers: those are told to the ear. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  const peak = Math.max(1, ...values);
  const x = linear([0, values.length - 1], [1, WIDTH - 1]);
  const y = linear([0, peak], [HEIGHT - 2, 3]);
  const places = values.map((value, index) => [x(index), y(value)] as const);
  const isQuiet = values.every((value) => value === 0);
  return (
    <svg
      className="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      data-quiet={isQuiet || undefined}
    >
      <path
        className="fill"
        d={`${linePath(places)}L${WIDTH - 1} ${HEIGHT - 2}L1 ${HEIGHT - 2}Z`}
      />
      <path className="line" d={linePath(places)} />
    </svg>
  );
}
