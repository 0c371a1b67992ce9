// What is measured. Every server does the same with a message: keeps it, tells everybody in the room, tells the sender that
// it is kept. Every measurement has a process of its own, with nothing in its storage.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { at, privateNode } from "../../scripts/lib/paths.mjs";
import { start } from "../../scripts/lib/process.mjs";
import { BUNDLES } from "./bundle.mjs";
import { durableRooms, serve } from "./workerd.mjs";

/**
 * @typedef {{ address: string, log?: string, stop: () => Promise<void> }} Started
 *
 * @typedef {object} Subject
 * @property {string} name As in `--subjects`, and in the tables.
 * @property {"json" | "socket-io"} dialect
 * @property {string} socket Path and query of a room's socket.
 * @property {string} http Path of a room for HTTP.
 * @property {string} [authorization]
 * @property {boolean} [sleeps] Sleeps when nothing happens, and answers the heartbeat `ping` itself.
 * @property {boolean} [history] Has pages and resume.
 * @property {string[]} [only] The scenarios that it is for; all, if left out.
 * @property {() => Promise<Started>} start
 */

const KEY = "a key of the measurement only";

/** Limits are not what is measured here: who sends as fast as it can is a flood, and would be stopped. */
const NO_LIMIT = { burst: 1_000_000_000, perSecond: 1_000_000_000 };
const RATES = [
  "messages",
  "guestMessages",
  "ephemeral",
  "history",
  "receipts",
  "connection",
  "room",
];
const LIMITS = { rates: Object.fromEntries(RATES.map((name) => [name, NO_LIMIT])) };

/** @param {boolean} compression */
const room = (compression) => ({
  dialect: /** @type {const} */ ("json"),
  http: "/parties/chatroom/{room}",
  authorization: `Bearer ${KEY}`,
  sleeps: true,
  history: true,
  start: () =>
    serve(
      durableRooms(
        {
          AUTH_MODE: "open",
          BROADCAST_KEY: KEY,
          LIMITS: JSON.stringify(LIMITS),
          // Only wakes are logged so, which are counted.
          LOG_LEVEL: "debug",
          PARTIES: JSON.stringify({ chatroom: { kind: "chat", compression } }),
        },
        compression ? [] : undefined,
      ),
    ),
});

const ours = room(false);

const SOCKET = "{room}?userId={user}&username={user}";

/** @type {Subject[]} */
export const subjects = [
  { ...ours, name: "durable-rooms", socket: `/parties/chatroom/${SOCKET}&batch=1` },
  {
    ...ours,
    name: "durable-rooms single",
    socket: `/parties/chatroom/${SOCKET}`,
    only: ["b", "b-plain"],
  },
  {
    ...room(true),
    name: "durable-rooms compressed",
    socket: `/parties/chatroom/${SOCKET}&batch=1`,
    only: ["b"],
  },
  {
    name: "PartyServer",
    dialect: "json",
    socket: `/parties/rooms/${SOCKET}`,
    http: "/parties/rooms/{room}",
    sleeps: true,
    start: () => onWorkerd("party-server", "Rooms"),
  },
  bare("bare object", () => onWorkerd("bare-object", "BareObject")),
  {
    ...socketIo("Socket.IO", false),
    only: ["a", "b", "b-plain", "c", "d", "e", "f", "h"],
  },
  { ...socketIo("Socket.IO SQLite", true), only: ["a", "b", "b-plain"] },
];

/** The bare object with a fault. @param {"lose" | "repeat" | "swap"} fault */
export const faulty = (fault) =>
  bare(`faulty object: ${fault}`, () =>
    onWorkerd("faulty-object", "FaultyObject", { FAULT: fault }),
  );

/** @param {string} name @param {() => Promise<Started>} start @returns {Subject} */
function bare(name, start) {
  return { name, dialect: "json", socket: `/${SOCKET}`, http: "/{room}", sleeps: true, start };
}

/** @param {string} name @param {string} className @param {Record<string, string>} [bindings] */
const onWorkerd = (name, className, bindings) =>
  serve({
    name,
    files: { "index.js": `${BUNDLES}/${name}.js` },
    objects: { ROOMS: className },
    bindings,
  });

/** @param {string} name @param {boolean} persisted @returns {Subject} */
function socketIo(name, persisted) {
  return {
    name,
    dialect: "socket-io",
    socket: "/socket.io/?EIO=4&transport=websocket&room={room}&userId={user}",
    http: "/rooms/{room}",
    start: () => {
      const folder = mkdtempSync(join(tmpdir(), "durable-rooms-bench-"));
      const file = persisted ? [join(folder, "messages.sqlite")] : [];
      return new Promise((resolve) => {
        const child = start(
          privateNode,
          ["--disable-warning=ExperimentalWarning", at("bench/subjects/socket-io.mjs"), ...file],
          {
            // The first thing it says is where it listens.
            onLine: (line) =>
              resolve({
                address: line,
                stop: async () => {
                  child.stop();
                  await child.closed;
                },
              }),
            removeAfter: [folder],
          },
        );
      });
    },
  };
}
