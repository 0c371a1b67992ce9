// The one wait for time in these suites: nothing tells that an object has been evicted.

/** The runtime evicts an object after about ten seconds of silence. */
const ASLEEP_MS = 12_000;

export const untilAsleep = () => new Promise((resolve) => setTimeout(resolve, ASLEEP_MS));
