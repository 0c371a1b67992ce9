// npm run bench:flood: what one who floods costs the others, here and with an object that does nothing but pass messages on.
// A room of 49 and a flooder with 10,000 frames; one of the 49 writes at a steady pace. Rounds of both take turns.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import WebSocket from "ws";
import { buildAll } from "../scripts/lib/build.mjs";
import { main } from "../scripts/lib/main.mjs";
import { at } from "../scripts/lib/paths.mjs";
import { setUp } from "../scripts/lib/setup.mjs";
import { BUNDLES, bundleSubjects } from "./lib/bundle.mjs";
import { median } from "./lib/median.mjs";
import { durableRooms, serve } from "./lib/workerd.mjs";

const OTHERS = 49;
const FRAMES = 10_000;
const MESSAGES = 60;
const PACE_MS = 20;
const ROUNDS = 5;

/** @type {import("./lib/workerd.mjs").Subject[]} */
const subjects = [
  durableRooms({ AUTH_MODE: "open", PARTIES: '{"chatroom":{"kind":"chat"}}' }),
  {
    name: "bare object",
    files: { "index.js": `${BUNDLES}/flooded-object.js` },
    objects: { ROOMS: "FloodedObject" },
  },
];

await main(async () => {
  await setUp();
  await buildAll();
  await bundleSubjects();
  const servers = await Promise.all(subjects.map(serve));
  /** @type {Map<string, { quiet: number, flooded: number }[]>} */
  const results = new Map(subjects.map(({ name }) => [name, []]));
  for (let round = 1; round <= ROUNDS; round++) {
    for (const [index, { name }] of subjects.entries()) {
      const result = await measure(`${servers[index]?.url}/parties/chatroom/flood-${round}`);
      results.get(name)?.push(result);
      const { quiet, flooded } = result;
      console.log(`${name}: p99 ${quiet.toFixed(1)} ms quiet, ${flooded.toFixed(1)} ms flooded`);
    }
  }
  for (const [name, rounds] of results) {
    const of = (/** @type {"quiet" | "flooded"} */ key) => median(rounds.map((one) => one[key]));
    const ratio = of("flooded") / of("quiet");
    console.log(
      `${name}, median of ${ROUNDS}: p99 ${of("quiet").toFixed(1)} ms quiet, ` +
        `${of("flooded").toFixed(1)} ms flooded, ratio ${ratio.toFixed(1)}`,
    );
  }
  for (const server of servers) await server.stop();
});

/** @param {string} room */
async function measure(room) {
  const people = await Promise.all(
    Array.from({ length: OTHERS }, (_, n) => open(`${room}?userId=user${n}`)),
  );
  const [first, second] = people;
  if (!first || !second) throw new Error("nobody came");
  const quiet = await p99(first, people, "quiet");
  const flooded = p99(second, people, "flooded");
  const flooder = [at("bench/flooder.mjs"), `${room}?userId=flooder`, String(FRAMES)];
  const { stdout } = await promisify(execFile)(process.execPath, flooder);
  if (stdout.trim() !== "4129") throw new Error(`the flooder was closed with ${stdout}`);
  const result = { quiet, flooded: await flooded };
  for (const person of people) person.terminate();
  return result;
}

/** @param {string} address @returns {Promise<WebSocket>} */
function open(address) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address);
    socket.once("open", () => resolve(socket));
    socket.once("error", reject);
  });
}

/**
 * Writes at a steady pace, and gives the 99th percentile of how long it took to reach each, in milliseconds.
 * @param {WebSocket} sender @param {WebSocket[]} receivers @param {string} label
 */
async function p99(sender, receivers, label) {
  /** @type {Map<string, number>} */
  const sentAt = new Map();
  /** @type {number[]} */
  const times = [];
  const complete = new Promise((resolve) => {
    for (const receiver of receivers) {
      receiver.on("message", (data) => {
        const now = performance.now();
        const { type, messageId } = JSON.parse(data.toString());
        const sent = type === "new-message" ? sentAt.get(messageId) : undefined;
        if (sent === undefined) return;
        times.push(now - sent);
        if (times.length === receivers.length * MESSAGES) resolve(undefined);
      });
    }
  });
  for (let n = 0; n < MESSAGES; n++) {
    const messageId = `${label}-${n}`;
    sentAt.set(messageId, performance.now());
    sender.send(JSON.stringify({ type: "message", messageId, message: "x".repeat(100) }));
    await new Promise((resolve) => setTimeout(resolve, PACE_MS));
  }
  await complete;
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length * 0.99)] ?? 0;
}
