import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, short, until } from "../../web/admin/durations.ts";
import { bytes, compact, rate, whole } from "../../web/admin/numbers.ts";

test("numbers stay exact as long as they are short", () => {
  assert.equal(whole(1_234_567), "1,234,567");
  assert.equal(compact(9_999), "9,999");
  assert.equal(compact(12_345), "12.3K");
  assert.equal(compact(4_200_000), "4.2M");
});

test("a rate that is not nothing does not look like nothing", () => {
  assert.equal(rate(0), "0");
  assert.equal(rate(0.01), "<0.1");
  assert.equal(rate(0.44), "0.4");
  assert.equal(rate(12.34), "12.3");
  assert.equal(rate(310.4), "310");
});

test("bytes go up to the largest unit that fits", () => {
  assert.equal(bytes(0), "0 B");
  assert.equal(bytes(1023), "1,023 B");
  assert.equal(bytes(1536), "1.5 KiB");
  assert.equal(bytes(200 * 1024 * 1024), "200 MiB");
  assert.equal(bytes(2 ** 60), "1,048,576 TiB");
});

test("lengths of time are rounded down, and a clock that is ahead makes no negative ones", () => {
  assert.equal(short(999), "now");
  assert.equal(short(59_999), "59 s");
  assert.equal(short(60_000), "1 min");
  assert.equal(short(7_199_999), "1 h");
  assert.equal(short(3 * 86_400_000), "3 d");
  assert.equal(ago(5_000, 4_000), "just now");
  assert.equal(ago(0, 90_000), "1 min ago");
  assert.equal(until(45_000, 0), "in 45 s");
  assert.equal(until(0, 1), "now");
});
