const LIST = new Intl.ListFormat("en", { type: "conjunction" });

/** "Bob", "Bob and Carol", "Bob, Carol, and 4 others". */
export function listed(names: readonly string[], most = 3): string {
  if (names.length <= most) return LIST.format(names);
  return LIST.format([...names.slice(0, most - 1), `${names.length - most + 1} others`]);
}

/** "3 messages", "1 message". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? `1 ${one}` : `${count} ${many}`;
}

/** One or two letters for the round mark beside a message. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = words[0] ?? "";
  const last = words.length > 1 ? (words[words.length - 1] ?? "") : "";
  return [first, last]
    .map((word) => Array.from(word)[0] ?? "")
    .join("")
    .toLocaleUpperCase();
}

/** A colour angle that is the same for a person in every browser (FNV-1a, which spreads well). */
export function hueOf(userId: string): number {
  let hash = 0x811c9dc5;
  for (const char of userId) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) % 360;
}
