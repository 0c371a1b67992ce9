import assert from "node:assert/strict";
import { test } from "node:test";
import { requestOf, sanctions, told } from "../../web/admin/moderation.ts";

const entry = (action: string, userId: string, more = {}) => ({
  at: 0,
  actor: "backend",
  action,
  userId,
  ...more,
});

test("who is banned or muted is told by the latest word about each", () => {
  const trail = [
    entry("unban", "alice"),
    entry("mute", "bob", { until: 2000, reason: "loud" }),
    entry("ban", "alice"),
    entry("kick", "carol"),
    entry("ban", "bob", { until: 500 }),
    entry("ban", "mallory"),
    entry("unban", "mallory"),
  ];
  const found = (now: number) => sanctions(trail, now).map(({ kind, userId }) => [kind, userId]);
  assert.deepEqual(found(1000), [
    ["mute", "bob"],
    ["ban", "mallory"],
  ]);
  assert.deepEqual(found(2000), [["ban", "mallory"]]);
  assert.deepEqual(found(0), [
    ["mute", "bob"],
    ["ban", "bob"],
    ["ban", "mallory"],
  ]);
});

test("a ban has an end if one was chosen; a kick has none, and no reason is no empty reason", () => {
  const decision = { userId: "bob", duration: "1h", reason: " " };
  assert.deepEqual(requestOf({ ...decision, action: "ban" }, 1000), {
    userId: "bob",
    until: 3_601_000,
  });
  assert.deepEqual(requestOf({ ...decision, action: "kick", reason: " spam " }, 1000), {
    userId: "bob",
    reason: "spam",
  });
  assert.deepEqual(requestOf({ ...decision, action: "mute", duration: "" }, 1000), {
    userId: "bob",
  });
});

test("what has come of it is said in words", () => {
  assert.equal(
    told({ action: "kick", closed: 1 }, "Bob"),
    "Bob was kicked; 1 connection was closed.",
  );
  assert.equal(told({ action: "mute", closed: 0 }, "Bob"), "Bob is muted.");
  assert.equal(told({ action: "unban", closed: 0 }, "Bob"), "Bob may come back.");
});
