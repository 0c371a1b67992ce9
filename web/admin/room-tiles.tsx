import type { RoomStats } from "./answers.ts";
import { compact, whole } from "./numbers.ts";
import { lastSeq, type Stream } from "./stream.ts";
import { Tile, Tiles } from "./tiles.tsx";

export function RoomTiles({ stats, stream }: { stats: RoomStats | undefined; stream: Stream }) {
  // The stream is ahead of what is asked for now and then.
  const seq = stats && Math.max(stats.seq, lastSeq(stream) ?? 0);
  const kept = stats && seq !== undefined ? seq - stats.firstSeq + 1 : undefined;
  return (
    <Tiles label="Now">
      <Tile name="Connections" value={stats && compact(stats.connections)} />
      <Tile name="Users" value={stats && compact(stats.users)} />
      <Tile
        name="Kept"
        value={kept === undefined ? undefined : compact(kept)}
        note={stats && seq ? `${whole(stats.firstSeq)} to ${whole(seq)}` : "nothing yet"}
      />
      <Tile name="Events seen" value={compact(stream.arrived)} note="since you came" />
    </Tiles>
  );
}
