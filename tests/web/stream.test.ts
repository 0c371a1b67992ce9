// The stream of a room on the dashboard: what was kept, and what comes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Entry, entryOf, type Frame, isEvent } from "../../web/admin/entry.ts";
import {
  firstSeq,
  lastSeq,
  MOST,
  NOTHING,
  type Stream,
  shownOf,
  typesOf,
  withLive,
  withPage,
} from "../../web/admin/stream.ts";

let unnamed = 0;

/** What is kept. */
const kept = (seq: number, type = "new-message"): Entry =>
  entryOf({ type, seq, timestamp: seq * 100, message: `Message ${seq}` }, "", 0);

/** What passes. */
const passing = (at: number, type = "user-typing"): Entry => {
  unnamed += 1;
  return entryOf({ type, userId: "alice" }, `live ${unnamed}`, at);
};

const order = ({ entries }: Stream) => entries.map(({ seq, type }) => seq ?? type);

test("what comes live is appended, and an entry that came before is not there twice", () => {
  const stream = withLive(NOTHING, [kept(1), passing(150), kept(2)]);
  const more = withLive(stream, [kept(2), kept(3), kept(3)]);
  assert.deepEqual(order(more), [1, "user-typing", 2, 3]);
  assert.equal(more.arrived, 4);
  assert.equal(withLive(more, [kept(3)]), more);
});

test("a page that is answered late goes before what came live meanwhile", () => {
  const live = withLive(NOTHING, [passing(450, "user-joined"), kept(5), passing(550), kept(6)]);
  const stream = withPage(live, [kept(3), kept(4), kept(5)], true);
  assert.deepEqual(order(stream), [3, 4, "user-joined", 5, "user-typing", 6]);
  assert.equal(stream.hasEarlier, true);
  // History is nothing that has arrived.
  assert.equal(stream.arrived, live.arrived);
});

test("an earlier page goes to the front, and says when it is the first", () => {
  const latest = withPage(NOTHING, [kept(3), kept(4)], true);
  assert.equal(firstSeq(latest), 3);
  const all = withPage(latest, [kept(1), kept(2)], false);
  assert.deepEqual(order(all), [1, 2, 3, 4]);
  assert.equal(all.hasEarlier, false);
  assert.equal(lastSeq(all), 4);
});

test("a page that ends after everything that is held is appended", () => {
  assert.deepEqual(
    order(withPage(withLive(NOTHING, [kept(1)]), [kept(1), kept(2)], false)),
    [1, 2],
  );
});

test("the oldest go when there are too many, and it is known that they were there", () => {
  const many = Array.from({ length: MOST + 5 }, (_, index) => kept(index + 1));
  const stream = withLive(NOTHING, many);
  assert.equal(stream.entries.length, MOST);
  assert.equal(firstSeq(stream), 6);
  assert.equal(stream.hasEarlier, true);
  assert.equal(stream.arrived, MOST + 5);
});

test("the newest is shown first, of the chosen types alone", () => {
  const stream = withLive(NOTHING, [kept(1), passing(150), kept(2, "TASK"), kept(3)]);
  const shown = (...types: string[]) => shownOf(stream, new Set(types)).map(({ type }) => type);
  assert.deepEqual(shown(), ["new-message", "TASK", "user-typing", "new-message"]);
  assert.deepEqual(shown("TASK", "user-typing"), ["TASK", "user-typing"]);
  assert.deepEqual(typesOf(stream), [
    ["new-message", 2],
    ["TASK", 1],
    ["user-typing", 1],
  ]);
});

test("a line says who, what, and the gist, whatever the frame", () => {
  const line = (frame: Frame) => {
    const { who, text, at } = entryOf(frame, "x", 7);
    return [who, text, at];
  };
  assert.deepEqual(
    line({ type: "new-message", username: "Bob", userId: "bob", message: "a\n b", timestamp: 5 }),
    ["Bob", "a b", 5],
  );
  assert.deepEqual(line({ type: "TASK", payload: { id: 1 } }), [undefined, '{"id":1}', 7]);
  assert.deepEqual(line({ type: "event", name: "cursor", payload: 3, userId: "bob" }), [
    "bob",
    "cursor 3",
    7,
  ]);
  assert.deepEqual(line({ type: "user-left", userId: "bob", totalUsers: 1 }), [
    "bob",
    "totalUsers: 1",
    7,
  ]);
  assert.deepEqual(line({ type: "new-message", message: "", deleted: true }), [
    undefined,
    "(deleted)",
    7,
  ]);
  assert.equal(entryOf({ type: "x", message: "y".repeat(5000) }, "x", 0).text.length, 301);
});

test("what belongs to the connection is no event of the room", () => {
  assert.deepEqual(
    ["welcome", "history", "pong", "online-users", "new-message", "TASK"].filter((type) =>
      isEvent({ type }),
    ),
    ["new-message", "TASK"],
  );
});
