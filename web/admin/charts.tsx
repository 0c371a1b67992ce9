import { useState } from "react";
import type { Stats } from "./answers.ts";
import { MinutesChart } from "./minutes-chart.tsx";
import { hourOf } from "./rates.ts";

const KINDS = [
  { what: "received", title: "Messages in", shape: "area" },
  { what: "sent", title: "Messages out", shape: "area" },
  { what: "rejects", title: "Rejects", shape: "bars" },
] as const;

/** The last hour. What is pointed at in one chart is pointed at in all. */
export function Charts({ stats }: { stats: Stats | undefined }) {
  const [pointed, setPointed] = useState<number>();
  return (
    <section className="charts" aria-label="The last hour">
      {KINDS.map(({ what, title, shape }) => (
        <MinutesChart
          key={what}
          title={title}
          shape={shape}
          points={stats && hourOf(stats.minutes, what, stats.serverTime)}
          pointed={pointed}
          onPoint={setPointed}
        />
      ))}
    </section>
  );
}
