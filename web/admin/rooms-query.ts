/** Which rooms one wants to see. */

import type { LiveRoom, RoomsSort } from "./answers.ts";

export interface RoomsQuery {
  /** Of all parties if empty. */
  party: string;
  sort: RoomsSort;
  /** Where the pages before this one ended, the first first. Only pages by name have any. */
  pages: readonly string[];
}

export const FIRST_PAGE: RoomsQuery = { party: "", sort: "activity", pages: [] };

export const PAGE_SIZE = 50;

export function addressOf({ party, sort, pages }: RoomsQuery): string {
  const query = new URLSearchParams({ limit: String(PAGE_SIZE), sort });
  if (party !== "") query.set("party", party);
  const after = pages.at(-1);
  if (after !== undefined && sort === "name") query.set("after", after);
  return `/rooms?${query}`;
}

/** Those in whose name the words are, in whatever case. */
export function matching(rooms: readonly LiveRoom[], words: string): readonly LiveRoom[] {
  const parts = words.toLowerCase().split(/\s+/).filter(Boolean);
  return rooms.filter(({ party, room }) => {
    const name = `${party}/${room}`.toLowerCase();
    return parts.every((part) => name.includes(part));
  });
}
