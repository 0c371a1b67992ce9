/**
 * Who enters which room, and what of it is remembered.
 *
 * A browser is one person: its user id lives in localStorage, and two tabs are two connections of
 * that person. `?userId=` makes this tab somebody else; that lasts as long as the tab
 * (sessionStorage), so that a reload keeps both the person and the room. `#token=` signs in, for the
 * same time; behind the `#` no server's log gets to see it.
 *
 * Once in, the address holds the room alone: copied from the address bar, it invites to the room
 * and does not hand on a name or an identity.
 */

import { forBrowser, forTab, type Memory } from "../shared/memory.ts";
import { newId } from "./new-id.ts";

export interface Visit {
  room: string;
  name: string;
  userId: string;
  token?: string;
}

export interface Arrival {
  /** What is known so far; room and name may be empty. */
  visit: Visit;
  joinsAtOnce: boolean;
}

const USER_ID = "durable-rooms.userId";
const NAME = "durable-rooms.name";
const ROOM = "durable-rooms.room";
const IN_ROOM = "durable-rooms.inRoom";
const TOKEN = "durable-rooms.token";

export function arrive(): Arrival {
  const params = new URLSearchParams(location.search);
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get("token") || params.get("token") || forTab.recall(TOKEN);
  if (token !== undefined) forTab.remember(TOKEN, token);
  const browserId = browserUserId();
  const tabId = params.get("userId") || forTab.recall(USER_ID);
  const userId = tabId ?? browserId;
  if (userId !== browserId) forTab.remember(USER_ID, userId);

  // In the tab of somebody else neither the name nor the room of this browser's owner applies.
  const memory = memoryOf(userId);
  const room = (params.get("room") ?? memory.recall(ROOM) ?? "lobby").trim();
  const name = (params.get("name") ?? nameIn(token) ?? memory.recall(NAME) ?? "").trim();
  const isInvitedByName = params.has("room") && params.has("name");
  const isReload = params.has("room") && forTab.recall(IN_ROOM) === room;
  return {
    visit: { room, name, userId, ...(token !== undefined && { token }) },
    joinsAtOnce: isName(room) && isName(name) && !isPath(room) && (isInvitedByName || isReload),
  };
}

/** As the form has it. */
function isName(text: string): boolean {
  return text !== "" && text.length <= 128;
}

/** What no address can hold as a name. */
function isPath(room: string): boolean {
  return room === "." || room === "..";
}

export function enter(visit: Visit): void {
  const memory = memoryOf(visit.userId);
  memory.remember(NAME, visit.name);
  memory.remember(ROOM, visit.room);
  forTab.remember(IN_ROOM, visit.room);
  history.replaceState(null, "", invitation(visit.room));
}

/** Back to the form, as the same person. */
export function leave(): void {
  forTab.forget(IN_ROOM);
}

export function invitation(room: string): string {
  return addressOf({ room });
}

export function asSomebodyElse(room: string): string {
  return addressOf({ room, userId: newId() });
}

function addressOf(params: Record<string, string>): string {
  const address = new URL(`?${new URLSearchParams(params)}`, location.href);
  address.hash = "";
  return address.href;
}

/** The `name` that a token carries, for the form alone: whether the token is good is the room's to say. */
function nameIn(token: string | undefined): string | undefined {
  try {
    const [, claims = ""] = token?.split(".") ?? [];
    const bytes = Uint8Array.from(
      atob(claims.replaceAll("-", "+").replaceAll("_", "/")),
      (char) => char.codePointAt(0) ?? 0,
    );
    const { name, sub } = JSON.parse(new TextDecoder().decode(bytes));
    return [name, sub].find((value) => typeof value === "string");
  } catch {
    return undefined;
  }
}

function browserUserId(): string {
  const known = forBrowser.recall(USER_ID);
  if (known !== undefined) return known;
  const fresh = newId();
  forBrowser.remember(USER_ID, fresh);
  return fresh;
}

function memoryOf(userId: string): Memory {
  return userId === browserUserId() ? forBrowser : forTab;
}
