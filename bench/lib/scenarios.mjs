// What the servers have to do, and what is said of how they did it.

/**
 * @typedef {import("./load.mjs").Report} Report
 * @typedef {import("./load.mjs").Work} Work
 * @typedef {import("./subjects.mjs").Subject} Subject
 *
 * @typedef {object} Column
 * @property {string} title With its unit.
 * @property {(report: Report) => number | undefined} value
 *
 * @typedef {object} Scenario
 * @property {string} id As in `--only`.
 * @property {string} title
 * @property {(subject: Subject) => Work} work
 * @property {(subject: Subject) => Work} small The same in a few seconds, for the tests.
 * @property {string} [query] What the clients say besides when they connect.
 * @property {boolean} [compression] Whether clients offer permessage-deflate.
 * @property {(subject: Subject) => boolean} [fits] Who can do it.
 * @property {Column[]} columns The first one is drawn.
 */

/** @type {(title: string, value: Column["value"]) => Column} */
const column = (title, value) => ({ title, value });
/** @param {string} title @param {string} name */
const figure = (title, name) => column(title, ({ figures }) => figures[name]);

const columns = {
  deliveries: column("deliveries/s", ({ deliveries, seconds }) => deliveries / seconds),
  messages: column("messages/s", ({ messages, seconds }) => messages / seconds),
  lastP50: column("last p50 ms", ({ last }) => last?.p50),
  lastP95: column("last p95 ms", ({ last }) => last?.p95),
  lastP99: column("last p99 ms", ({ last }) => last?.p99),
  ackP50: column("ack p50 ms", ({ ack }) => ack?.p50),
  ackP95: column("ack p95 ms", ({ ack }) => ack?.p95),
  ackP99: column("ack p99 ms", ({ ack }) => ack?.p99),
  cpuMessage: column(
    "CPU µs/message",
    ({ serverCpuMs, messages }) => (serverCpuMs * 1e3) / messages,
  ),
  cpuDelivery: column(
    "CPU µs/delivery",
    ({ serverCpuMs, deliveries }) => (serverCpuMs * 1e3) / deliveries,
  ),
  memory: column(
    "KiB/connection",
    ({ figures: { residentPerConnection = 0 } }) => residentPerConnection / 1024,
  ),
};
const latencies = [
  ...[columns.lastP50, columns.lastP95, columns.lastP99],
  ...[columns.ackP50, columns.ackP95, columns.ackP99],
];
const costs = [columns.cpuMessage, columns.cpuDelivery, columns.memory];
const throughput = [columns.deliveries, columns.messages, ...latencies, ...costs];

const TIME = { warmUpMs: 1000, measureMs: 3000 };
/** Where little happens, and what comes first is not what stays: an engine still compiles. */
const LONG = { warmUpMs: 5000, measureMs: 6000 };
const SMALL = { warmUpMs: 50, measureMs: 300 };

/** @param {Record<string, unknown>} shape @param {Record<string, unknown>} smallShape */
const talk = (shape, smallShape) => ({
  work: () => ({ name: "talk", time: TIME, ...shape }),
  small: () => ({ name: "talk", ...shape, ...smallShape, time: SMALL }),
});

const busy = talk(
  { rooms: 1, members: 50, publishers: 20, pace: { inFlight: 5 } },
  { members: 10, publishers: 4 },
);

/** @param {number} receivers @returns {Scenario} */
const growth = (receivers) => ({
  id: `growth-${receivers}`,
  title: `One message after the other to ${receivers.toLocaleString("en")} receivers`,
  ...talk(
    { rooms: 1, members: receivers, publishers: 1, pace: { inFlight: 1 } },
    { members: Math.min(receivers, 20) },
  ),
  columns: [
    columns.cpuMessage,
    columns.cpuDelivery,
    columns.messages,
    columns.lastP50,
    columns.lastP99,
  ],
});

/** How long until a room sleeps, and a bit. @param {Subject} subject */
const silence = ({ sleeps }) => (sleeps ? 12_000 : 0);

