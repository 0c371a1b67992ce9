import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { minuteOf } from "./moments.ts";
import { compact, whole } from "./numbers.ts";
import { countTicks, linear, linePath, timeTicks } from "./scale.ts";
import { useWidth } from "./use-width.ts";

export interface Point {
  /** When the minute began. */
  at: number;
  value: number;
}

const MINUTE_MS = 60_000;
const HEIGHT = 168;
const EDGE = { top: 10, right: 12, bottom: 24, left: 44 };

/** Ticks of the hour need this much each. */
const TICK_PX = 72;

interface ChartProps {
  title: string;
  shape: "area" | "bars";
  /** By minute, oldest first; the last one is the 60 seconds up to now. */
  points: readonly Point[] | undefined;
  /** The index of the minute that is pointed at. */
  pointed: number | undefined;
  onPoint: (index: number | undefined) => void;
}

/** Counts by minute: a card with its peak, and the value of whatever minute is pointed at, by hand or by arrow keys. */
export function MinutesChart({ title, shape, points = [], pointed, onPoint }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const peak = Math.max(0, ...points.map(({ value }) => value));
  const shown = pointed === undefined ? undefined : points[pointed];
  const last = points.length - 1;

  const pointAt = ({ clientX, currentTarget }: PointerEvent<HTMLElement>) => {
    if (last < 0) return;
    const { left } = currentTarget.getBoundingClientRect();
    const inside = (clientX - left - EDGE.left) / (width - EDGE.left - EDGE.right);
    onPoint(Math.min(last, Math.max(0, Math.round(inside * last))));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowLeft: -1, ArrowRight: 1, Home: -last, End: last }[event.key];
    if (event.key === "Escape") onPoint(undefined);
    if (to === undefined) return;
    event.preventDefault();
    onPoint(Math.min(last, Math.max(0, (pointed ?? last) + to)));
  };

  const moment = (point: Point) => (point === points[last] ? "last 60 s" : minuteOf(point.at));
  const described = points[pointed ?? last];
  return (
    <figure className="box chart" data-shape={shape} data-testid="chart">
      <figcaption>
        <h2>{title}</h2>
        <span className="chart-value">
          {shown === undefined ? (
            <>
              peak <b>{compact(peak)}</b>/min
            </>
          ) : (
            <>
              {moment(shown)} <b>{whole(shown.value)}</b>/min
            </>
          )}
        </span>
      </figcaption>
      <div
        ref={box}
        className="plot"
        role="slider"
        tabIndex={points.length > 0 ? 0 : -1}
        aria-label={`${title} by minute. Peak ${whole(peak)}.`}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, last)}
        aria-valuenow={pointed ?? Math.max(0, last)}
        aria-valuetext={described && `${moment(described)}: ${whole(described.value)}`}
        onPointerMove={pointAt}
        onPointerDown={pointAt}
        onPointerLeave={() => onPoint(undefined)}
        onBlur={() => onPoint(undefined)}
        onKeyDown={onKeyDown}
      >
        {width > 0 && points.length > 1 && (
          <Plot shape={shape} points={points} width={width} peak={peak} pointed={pointed} />
        )}
        {points.length > 0 && peak === 0 && <p className="chart-empty">None in the last hour</p>}
      </div>
    </figure>
  );
}

interface PlotProps {
  shape: "area" | "bars";
  points: readonly Point[];
  width: number;
  peak: number;
  pointed: number | undefined;
}

function Plot({ shape, points, width, peak, pointed }: PlotProps) {
  const from = points[0]?.at ?? 0;
  const to = points.at(-1)?.at ?? 0;
  const ticks = countTicks(peak);
  const base = HEIGHT - EDGE.bottom;
  const x = linear([from, to], [EDGE.left, width - EDGE.right]);
  const y = linear([0, ticks.at(-1) ?? 1], [base, EDGE.top]);
  const every = width - EDGE.left < 4 * TICK_PX ? 30 : 15;
  const marked = pointed === undefined ? undefined : points[pointed];
  return (
    <svg width={width} height={HEIGHT} aria-hidden="true">
      {ticks.map((tick) => (
        <g key={tick} className={tick === 0 ? "axis" : "grid"}>
          <line x1={EDGE.left} x2={width - EDGE.right} y1={y(tick)} y2={y(tick)} />
          <text x={EDGE.left - 8} y={y(tick)} dy="0.32em" textAnchor="end">
            {compact(tick)}
          </text>
        </g>
      ))}
      {timeTicks(from, to, every * MINUTE_MS).map((at) => (
        <g key={at} className="axis">
          <line x1={x(at)} x2={x(at)} y1={base} y2={base + 4} />
          <text x={x(at)} y={HEIGHT - 5} textAnchor={x(at) > width - 30 ? "end" : "middle"}>
            {minuteOf(at)}
          </text>
        </g>
      ))}
      {shape === "area" ? (
        <Area points={points} x={x} y={y} base={base} />
      ) : (
        <Bars points={points} x={x} y={y} base={base} width={width} pointed={pointed} />
      )}
      {marked !== undefined && (
        <g className="pointer">
          <line x1={x(marked.at)} x2={x(marked.at)} y1={EDGE.top} y2={base} />
          {shape === "area" && <circle cx={x(marked.at)} cy={y(marked.value)} r="4" />}
        </g>
      )}
    </svg>
  );
}

interface ShapeProps {
  points: readonly Point[];
  x: (at: number) => number;
  y: (value: number) => number;
  base: number;
}

function Area({ points, x, y, base }: ShapeProps) {
  const places = points.map(({ at, value }) => [x(at), y(value)] as const);
  const left = places[0]?.[0] ?? 0;
  const right = places.at(-1)?.[0] ?? 0;
  return (
    <>
      <path className="fill" d={`${linePath(places)}L${right} ${base}L${left} ${base}Z`} />
      <path className="line" d={linePath(places)} />
    </>
  );
}

function Bars({
  points,
  x,
  y,
  base,
  width,
  pointed,
}: ShapeProps & { width: number; pointed: number | undefined }) {
  const slot = (width - EDGE.left - EDGE.right) / points.length;
  const thick = Math.max(2, slot * 0.7);
  return points.map(({ at, value }, index) =>
    value === 0 ? null : (
      <rect
        key={at}
        className="bar"
        data-pointed={index === pointed || undefined}
        x={x(at) - thick / 2}
        y={Math.min(y(value), base - 2)}
        width={thick}
        height={Math.max(2, base - y(value))}
        rx={Math.min(2, thick / 2)}
      />
    ),
  );
}
