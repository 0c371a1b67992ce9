import type { ReactNode } from "react";
import type { Stats } from "./answers.ts";
import { compact, rate } from "./numbers.ts";
import { byCount, lastMinute, perSecond, summed } from "./rates.ts";

export type Tone = "plain" | "warn" | "grave";

export function Tiles({ label, children }: { label: string; children: ReactNode }) {
  return (
    <dl className="tiles" aria-label={label}>
      {children}
    </dl>
  );
}

/** One number, and what it is about. */
export function Tile({
  name,
  value,
  unit,
  note,
  tone = "plain",
}: {
  name: string;
  value: string | undefined;
  unit?: string;
  note?: string | undefined;
  tone?: Tone;
}) {
  return (
    <div className="tile" data-tone={tone} data-testid="tile">
      <dt>{name}</dt>
      <dd>
        <span className="tile-value">
          {value ?? "–"}
          {unit !== undefined && value !== undefined && <span className="tile-unit">{unit}</span>}
        </span>
        <span className="tile-note">{note}</span>
      </dd>
    </div>
  );
}

export function OverviewTiles({ stats }: { stats: Stats | undefined }) {
  return (
    <Tiles label="Now">{stats === undefined ? <NoNumbers /> : <Numbers stats={stats} />}</Tiles>
  );
}

function NoNumbers() {
  return ["Rooms", "Connections", "Users", "Messages in", "Rejects", "Webhooks"].map((name) => (
    <Tile key={name} name={name} value={undefined} />
  ));
}

function Numbers({ stats: { serverTime, totals, parties, minutes } }: { stats: Stats }) {
  const { rooms, connections, users, webhooks } = totals;
  const partyCount = Object.values(parties).filter((party) => party.rooms > 0).length;
  const rejects = lastMinute(minutes, "rejects", serverTime);
  const [mostly] = byCount(summed(Object.values(parties).map((party) => party.rejects)));
  const isRejecting = rejects > 0;
  return (
    <>
      <Tile
        name="Rooms"
        value={compact(rooms)}
        note={
          rooms === 0
            ? "none is live"
            : partyCount === 1
              ? "in 1 party"
              : `in ${partyCount} parties`
        }
      />
      <Tile
        name="Connections"
        value={compact(connections)}
        note={rooms === 0 ? "" : `${rate(connections / rooms)} a room`}
      />
      <Tile
        name="Users"
        value={compact(users)}
        note={users === 0 ? "" : `${rate(connections / users)} connections each`}
      />
      <Tile
        name="Messages in"
        value={rate(perSecond(minutes, "received", serverTime))}
        unit="/s"
        note={`${rate(perSecond(minutes, "sent", serverTime))}/s out`}
      />
      <Tile
        name="Rejects"
        value={rate(rejects)}
        unit="/min"
        note={mostly === undefined ? "none so far" : `mostly ${mostly[0]}`}
        tone={isRejecting ? "warn" : "plain"}
      />
      <Tile
        name="Webhooks"
        value={compact(webhooks.waiting)}
        unit=" waiting"
        note={webhooks.dead === 0 ? "none is dead" : `${compact(webhooks.dead)} dead`}
        tone={webhooks.dead > 0 ? "grave" : webhooks.waiting > 0 ? "warn" : "plain"}
      />
    </>
  );
}
