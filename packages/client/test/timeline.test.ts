import assert from "node:assert/strict";
import { test } from "node:test";
import { RoomError } from "../src/error.ts";
import type { MessageEntry, MessageFrame } from "../src/protocol.ts";
import { EMPTY_TIMELINE, reduceTimeline } from "../src/timeline.ts";
import type { Timeline, TimelineAction } from "../src/timeline-model.ts";
import { Script } from "./timeline-script.ts";

const START: TimelineAction = { type: "reset", me: "alice", seq: 0 };

function after(...actions: TimelineAction[]): Timeline {
  return [START, ...actions].reduce(reduceTimeline, EMPTY_TIMELINE);
}

function message(seq: number, fields: Partial<MessageFrame> = {}): MessageFrame {
  const who = { userId: "bob", username: "Bob" };
  const what = { messageId: `m${seq}`, message: `text ${seq}`, timestamp: seq, seq };
  return { type: "new-message", ...what, ...who, ...fields };
}

const entry = (frame: MessageEntry): TimelineAction => ({ type: "entry", frame });

const page = (messages: MessageFrame[], hasMore: boolean, asOf: number): TimelineAction => ({
  type: "page",
  messages,
  hasMore,
  asOf,
});

const sending = (messageId: string): TimelineAction => ({
  type: "sending",
  message: { messageId, message: `own ${messageId}` },
  username: "Alice",
  timestamp: 5,
});

const about = (messageSeq: number, seq: number, userId = "bob") => ({
  messageId: `m${messageSeq}`,
  messageSeq,
  userId,
  timestamp: seq,
  seq,
});

const brief = ({ messages }: Timeline) =>
  messages.map(
    ({ message, seq, status }) => `${seq ?? "-"} ${message}${status ? ` ${status}` : ""}`,
  );

test("an optimistic message, its ack and its echo are one message with one key", () => {
  const sent = after(sending("a"));
  assert.deepEqual(brief(sent), ["- own a sending"]);
  const acked = reduceTimeline(sent, { type: "ack", messageId: "a", seq: 1, timestamp: 9 });
  assert.deepEqual(brief(acked), ["1 own a sent"]);
  const own = { userId: "alice", username: "Alice", messageId: "a", message: "own a" };
  const echoed = reduceTimeline(acked, entry(message(1, own)));
  assert.deepEqual(brief(echoed), ["1 own a sent"]);
  const keys = [sent, acked, echoed].map(({ messages }) => messages[0]?.key);
  assert.deepEqual(new Set(keys).size, 1);
});

test("an echo before its ack is the same", () => {
  const own = { userId: "alice", username: "Alice", messageId: "a", message: "own a" };
  const state = after(sending("a"), entry(message(1, own)), {
    type: "ack",
    messageId: "a",
    seq: 1,
    timestamp: 1,
  });
  assert.deepEqual(brief(state), ["1 own a sent"]);
});

test("own messages of another device are own, and those of others under the same id are not", () => {
  const own = { userId: "alice", username: "Alice", messageId: "x" };
  const state = after(entry(message(1, own)), entry(message(2, { messageId: "x" })));
  assert.deepEqual(
    state.messages.map(({ isOwn, status }) => [isOwn, status]),
    [
      [true, "sent"],
      [false, undefined],
    ],
  );
  assert.notEqual(state.messages[0]?.key, state.messages[1]?.key);
});

test("unsent messages stay at the end, in the order of sending", () => {
  const state = after(sending("a"), sending("b"), entry(message(1)));
  assert.deepEqual(brief(state), ["1 text 1", "- own a sending", "- own b sending"]);
});

test("a failed message says why, and is sent again in its place", () => {
  const error = new RoomError("muted", "Muted.");
  const failed = after(sending("a"), sending("b"), { type: "failed", messageId: "a", error });
  assert.deepEqual(brief(failed), ["- own a failed", "- own b sending"]);
  assert.equal(failed.messages[0]?.error, error);
  const again = reduceTimeline(failed, sending("a"));
  assert.deepEqual(brief(again), ["- own a sending", "- own b sending"]);
  assert.equal(again.messages[0]?.error, undefined);
  const gone = reduceTimeline(again, { type: "discard", messageId: "a" });
  assert.deepEqual(brief(gone), ["- own b sending"]);
});

test("ticks follow the furthest of the others", () => {
  const own = { userId: "alice", username: "Alice" };
  const sent = after(...[1, 2, 3].map((seq) => entry(message(seq, own))));
  const state = reduceTimeline(sent, { type: "progress", delivered: 2, read: 1 });
  assert.deepEqual(
    state.messages.map(({ status }) => status),
    ["read", "delivered", "sent"],
  );
  const back = reduceTimeline(state, { type: "progress", delivered: 1, read: 0 });
  assert.equal(back, state);
  const later = reduceTimeline(state, entry(message(4, own)));
  assert.equal(later.messages.at(-1)?.status, "sent");
});

