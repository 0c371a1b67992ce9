// What the directory answers, and waiting for it: nothing tells a client that a report has arrived.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { BROADCAST_KEY } from "./server.ts";

export interface Listed {
  party: string;
  room: string;
  connections: number;
  users: number;
  since: number;
  lastActivity: number;
  activity: number[];
  webhooks: { waiting: number; dead: number };
}

export interface Stats {
  serverTime: number;
  totals: { rooms: number; connections: number; users: number };
  parties: Record<
    string,
    {
      rooms: number;
      connections: number;
      users: number;
      counters: Record<string, number>;
      rejects: Record<string, number>;
    }
  >;
  minutes: { at: number; received: number; sent: number; rejects: number }[];
}

const PATIENCE_MS = 20_000;
const AGAIN_MS = 100;

/** Repeats what fails until it does not, or for too long. */
export async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(AGAIN_MS);
    }
  }
}

export function ask(
  server: { url: string },
  path: string,
  credential = BROADCAST_KEY,
): Promise<Response> {
  return fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${credential}` } });
}

export async function rooms(server: { url: string }, query = "limit=300") {
  const answer = await ask(server, `/rooms?${query}`);
  assert.equal(answer.status, 200);
  return (await answer.json()) as { rooms: Listed[]; next?: string };
}

/** A room of the chatroom party, if the directory lists it. */
export async function listed(server: { url: string }, room: string): Promise<Listed | undefined> {
  const page = await rooms(server, "party=chatroom&limit=300");
  return page.rooms.find((one) => one.room === room);
}

export async function stats(server: { url: string }): Promise<Stats> {
  const answer = await ask(server, "/stats");
  assert.equal(answer.status, 200);
  return (await answer.json()) as Stats;
}
