// npm run bench:broadcast: one call to 100 rooms, beside ten calls at once to ten rooms each. Rounds of both take turns,
// in rooms that are there already and in rooms that nobody has opened before.
import { buildAll } from "../scripts/lib/build.mjs";
import { main } from "../scripts/lib/main.mjs";
import { setUp } from "../scripts/lib/setup.mjs";
import { median } from "./lib/median.mjs";
import { durableRooms, serve } from "./lib/workerd.mjs";

const ROOMS = 100;
const CALLS = 10;
const ROUNDS = 31;
const KEY = "a key of the measurement only";

await main(async () => {
  await setUp();
  await buildAll();
  const server = await serve(
    durableRooms({ BROADCAST_KEY: KEY, PARTIES: '{"main":{"kind":"events"}}' }),
  );
  const url = `${server.url.replace("ws:", "http:")}/broadcast`;
  for (const state of ["awake", "new"]) {
    /** @type {Record<"one" | "ten", number[]>} */
    const times = { one: [], ten: [] };
    for (let round = 0; round <= ROUNDS; round++) {
      /** @type {("one" | "ten")[]} */
      const inTurn = round % 2 === 0 ? ["one", "ten"] : ["ten", "one"];
      for (const way of inTurn) {
        const prefix = state === "new" ? `${round}-${way}` : "room";
        const rooms = Array.from({ length: ROOMS }, (_, n) => ({ room: `${prefix}-${n}` }));
        const calls = way === "one" ? 1 : CALLS;
        const took = await measure(url, split(rooms, calls));
        // The first round wakes the rooms.
        if (round > 0) times[way].push(took);
      }
    }
    const [one, ten] = [median(times.one), median(times.ten)];
    console.log(
      `rooms ${state}, median of ${ROUNDS}: one call ${one.toFixed(1)} ms, ` +
        `${CALLS} at once ${ten.toFixed(1)} ms, ratio ${(one / ten).toFixed(2)}`,
    );
  }
  await server.stop();
});

/** Milliseconds until every call is answered. @param {string} url @param {{ room: string }[][]} calls */
async function measure(url, calls) {
  const began = performance.now();
  await Promise.all(calls.map((rooms) => call(url, rooms)));
  return performance.now() - began;
}

/** @param {string} url @param {{ room: string }[]} rooms */
async function call(url, rooms) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json" },
    body: JSON.stringify({ rooms, type: "TASK_UPDATED", payload: { taskId: "t1" } }),
  });
  const { results } = /** @type {{ results: { results?: unknown }[] }} */ (await answer.json());
  if (results.length !== rooms.length || results.some(({ results }) => results === undefined)) {
    throw new Error("a room did not answer");
  }
}

/** @template T @param {T[]} list @param {number} parts @returns {T[][]} */
function split(list, parts) {
  const size = list.length / parts;
  return Array.from({ length: parts }, (_, n) => list.slice(n * size, (n + 1) * size));
}
