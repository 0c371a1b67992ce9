import { compact } from "./numbers.ts";

/** Which types of events one wants to see; none chosen means all. */
export function TypeFilter({
  types,
  chosen,
  onChange,
}: {
  types: readonly [type: string, count: number][];
  chosen: ReadonlySet<string>;
  onChange: (chosen: ReadonlySet<string>) => void;
}) {
  // What was chosen and is not held any more can still be taken back.
  const gone = [...chosen].filter((type) => !types.some(([known]) => known === type));
  const all = [...types, ...gone.map((type): [string, number] => [type, 0])];
  if (all.length < 2 && chosen.size === 0) return null;

  const toggle = (type: string) => {
    const next = new Set(chosen);
    if (!next.delete(type)) next.add(type);
    onChange(next);
  };
  return (
    <fieldset className="type-filter scroll-x">
      <legend className="unseen">Types of events to show</legend>
      <button
        type="button"
        className="chip"
        aria-pressed={chosen.size === 0}
        onClick={() => onChange(new Set())}
      >
        All
      </button>
      {all.map(([type, count]) => (
        <button
          key={type}
          type="button"
          className="chip"
          data-testid="type"
          aria-pressed={chosen.has(type)}
          onClick={() => toggle(type)}
        >
          {type} <span className="chip-count">{compact(count)}</span>
        </button>
      ))}
    </fieldset>
  );
}
