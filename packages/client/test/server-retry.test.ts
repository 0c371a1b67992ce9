import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRetryAfter, retryDelay } from "../src/server/retry.ts";

const ALMOST_ONE = 1 - Number.EPSILON;

test("waits double up to 10 s, and are at least half of that", () => {
  const longest = [1, 2, 3, 6, 100].map((n) => retryDelay(n, 250, undefined, ALMOST_ONE));
  assert.deepEqual(longest, [250, 500, 1000, 8000, 10_000]);
  const shortest = [1, 2, 100].map((n) => retryDelay(n, 250, undefined, 0));
  assert.deepEqual(shortest, [125, 250, 5000]);
});

test("never before the server wants it, and not at all if that is too long", () => {
  assert.equal(retryDelay(1, 250, 2000, 0), 2000);
  assert.equal(retryDelay(1, 250, 2000, ALMOST_ONE), 2250);
  assert.equal(retryDelay(1, 250, 30_000, 0), 30_000);
  assert.equal(retryDelay(1, 250, 30_001, 0), undefined);
});

test("Retry-After is seconds or a date", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  assert.equal(parseRetryAfter("120", now), 120_000);
  assert.equal(parseRetryAfter(" 0 ", now), 0);
  assert.equal(parseRetryAfter("Thu, 01 Jan 2026 00:00:30 GMT", now), 30_000);
  assert.equal(parseRetryAfter("Wed, 31 Dec 2025 00:00:00 GMT", now), 0);
  for (const none of [null, "", "soon", "-1x"]) assert.equal(parseRetryAfter(none, now), undefined);
});
