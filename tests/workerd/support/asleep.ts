// Waiting until a room sleeps, which nothing tells: the one thing that tests wait for by the clock.

/** The runtime's ten seconds, and those that a report may wait before. */
const ASLEEP_MS = 12_000 + 5_000;

export const untilAsleep = () => new Promise((resolve) => setTimeout(resolve, ASLEEP_MS));
