import assert from "node:assert/strict";
import { test } from "node:test";
import { reconnectDelay } from "../src/backoff.ts";

const ALMOST_ONE = 1 - Number.EPSILON;

test("a broken line: anything from 0 to a ceiling that doubles from 250 ms to 10 s", () => {
  const longest = [0, 1, 2, 5, 6, 100].map((n) => reconnectDelay(1006, "later", n, ALMOST_ONE));
  assert.deepEqual(longest, [250, 500, 1000, 8000, 10_000, 10_000]);
  assert.equal(reconnectDelay(1006, "later", 9, 0), 0);
});

test("a room that says later: at least half of a ceiling from 2 s to 60 s", () => {
  const shortest = [0, 1, 9].map((n) => reconnectDelay(4129, "later", n, 0));
  assert.deepEqual(shortest, [1000, 2000, 30_000]);
  assert.equal(reconnectDelay(4129, "later", 9, ALMOST_ONE), 60_000);
});

test("at once is at once, but not again and again", () => {
  assert.equal(reconnectDelay(4201, "at-once", 0, 0.5), 0);
  assert.equal(reconnectDelay(4201, "at-once", 3, 0.5), 1000);
});
