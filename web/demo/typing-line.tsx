import type { Person } from "durable-rooms";

/** "Bob is typing…" */
export function TypingLine({ typists }: { typists: readonly Person[] }) {
  return (
    <p id="typing" data-testid="typing" className={typists.length > 0 ? "active" : undefined}>
      {typists.length > 0 && (
        <i aria-hidden="true">
          <b />
          <b />
          <b />
        </i>
      )}
      <span>{sentence(typists.map(({ username }) => username))}</span>
    </p>
  );
}

function sentence(names: readonly string[]): string {
  const [first, second] = names;
  if (first === undefined) return "";
  if (second === undefined) return `${first} is typing…`;
  if (names.length === 2) return `${first} and ${second} are typing…`;
  return `${first}, ${second} and ${names.length - 2} more are typing…`;
}