test("an edit changes text and meta, a deletion takes all of it but the reply", () => {
  const edited = after(
    entry(message(1, { meta: 1, replyTo: "m0" })),
    entry({ type: "message-edited", ...about(1, 2), message: "better" }),
  );
  const [first] = edited.messages;
  assert.equal(first?.message, "better");
  assert.equal(first?.editedAt, 2);
  assert.equal("meta" in (first ?? {}), false);
  const deleted = reduceTimeline(edited, entry({ type: "message-deleted", ...about(1, 3) }));
  const { message: text, deleted: isDeleted, replyTo } = deleted.messages[0] ?? {};
  assert.deepEqual([text, isDeleted, replyTo], ["", true, "m0"]);
});

test("reactions are the summary that the room says, and one's own are known", () => {
  const react = (seq: number, emoji: string, fields: object): MessageEntry => ({
    type: "reaction",
    ...about(1, seq, "alice"),
    username: "Alice",
    emoji,
    reactions: [{ emoji, count: 1 }],
    ...fields,
  });
  let state = after(entry(message(1)), entry(react(2, "👍", {})));
  assert.deepEqual(state.messages[0]?.reacted, ["👍"]);
  state = reduceTimeline(state, entry(react(3, "🎉", { replaced: "👍" })));
  assert.deepEqual(state.messages[0]?.reacted, ["🎉"]);
  state = reduceTimeline(state, entry(react(4, "🎉", { removed: true, reactions: [] })));
  assert.deepEqual([state.messages[0]?.reacted, state.messages[0]?.reactions], [[], []]);
});

test("erasing a user empties what they wrote, and nothing that is written later", () => {
  const state = after(
    entry(message(1)),
    entry(message(2, { userId: "carol" })),
    entry({ type: "user-erased", userId: "bob", timestamp: 3, seq: 3 }),
    entry(message(4)),
  );
  assert.deepEqual(brief(state), ["1 ", "2 text 2", "4 text 4"]);
});

test("pages come before what is there, and say whether there is more", () => {
  const reset: TimelineAction = { type: "reset", me: "alice", seq: 5 };
  let state = [reset, entry(message(6))].reduce(reduceTimeline, EMPTY_TIMELINE);
  assert.equal(state.hasEarlier, true);
  state = reduceTimeline(state, page([message(4), message(5)], true, 6));
  assert.deepEqual([state.from, state.hasEarlier], [4, true]);
  state = reduceTimeline(state, page([message(1), message(3)], false, 6));
  assert.deepEqual([state.from, state.hasEarlier], [1, false]);
  assert.deepEqual(
    state.messages.map(({ seq }) => seq),
    [1, 3, 4, 5, 6],
  );
});

test("a page knows one's own reactions, and its form is not undone by older entries", () => {
  const reset: TimelineAction = { type: "reset", me: "alice", seq: 4 };
  const frame = message(1, { message: "newest", reactions: [{ emoji: "👍", count: 2 }] });
  const loaded = reduceTimeline(reduceTimeline(EMPTY_TIMELINE, reset), {
    type: "page",
    messages: [frame],
    hasMore: false,
    reacted: [{ seq: 1, emoji: "👍" }],
    asOf: 4,
  });
  assert.deepEqual(loaded.messages[0]?.reacted, ["👍"]);
  const old = entry({ type: "message-edited", ...about(1, 3), message: "older" });
  assert.equal(reduceTimeline(loaded, old), loaded);
});

test("an ack for what lies before the list takes it out: it comes with its page", () => {
  const reset: TimelineAction = { type: "reset", me: "alice", seq: 100 };
  const ack: TimelineAction = { type: "ack", messageId: "a", seq: 7, timestamp: 7 };
  const state = [reset, sending("a"), ack].reduce(reduceTimeline, EMPTY_TIMELINE);
  assert.deepEqual(state.messages, []);
});

test("an entry that lies before the list opens no gap in it", () => {
  const reset: TimelineAction = { type: "reset", me: "alice", seq: 100 };
  const state = [reset, entry(message(7))].reduce(reduceTimeline, EMPTY_TIMELINE);
  assert.deepEqual(state.messages, []);
});

test("a reset keeps only what is unsent", () => {
  const state = reduceTimeline(after(entry(message(1)), sending("a")), START);
  assert.deepEqual(brief(state), ["- own a sending"]);
});

test("whatever the order of echoes, acks, replays, pages and repetitions, the list is the room's", () => {
  const seeds = process.env.SEED ? [Number(process.env.SEED)] : Array.from({ length: 300 }, fresh);
  for (const seed of seeds) {
    const script = new Script(seed);
    const { state, expected } = script.play();
    const got = state.messages.map(({ key: _, version: __, timestamp: ___, ...rest }) => rest);
    assert.deepEqual(got, expected, `SEED=${seed}\n${script.trace.join("\n")}`);
    const keys = state.messages.map(({ key }) => key);
    assert.equal(new Set(keys).size, keys.length, `SEED=${seed}: a key is there twice`);
  }
});

function fresh(): number {
  return Math.floor(Math.random() * 2 ** 31);
}
