import {
  type KeyboardEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import type { Entry } from "./entry.ts";
import { exactTime, fullTime, isoTime } from "./moments.ts";
import { useMedia } from "./use-media.ts";
import { rowsInView } from "./windowed.ts";

/** The height of a row in pixels: one line, or two where there is no room beside each other. */
const ONE_LINE = 40;
const TWO_LINES = 60;

/**
 * The newest at the top. Only the rows in view are in the page. Who has scrolled down keeps their place when something
 * comes in above.
 */
export function EventRows({
  entries,
  onOpen,
}: {
  entries: readonly Entry[];
  onOpen: (entry: Entry) => void;
}) {
  const rowHeight = useMedia("(max-width: 40rem)") ? TWO_LINES : ONE_LINE;
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const newest = useRef(entries[0]?.key);

  const look = useCallback(() => {
    const { scrollTop = 0, clientHeight = 0 } = box.current ?? {};
    setView({ top: scrollTop, height: clientHeight });
  }, []);
  useEffect(() => {
    if (box.current === null) return;
    const observer = new ResizeObserver(look);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [look]);
  useLayoutEffect(() => {
    const element = box.current;
    const came = entries.findIndex(({ key }) => key === newest.current);
    newest.current = entries[0]?.key;
    if (element !== null && came > 0 && element.scrollTop > 0) {
      element.scrollTop += came * rowHeight;
    }
  }, [entries, rowHeight]);

  const [first, end] = rowsInView(entries.length, rowHeight, view);
  return (
    <div className="event-box">
      <div ref={box} className="event-scroll" data-testid="events" onScroll={look}>
        <ol style={{ height: entries.length * rowHeight }} aria-label="Events, the newest first">
          {entries.slice(first, end).map((entry, index) => (
            <li
              key={entry.key}
              style={{ top: (first + index) * rowHeight, height: rowHeight }}
              aria-setsize={entries.length}
              aria-posinset={first + index + 1}
            >
              <EventRow entry={entry} onOpen={onOpen} />
            </li>
          ))}
        </ol>
      </div>
      {view.top > 2 * rowHeight && (
        <button
          type="button"
          className="to-newest"
          onClick={() => box.current?.scrollTo({ top: 0 })}
        >
          Newest
        </button>
      )}
    </div>
  );
}

function EventRow({ entry, onOpen }: { entry: Entry; onOpen: (entry: Entry) => void }) {
  const { at, type, who, text, seq } = entry;
  return (
    <button
      type="button"
      className="event"
      data-testid="event"
      data-type={type}
      data-seq={seq}
      onClick={() => onOpen(entry)}
      onKeyDown={toNeighbour}
    >
      <time dateTime={isoTime(at)} title={fullTime(at)}>
        {exactTime(at)}
      </time>
      <span className="event-type" data-kept={seq !== undefined || undefined}>
        {type}
      </span>
      <span className="event-text">
        {who !== undefined && <b>{who}</b>} {text}
      </span>
    </button>
  );
}

/** Arrow keys go from row to row. */
function toNeighbour(event: KeyboardEvent<HTMLElement>): void {
  const row = event.currentTarget.closest("li");
  const neighbour = {
    ArrowDown: row?.nextElementSibling,
    ArrowUp: row?.previousElementSibling,
  }[event.key];
  if (!neighbour) return;
  event.preventDefault();
  neighbour.querySelector("button")?.focus();
}
