/**
 * Who enters which room, and what of it is remembered.
 *
 * A browser is one person: its user id lives in localStorage, and two tabs are two connections of
 * that person. `?userId=` makes this tab somebody else; that lasts as long as the tab
 * (sessionStorage), so that a reload keeps both the person and the room.
 *
 * Once in, the address holds the room alone: copied from the address bar, it invites to the room
 * and does not hand on a name or an identity.
 */

import { forBrowser, forTab, type Memory } from "./memory.ts";
import { newId } from "./new-id.ts";

export interface Visit {
  room: string;
  name: string;
  userId: string;
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

export function arrive(): Arrival {
  const params = new URLSearchParams(location.search);
  const browserId = browserUserId();
  const tabId = params.get("userId") || forTab.recall(USER_ID);
  const userId = tabId ?? browserId;
  if (userId !== browserId) forTab.remember(USER_ID, userId);

  // In the tab of somebody else neither the name nor the room of this browser's owner applies.
  const memory = memoryOf(userId);
  const room = (params.get("room") ?? memory.recall(ROOM) ?? "lobby").trim();
  const name = (params.get("name") ?? memory.recall(NAME) ?? "").trim();
  const isInvitedByName = params.has("room") && params.has("name");
  const isReload = params.has("room") && forTab.recall(IN_ROOM) === room;
  return {
    visit: { room, name, userId },
    joinsAtOnce: room !== "" && name !== "" && (isInvitedByName || isReload),
  };
}

export function enter(visit: Visit): void {
  const memory = memoryOf(visit.userId);
  memory.remember(NAME, visit.name);
  memory.remember(ROOM, visit.room);
  forTab.remember(IN_ROOM, visit.room);
  history.replaceState(null, "", invitation(visit.room));
}

/** Back to the form, as the same person. The page is loaded anew: nothing of the room lingers. */
export function leave(): void {
  forTab.forget(IN_ROOM);
  location.reload();
}

export function invitation(room: string): string {
  return addressOf({ room });
}

export function asSomebodyElse(room: string): string {
  return addressOf({ room, userId: newId() });
}

function addressOf(params: Record<string, string>): string {
  return new URL(`?${new URLSearchParams(params)}`, location.href).href;
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
