import { useCallback, useState } from "react";
import { useNow } from "../shared/use-now.ts";
import type { LiveRoom, RoomsPage, RoomsSort } from "./answers.ts";
import { ago } from "./durations.ts";
import { compact, whole } from "./numbers.ts";
import { addressOfRoom } from "./place.ts";
import { addressOf, FIRST_PAGE, matching, PAGE_SIZE, type RoomsQuery } from "./rooms-query.ts";
import { useSession } from "./session.ts";
import { Sparkline } from "./sparkline.tsx";
import { usePoll } from "./use-poll.ts";

const EVERY_MS = 4000;

/** The rooms in which something goes on. */
export function Rooms({ parties }: { parties: readonly string[] }) {
  const { api } = useSession();
  const [query, setQuery] = useState(FIRST_PAGE);
  const [words, setWords] = useState("");
  const read = useCallback(
    (signal: AbortSignal) => api.get<RoomsPage>(addressOf(query), signal),
    [api, query],
  );
  const { data, error } = usePoll(read, EVERY_MS);
  const rooms = matching(data?.rooms ?? [], words);
  const change = (part: Partial<RoomsQuery>) => setQuery({ ...query, pages: [], ...part });
  const next = data?.next;

  return (
    <section className="box" aria-labelledby="rooms-title">
      <div className="section-head">
        <h2 id="rooms-title">Live rooms</h2>
        <search className="controls">
          <input
            type="search"
            aria-label="Filter rooms by name"
            placeholder="Filter, or name a room"
            data-testid="filter"
            value={words}
            onChange={({ target }) => setWords(target.value)}
          />
          <select
            aria-label="Party"
            value={query.party}
            onChange={({ target }) => change({ party: target.value })}
          >
            <option value="">All parties</option>
            {parties.map((party) => (
              <option key={party}>{party}</option>
            ))}
          </select>
          <select
            aria-label="Sort by"
            data-testid="sort"
            value={query.sort}
            onChange={({ target }) => change({ sort: target.value as RoomsSort })}
          >
            <option value="activity">Most active</option>
            <option value="connections">Most connections</option>
            <option value="name">By name</option>
          </select>
        </search>
      </div>
      {rooms.length > 0 ? (
        <RoomsTable rooms={rooms} />
      ) : (
        <NoRooms
          isLoading={data === undefined && error === undefined}
          isFailed={data === undefined && error !== undefined}
          words={words}
          parties={query.party === "" ? parties : [query.party]}
        />
      )}
      <Pages
        isByName={query.sort === "name"}
        page={query.pages.length + 1}
        isFull={(data?.rooms.length ?? 0) >= PAGE_SIZE}
        onBack={
          query.pages.length > 0 ? () => change({ pages: query.pages.slice(0, -1) }) : undefined
        }
        onNext={next === undefined ? undefined : () => change({ pages: [...query.pages, next] })}
      />
    </section>
  );
}

function RoomsTable({ rooms }: { rooms: readonly LiveRoom[] }) {
  const now = useNow(1000);
  return (
    <table className="data rooms">
      <thead>
        <tr>
          <th scope="col">Room</th>
          <th scope="col" className="spark-cell">
            Last 30 minutes
          </th>
          <th scope="col">Connections</th>
          <th scope="col">Users</th>
          <th scope="col">Webhooks</th>
          <th scope="col">Active</th>
        </tr>
      </thead>
      <tbody>
        {rooms.map((room) => (
          <RoomRow key={`${room.party}/${room.room}`} room={room} now={now} />
        ))}
      </tbody>
    </table>
  );
}

function RoomRow({ room, now }: { room: LiveRoom; now: number }) {
  const { webhooks, activity } = room;
  const sum = activity.reduce((total, count) => total + count, 0);
  return (
    <tr data-testid="room">
      <th scope="row">
        <a href={addressOfRoom(room)}>
          <span className="room-name">{room.room}</span>
          <span className="party-chip">{room.party}</span>
        </a>
      </th>
      <td className="spark-cell">
        <Sparkline values={activity} label={`${whole(sum)} in the last 30 minutes`} />
      </td>
      <td data-label="Connections">{compact(room.connections)}</td>
      <td data-label="Users">{compact(room.users)}</td>
      <td data-label="Webhooks">
        {webhooks.waiting === 0 && webhooks.dead === 0 && <span className="quiet">–</span>}
        {webhooks.waiting > 0 && <span className="badge warn">{webhooks.waiting} waiting</span>}
        {webhooks.dead > 0 && <span className="badge grave">{webhooks.dead} dead</span>}
      </td>
      <td data-label="Active" className="quiet">
        {ago(room.lastActivity, now)}
      </td>
    </tr>
  );
}

/** Says what to do. A room that nobody is in can still be looked at. */
function NoRooms({
  isLoading,
  isFailed,
  words,
  parties,
}: {
  isLoading: boolean;
  isFailed: boolean;
  words: string;
  parties: readonly string[];
}) {
  if (isLoading) return <p className="empty">Loading…</p>;
  if (isFailed) return <p className="empty">The list of rooms could not be loaded.</p>;
  const room = words.trim();
  if (room === "") {
    return (
      <div className="empty" data-testid="no-rooms">
        <p>No room is live.</p>
        <p>
          <a href="/" target="_blank" rel="noreferrer">
            Open the demo
          </a>{" "}
          and say something, or publish an event, and it shows up here.
        </p>
      </div>
    );
  }
  return (
    <div className="empty">
      <p>No live room on this page is called “{room}”.</p>
      {parties.length > 0 && (
        <p className="choices">
          Look at it all the same:
          {parties.map((party) => (
            <a key={party} href={addressOfRoom({ party, room })}>
              {party}/{room}
            </a>
          ))}
        </p>
      )}
    </div>
  );
}

function Pages({
  isByName,
  page,
  isFull,
  onBack,
  onNext,
}: {
  isByName: boolean;
  page: number;
  isFull: boolean;
  onBack: (() => void) | undefined;
  onNext: (() => void) | undefined;
}) {
  if (!isByName) {
    if (!isFull) return null;
    return <p className="pages hint">These are the first {PAGE_SIZE}. Sort by name to see all.</p>;
  }
  if (onBack === undefined && onNext === undefined) return null;
  return (
    <nav className="pages" aria-label="Pages of rooms">
      <button type="button" disabled={onBack === undefined} onClick={onBack}>
        Previous
      </button>
      <span>Page {page}</span>
      <button type="button" disabled={onNext === undefined} onClick={onNext}>
        Next
      </button>
    </nav>
  );
}
