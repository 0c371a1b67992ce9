import assert from "node:assert/strict";
import { test } from "node:test";
import { keepOutboxIn } from "../src/index.ts";

function memory(kept = new Map<string, string>()) {
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
}

test("messages come back as they were kept, under their key", async () => {
  const storage = memory();
  const messages = [{ messageId: "m1", message: "Hello", meta: { a: 1 } }];
  await keepOutboxIn(storage, "lobby/alice").save(messages);
  assert.deepEqual(await keepOutboxIn(storage, "lobby/alice").load(), messages);
  assert.deepEqual(await keepOutboxIn(storage, "lobby/bob").load(), []);
});

test("what is no list is nothing", async () => {
  const storage = memory(new Map([["k", '"text"']]));
  assert.deepEqual(await keepOutboxIn(storage, "k").load(), []);
});
