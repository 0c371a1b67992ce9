/** Axes: where things stand, and at which values there are ticks. */

/** Ticks from 0 to the first at or above `max`, at whole numbers that people count in (1, 2, 5, 10, …). */
export function countTicks(max: number, most = 4): number[] {
  const step = niceStep(Math.max(1, max) / most);
  const count = Math.max(1, Math.ceil(max / step));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

/** The smallest of 1, 2, 5, 10, 20, … that is not below `least`. */
function niceStep(least: number): number {
  if (least <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((digit) => digit * power >= least) ?? 10) * power;
}

/** The multiples of `every` between two moments, both included. Zones differ by quarters of an hour, so :00 is :00. */
export function timeTicks(from: number, to: number, every: number): number[] {
  const ticks: number[] = [];
  for (let at = Math.ceil(from / every) * every; at <= to; at += every) ticks.push(at);
  return ticks;
}

/** Maps a range onto another. */
export function linear(
  [from, to]: readonly [number, number],
  [start, end]: readonly [number, number],
): (value: number) => number {
  const width = to - from || 1;
  return (value) => start + ((value - from) / width) * (end - start);
}

/** The points of an SVG path, from left to right. */
export function linePath(points: readonly (readonly [x: number, y: number])[]): string {
  return points
    .map(([x, y], index) => `${index === 0 ? "M" : "L"}${round(x)} ${round(y)}`)
    .join("");
}

/** Half a pixel is fine enough, and short. */
const round = (value: number) => Math.round(value * 10) / 10;
