import type { PartyStats } from "./answers.ts";
import { bytes, compact, whole } from "./numbers.ts";
import { byCount } from "./rates.ts";

const MOST_CODES = 4;

/** What each party has seen since it was counted. */
export function Parties({ parties }: { parties: Record<string, PartyStats> | undefined }) {
  const rows = Object.entries(parties ?? {}).sort(([a], [b]) => a.localeCompare(b));
  return (
    <section className="box" aria-labelledby="parties-title">
      <div className="section-head">
        <h2 id="parties-title">Parties</h2>
        <span className="hint">Counted since the deployment began to count</span>
      </div>
      {parties !== undefined && rows.length === 0 ? (
        <p className="empty">No party has seen anybody yet.</p>
      ) : (
        <table className="data parties">
          <thead>
            <tr>
              <th scope="col">Party</th>
              <th scope="col">Rooms</th>
              <th scope="col">Connections</th>
              <th scope="col">Users</th>
              <th scope="col">In</th>
              <th scope="col">Out</th>
              <th scope="col">Published</th>
              <th scope="col">Rejects</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, party]) => (
              <PartyRow key={name} name={name} party={party} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function PartyRow({
  name,
  party: { rooms, connections, users, counters, rejects },
}: {
  name: string;
  party: PartyStats;
}) {
  const codes = byCount(rejects);
  return (
    <tr data-testid="party">
      {/* Calls that have led to no party: of strangers, and to wrong addresses. */}
      <th scope="row">{name === "" ? <i className="quiet">no party</i> : name}</th>
      <td data-label="Rooms">{compact(rooms)}</td>
      <td data-label="Connections">{compact(connections)}</td>
      <td data-label="Users">{compact(users)}</td>
      <td data-label="In">
        {compact(counters.received)}
        <small>{bytes(counters.receivedBytes)}</small>
      </td>
      <td data-label="Out">
        {compact(counters.sent)}
        <small>{bytes(counters.sentBytes)}</small>
      </td>
      <td data-label="Published">{compact(counters.published)}</td>
      <td data-label="Rejects" className="codes">
        {codes.length === 0 && <span className="quiet">none</span>}
        {codes.slice(0, MOST_CODES).map(([code, count]) => (
          <span key={code} className="code-chip" title={`${whole(count)} × ${code}`}>
            {code} <b>{compact(count)}</b>
          </span>
        ))}
        {codes.length > MOST_CODES && (
          <span className="quiet">and {codes.length - MOST_CODES} more</span>
        )}
      </td>
    </tr>
  );
}
