import { useCallback, useEffect } from "react";
import type { Stats } from "./answers.ts";
import { Charts } from "./charts.tsx";
import { Freshness } from "./freshness.tsx";
import { Parties } from "./parties.tsx";
import { Rooms } from "./rooms.tsx";
import { useSession } from "./session.ts";
import { OverviewTiles } from "./tiles.tsx";
import { usePoll } from "./use-poll.ts";

const EVERY_MS = 2000;

/** The whole deployment at a glance. */
export function Overview() {
  const { api } = useSession();
  const read = useCallback((signal: AbortSignal) => api.get<Stats>("/stats", signal), [api]);
  const stats = usePoll(read, EVERY_MS);

  useEffect(() => {
    document.title = "Overview · Durable Rooms";
  }, []);

  return (
    <main id="overview" aria-busy={stats.data === undefined}>
      <div className="page-head">
        <h1>Overview</h1>
        <Freshness polled={stats} />
      </div>
      <OverviewTiles stats={stats.data} />
      <Charts stats={stats.data} />
      <Rooms
        parties={Object.keys(stats.data?.parties ?? {})
          .filter(Boolean)
          .sort()}
      />
      <Parties parties={stats.data?.parties} />
    </main>
  );
}
