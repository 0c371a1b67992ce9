import { useCallback, useEffect, useState } from "react";
import { ChevronIcon } from "../shared/icons.tsx";
import type { AuditEntry, Presence, Webhooks as Queue, RoomStats } from "./answers.ts";
import { roomPath } from "./api.ts";
import { canBearOnSocket } from "./bearer-socket.ts";
import { FIRST_DRAFT } from "./draft.ts";
import { Events } from "./events.tsx";
import { Freshness } from "./freshness.tsx";
import { People } from "./people.tsx";
import { OVERVIEW } from "./place.ts";
import { Publish } from "./publish.tsx";
import { RoomTiles } from "./room-tiles.tsx";
import { useSession } from "./session.ts";
import { type Tab, Tabs } from "./tabs.tsx";
import { Trail } from "./trail.tsx";
import { useMedia } from "./use-media.ts";
import { useObserver } from "./use-observer.ts";
import { usePoll } from "./use-poll.ts";
import { useRarely } from "./use-rarely.ts";
import { Webhooks } from "./webhooks.tsx";

/** Of people the stream does not tell those whom nobody sees. */
const PEOPLE_MS = 3000;

/** What changes seldom. */
const REST_MS = 10_000;

/** When people come and go in crowds, they are asked for no more often. */
const CROWD_MS = 1000;

type PanelName = "events" | "people" | "webhooks" | "bans" | "publish";

/** One room: what happens in it, who is there, and what one can do about it. */
export function RoomPage({ party, room }: { party: string; room: string }) {
  const { api } = useSession();
  const path = roomPath({ party, room });
  const canListen = canBearOnSocket(api.credential);
  const observed = useObserver(party, room, api.credential, canListen);
  const stats = usePoll(
    useCallback((signal: AbortSignal) => api.get<RoomStats>(`${path}/stats`, signal), [api, path]),
    PEOPLE_MS,
  );
  const presence = usePoll(
    useCallback(
      (signal: AbortSignal) => api.get<Presence>(`${path}/presence`, signal),
      [api, path],
    ),
    PEOPLE_MS,
  );
  const audit = usePoll(
    useCallback(
      (signal: AbortSignal) => api.get<{ entries: AuditEntry[] }>(`${path}/audit`, signal),
      [api, path],
    ),
    REST_MS,
  );
  const queue = usePoll(
    useCallback((signal: AbortSignal) => api.get<Queue>(`${path}/webhooks`, signal), [api, path]),
    REST_MS,
  );
  const refresh = useCallback(() => {
    stats.refresh();
    presence.refresh();
  }, [stats.refresh, presence.refresh]);
  useRarely(observed.peopleChanges, CROWD_MS, refresh);

  const isWide = useMedia("(min-width: 60rem)");
  const [panel, setPanel] = useState<PanelName>("events");
  const [draft, setDraft] = useState(FIRST_DRAFT);
  useEffect(() => {
    document.title = `${room} · Durable Rooms`;
  }, [room]);

  const users = presence.data?.users ?? [];
  const tabs: Tab<PanelName>[] = [
    ...(isWide ? [] : [{ name: "events", title: "Events" } as const]),
    { name: "people", title: "People", count: presence.data?.totalUsers },
    { name: "webhooks", title: "Webhooks", ...badgeOf(queue.data) },
    { name: "bans", title: "Bans" },
    { name: "publish", title: "Publish" },
  ];
  // Where the stream stands beside the tabs it is none of them.
  const chosen = isWide && panel === "events" ? "people" : panel;
  const events = <Events observed={observed} canListen={canListen} />;
  return (
    <main id="room">
      <div className="page-head">
        <nav className="crumbs" aria-label="Where you are">
          <a href={OVERVIEW} data-testid="back">
            Overview <ChevronIcon />
          </a>
          <h1>
            <span className="room-title">{room}</span> <span className="party-chip">{party}</span>
          </h1>
        </nav>
        <Freshness polled={stats} />
      </div>
      <RoomTiles stats={stats.data} stream={observed.stream} />
      {users.some(({ userId }) => userId === observed.me) && (
        <p className="note">
          You are in this room as <b>{observed.me}</b>, and the others see you. With the backend key
          nobody does.
        </p>
      )}
      <div className="room-columns">
        {isWide && (
          <section className="box" aria-label="Events">
            {events}
          </section>
        )}
        <Tabs label="This room" tabs={tabs} chosen={chosen} onChoose={setPanel}>
          {chosen === "events" && events}
          {chosen === "people" && (
            <People
              presence={presence}
              path={path}
              onModerated={() => {
                refresh();
                audit.refresh();
              }}
            />
          )}
          {chosen === "webhooks" && <Webhooks queue={queue} path={path} />}
          {chosen === "bans" && <Trail audit={audit} path={path} />}
          {chosen === "publish" && (
            <Publish path={path} users={users} draft={draft} onChange={setDraft} />
          )}
        </Tabs>
      </div>
    </main>
  );
}

/** What is dead wants a look, what waits less so, and nothing is not told. */
function badgeOf(queue: Queue | undefined): { count?: number; isGrave?: boolean } {
  if (queue === undefined) return {};
  if (queue.dead.length > 0) return { count: queue.dead.length, isGrave: true };
  return queue.waiting > 0 ? { count: queue.waiting } : {};
}
