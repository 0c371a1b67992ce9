import { useState } from "react";
import { PauseIcon, PlayIcon } from "../shared/icons.tsx";
import type { Entry } from "./entry.ts";
import { EventDetail } from "./event-detail.tsx";
import { EventRows } from "./event-rows.tsx";
import { MOST, type Stream, shownOf, typesOf } from "./stream.ts";
import { StreamState } from "./stream-state.tsx";
import { useToasts } from "./toasts.tsx";
import { TypeFilter } from "./type-filter.tsx";
import type { ObserverHandle } from "./use-observer.ts";

/** What happens in the room, as it happens, and before that what it keeps. */
export function Events({ observed, canListen }: { observed: ObserverHandle; canListen: boolean }) {
  const toasts = useToasts();
  const [paused, setPaused] = useState<Stream>();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [opened, setOpened] = useState<Entry>();
  const stream = paused ?? observed.stream;
  const waiting = observed.stream.arrived - stream.arrived;
  const entries = shownOf(stream, chosen);

  return (
    <div className="events">
      <div className="section-head">
        <StreamState observed={observed} canListen={canListen} isPaused={paused !== undefined} />
        <button
          type="button"
          className="with-icon"
          data-testid="pause"
          aria-pressed={paused !== undefined}
          disabled={!canListen}
          onClick={() => setPaused(paused === undefined ? observed.stream : undefined)}
        >
          {paused === undefined ? <PauseIcon /> : <PlayIcon />}
          {paused === undefined ? "Pause" : waiting > 0 ? `Resume (${waiting} new)` : "Resume"}
        </button>
      </div>
      <TypeFilter types={typesOf(stream)} chosen={chosen} onChange={setChosen} />
      {entries.length > 0 ? (
        <EventRows entries={entries} onOpen={setOpened} />
      ) : (
        <div className="empty">
          {observed.isLoading && canListen ? (
            <p>Loading…</p>
          ) : (
            <>
              <p>{canListen ? "Nothing has happened here yet." : "Events cannot be shown."}</p>
              {canListen && (
                <p>Publish a test event, and it comes in here as everybody in the room gets it.</p>
              )}
            </>
          )}
        </div>
      )}
      {stream.hasEarlier && paused === undefined && (
        <div className="pages">
          {stream.entries.length < MOST ? (
            <button
              type="button"
              data-testid="earlier"
              disabled={observed.isLoading}
              onClick={() =>
                observed.loadEarlier().catch((error: Error) => toasts.failed(error.message))
              }
            >
              Load earlier
            </button>
          ) : (
            <span className="hint">These are the latest {MOST}.</span>
          )}
        </div>
      )}
      {opened !== undefined && <EventDetail entry={opened} onClose={() => setOpened(undefined)} />}
    </div>
  );
}
