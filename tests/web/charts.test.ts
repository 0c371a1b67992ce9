import assert from "node:assert/strict";
import { test } from "node:test";
import { byCount, hourOf, lastMinute, perSecond, summed } from "../../web/admin/rates.ts";
import { countTicks, linear, linePath, timeTicks } from "../../web/admin/scale.ts";

const MINUTE_MS = 60_000;

test("the ticks of counts are whole, few, and reach the highest value", () => {
  assert.deepEqual(countTicks(0), [0, 1]);
  assert.deepEqual(countTicks(1), [0, 1]);
  assert.deepEqual(countTicks(3), [0, 1, 2, 3]);
  assert.deepEqual(countTicks(7), [0, 2, 4, 6, 8]);
  assert.deepEqual(countTicks(584), [0, 200, 400, 600]);
  for (let max = 0; max < 100_000; max = max * 3 + 1) {
    const ticks = countTicks(max);
    assert.ok(ticks.length >= 2 && ticks.length <= 6, `${ticks.length} ticks up to ${max}`);
    assert.ok((ticks.at(-1) ?? 0) >= max, `${max} is above ${ticks.at(-1)}`);
    assert.ok(ticks.every(Number.isInteger));
  }
});

test("the ticks of time are at full quarters of an hour", () => {
  const quarter = 15 * MINUTE_MS;
  assert.deepEqual(timeTicks(1, 2 * quarter, quarter), [quarter, 2 * quarter]);
  assert.deepEqual(timeTicks(0, quarter - 1, quarter), [0]);
});

test("a range is mapped onto another, also one that has no width", () => {
  const y = linear([0, 10], [100, 0]);
  assert.deepEqual([y(0), y(5), y(10)], [100, 50, 0]);
  assert.equal(linear([3, 3], [7, 9])(3), 7);
  assert.equal(
    linePath([
      [0, 1.26],
      [10, 2],
    ]),
    "M0 1.3L10 2",
  );
});

const minute = (index: number, received: number, sent = 0, rejects = 0) => ({
  at: index * MINUTE_MS,
  received,
  sent,
  rejects,
});

test("a rate looks back 60 seconds, whatever part of a minute has passed", () => {
  const minutes = [minute(0, 600), minute(1, 120)];
  const at = (seconds: number) => lastMinute(minutes, "received", MINUTE_MS + seconds * 1000);
  assert.equal(at(0), 720);
  assert.equal(at(30), 420);
  assert.equal(at(60), 120);
  // The server's last minute is older than its clock says: nothing of the one before counts.
  assert.equal(at(300), 120);
  assert.equal(perSecond(minutes, "received", 2 * MINUTE_MS), 2);
  assert.equal(lastMinute([], "received", 0), 0);
});

test("the hour ends with the last 60 seconds in the place of a minute that is not over", () => {
  const minutes = [minute(0, 0, 0, 4), minute(1, 0, 0, 8), minute(2, 0, 0, 1)];
  const hour = hourOf(minutes, "rejects", 2.5 * MINUTE_MS);
  assert.deepEqual(
    hour.map(({ value }) => value),
    [4, 8, 5],
  );
  assert.deepEqual(hourOf([], "rejects", 0), []);
});

test("rejects of all parties are added, and the most frequent code comes first", () => {
  const sum = summed([
    { muted: 1, "rate-limited": 2 },
    { muted: 4, "invalid-json": 0 },
  ]);
  assert.deepEqual(byCount(sum), [
    ["muted", 5],
    ["rate-limited", 2],
  ]);
});