/** @type {Scenario[]} */
export const scenarios = [
  {
    id: "a",
    title: "A quiet room of 2, 40 messages a second",
    ...talk({ rooms: 1, members: 2, publishers: 1, pace: { everyMs: 25 }, time: LONG }, {}),
    columns: [...latencies, columns.cpuMessage, columns.cpuDelivery],
  },
  {
    id: "b",
    title: "A busy room of 50, 20 of whom have 5 messages in flight each",
    ...busy,
    columns: throughput,
  },
  {
    id: "b-plain",
    title: "The same with clients that do not offer compression",
    ...busy,
    compression: false,
    columns: throughput,
  },
  {
    id: "c",
    title: "1,000 receivers, 10 messages a second",
    ...talk(
      { rooms: 1, members: 1000, publishers: 1, pace: { everyMs: 100 } },
      { members: 30, pace: { everyMs: 20 } },
    ),
    columns: [...latencies, ...costs],
  },
  {
    id: "d",
    title: "500 rooms of 4, one of whom has a message in flight",
    ...talk({ rooms: 500, members: 4, publishers: 1, pace: { inFlight: 1 } }, { rooms: 5 }),
    columns: throughput,
  },
  {
    id: "e",
    title: "HTTP broadcasts to a room of 100, 10 callers with a connection each",
    work: () => ({ name: "post", members: 100, callers: 10, time: TIME }),
    small: () => ({ name: "post", members: 10, callers: 3, time: SMALL }),
    columns: [
      columns.messages,
      columns.deliveries,
      ...latencies,
      columns.cpuMessage,
      columns.cpuDelivery,
    ],
  },
  {
    id: "f",
    title: "1,000 joins at once, until everybody knows of everybody",
    work: () => ({ name: "join", members: 1000 }),
    small: () => ({ name: "join", members: 30 }),
    query: "&announce=1",
    columns: [
      figure("all know ms", "knownMs"),
      figure("all in ms", "enteredMs"),
      column("frames", ({ frames }) => frames),
      column("MB", ({ bytes }) => bytes / 1e6),
      column("CPU ms", ({ serverCpuMs }) => serverCpuMs),
    ],
  },
  {
    id: "g",
    title: "A room of 1,000 wakes: from the message to its delivery",
    work: () => ({ name: "wake", members: 1000, silenceMs: 12_000 }),
    small: () => ({ name: "wake", members: 20, silenceMs: 100 }),
    fits: ({ sleeps = false }) => sleeps,
    columns: [
      column("first ms", ({ first }) => first?.p50),
      column("last ms", ({ last }) => last?.p50),
      column("ack ms", ({ ack }) => ack?.p50),
      column("CPU ms", ({ serverCpuMs }) => serverCpuMs),
      figure("wakes", "wakes"),
    ],
  },
  {
    id: "h",
    title: "5,000 idle sockets in one room, a heartbeat every 2 s each",
    work: (subject) => ({
      ...{ name: "idle", members: 5000, heartbeatMs: subject.sleeps ? 2000 : 0 },
      ...{ silenceMs: silence(subject), time: { warmUpMs: 0, measureMs: 8000 } },
    }),
    small: (subject) => ({
      ...{ name: "idle", members: 50, heartbeatMs: subject.sleeps ? 200 : 0, silenceMs: 0 },
      time: SMALL,
    }),
    columns: [
      columns.memory,
      column("CPU ms/s", ({ serverCpuMs, seconds }) => serverCpuMs / seconds),
      column("wakes/minute", ({ figures: { wakesPerMinute, heartbeats = 0 } }) =>
        heartbeats > 0 ? wakesPerMinute : undefined,
      ),
    ],
  },
  {
    id: "i",
    title: "Pages of 50 from a history of 100,000 messages, and resume of 10,000",
    work: () => ({ name: "history", entries: 100_000, pages: 100, missed: 10_000 }),
    small: () => ({ name: "history", entries: 600, pages: 5, missed: 300 }),
    fits: ({ history = false }) => history,
    columns: [
      figure("latest: CPU ms", "pageLatestCpuMs"),
      figure("p50 ms", "pageLatestP50Ms"),
      figure("middle: CPU ms", "pageMiddleCpuMs"),
      figure("p50 ms", "pageMiddleP50Ms"),
      figure("earliest: CPU ms", "pageEarliestCpuMs"),
      figure("p50 ms", "pageEarliestP50Ms"),
      figure("resume ms", "resumeMs"),
      figure("resume CPU ms", "resumeCpuMs"),
    ],
  },
  ...[10, 100, 1000, 4000].map(growth),
];
