/**
 * The list of messages, as a pure reducer: optimistic ones, their acks and echoes, live and resumed entries, and
 * pages of the history become one list in the room's order, in which each message stands once.
 *
 * Whatever the order in which the same things arrive, and however often, the list comes out the same. For that each
 * message knows the seq of the last entry that it reflects (`version`), and nothing older is applied to it.
 */

import type { MessageEntry, MessageFrame, PublishedEvent } from "./protocol.ts";
import type { MessageStatus, Timeline, TimelineAction, TimelineMessage } from "./timeline-model.ts";

export const EMPTY_TIMELINE: Timeline = {
  messages: [],
  from: 1,
  hasEarlier: false,
  me: "",
  delivered: 0,
  read: 0,
};

export function reduceTimeline(state: Timeline, action: TimelineAction): Timeline {
  switch (action.type) {
    case "reset":
      return {
        ...EMPTY_TIMELINE,
        me: action.me,
        from: action.seq + 1,
        hasEarlier: action.seq > 0,
        messages: state.messages.filter(isUnsent).map((own) => ({ ...own, userId: action.me })),
      };
    case "entry":
      return withEntry(state, action.frame);
    case "page": {
      const first = action.messages[0]?.seq ?? state.from;
      const from = action.hasMore ? Math.min(first, state.from) : 1;
      let next: Timeline = { ...state, from, hasEarlier: action.hasMore };
      for (const frame of action.messages.filter(isMessage)) {
        const mine = (action.reacted ?? []).filter(({ seq }) => seq === frame.seq);
        const emojis = mine.map(({ emoji }) => emoji);
        next = withMessage(next, frame, Math.max(action.asOf, frame.seq), emojis);
      }
      return next;
    }
    case "sending":
      return withSending(state, action);
    case "ack":
      return changedOwn(state, action.messageId, (message) =>
        settled(message, state, action.seq, action.timestamp),
      );
    case "failed":
      return changedOwn(state, action.messageId, (message) => ({
        ...message,
        status: "failed",
        error: action.error,
      }));
    case "discard": {
      const { messageId } = action;
      const isGone = (message: TimelineMessage) => isUnsent(message) && message.key === messageId;
      return { ...state, messages: state.messages.filter((message) => !isGone(message)) };
    }
    case "progress":
      return withProgress(state, action);
  }
}

/** Only one's own unsent messages have no place. */
function isUnsent({ seq }: TimelineMessage): boolean {
  return seq === undefined;
}

function isMessage(frame: MessageFrame | PublishedEvent): frame is MessageFrame {
  return frame.type === "new-message";
}

function withEntry(state: Timeline, frame: MessageEntry): Timeline {
  switch (frame.type) {
    case "new-message":
      return withMessage(state, frame, frame.seq);
    case "message-edited":
      return changed(state, frame.messageSeq, frame.seq, ({ meta: _, ...message }) => ({
        ...message,
        message: frame.message,
        ...(frame.meta !== undefined && { meta: frame.meta }),
        editedAt: frame.timestamp,
      }));
    case "message-deleted":
      return changed(state, frame.messageSeq, frame.seq, asDeleted);
    case "reaction":
      return changed(state, frame.messageSeq, frame.seq, (message) => ({
        ...message,
        reactions: frame.reactions,
        reacted: frame.userId === state.me ? reactedAfter(message.reacted, frame) : message.reacted,
      }));
    case "user-erased":
      return {
        ...state,
        messages: state.messages.map((message) =>
          message.userId === frame.userId && message.version < frame.seq && !isUnsent(message)
            ? { ...asDeleted(message), version: frame.seq }
            : message,
        ),
      };
    case "message-pinned":
    case "message-unpinned":
      return state;
  }
}

function reactedAfter(
  reacted: readonly string[],
  { emoji, removed, replaced }: { emoji: string; removed?: true; replaced?: string },
): string[] {
  const others = reacted.filter((mine) => mine !== emoji && mine !== replaced);
  return removed ? others : [...others, emoji];
}

function asDeleted({ meta: _, editedAt: __, ...message }: TimelineMessage): TimelineMessage {
  return { ...message, message: "", deleted: true, reactions: [], reacted: [] };
}

/** A message in the form that it has as of `version`. */
function withMessage(
  state: Timeline,
  frame: MessageFrame,
  version: number,
  reacted?: readonly string[],
): Timeline {
  const { type: _, ...content } = frame;
  const isOwn = frame.userId === state.me;
  const at = place(state.messages, frame.seq);
  const there = state.messages[at];
  // Something may have happened to it before it was first seen here, but nothing that its form does not say.
  const known = there?.seq === frame.seq ? there : undefined;
  if (known !== undefined && known.version >= version) return state;
  const reactions = frame.reactions ?? [];
  const mine = reacted ?? known?.reacted ?? [];
  const message: TimelineMessage = {
    ...content,
    key: isOwn ? frame.messageId : `${frame.userId}\n${frame.messageId}`,
    reactions,
    reacted: mine.filter((emoji) => reactions.some((reaction) => reaction.emoji === emoji)),
    isOwn,
    ...(isOwn && { status: statusOf(frame.seq, state) }),
    version,
  };
  const messages = state.messages.filter(
    (other) => other !== known && !(isOwn && isUnsent(other) && other.key === message.key),
  );
  if (frame.seq < state.from) return { ...state, messages };
  return { ...state, messages: spliced(messages, place(messages, frame.seq), 0, message) };
}

function withSending(
  state: Timeline,
  { message, username, timestamp }: Extract<TimelineAction, { type: "sending" }>,
): Timeline {
  const key = message.messageId;
  const isThere = state.messages.some((other) => other.isOwn && other.key === key);
  if (isThere) {
    return changedOwn(state, key, ({ error: _, ...other }) => ({ ...other, status: "sending" }));
  }
  const entry: TimelineMessage = {
    ...message,
    key,
    userId: state.me,
    username,
    timestamp,
    reactions: [],
    reacted: [],
    isOwn: true,
    status: "sending",
    version: 0,
  };
  return { ...state, messages: [...state.messages, entry] };
}

/** The room has it: out of the unsent ones, to its place. */
function settled(
  { error: _, ...message }: TimelineMessage,
  state: Timeline,
  seq: number,
  timestamp: number,
): TimelineMessage | undefined {
  // It lies before what is shown, and comes with its page.
  if (seq < state.from) return undefined;
  // Version 0: this is what was sent, and the room's own word is better whenever it comes.
  return { ...message, userId: state.me, seq, timestamp, status: statusOf(seq, state) };
}

/** Changes a message that is known and does not reflect the entry `version` yet. */
function changed(
  state: Timeline,
  seq: number,
  version: number,
  change: (message: TimelineMessage) => TimelineMessage,
): Timeline {
  const at = place(state.messages, seq);
  const message = state.messages[at];
  if (message?.seq !== seq || message.version >= version) return state;
  return { ...state, messages: spliced(state.messages, at, 1, { ...change(message), version }) };
}

/** Changes an own message that the room does not have yet. */
function changedOwn(
  state: Timeline,
  messageId: string,
  change: (message: TimelineMessage) => TimelineMessage | undefined,
): Timeline {
  const message = state.messages.find((other) => isUnsent(other) && other.key === messageId);
  if (message === undefined) return state;
  const next = change(message);
  if (next !== undefined && isUnsent(next)) {
    const at = state.messages.indexOf(message);
    return { ...state, messages: spliced(state.messages, at, 1, next) };
  }
  const messages = state.messages.filter((other) => other !== message);
  if (next?.seq === undefined) return { ...state, messages };
  const at = place(messages, next.seq);
  // The echo was first.
  if (messages[at]?.seq === next.seq) return { ...state, messages };
  return { ...state, messages: spliced(messages, at, 0, next) };
}

function withProgress(
  state: Timeline,
  { delivered, read }: { delivered: number; read: number },
): Timeline {
  if (delivered <= state.delivered && read <= state.read) return state;
  const next = {
    ...state,
    delivered: Math.max(delivered, state.delivered),
    read: Math.max(read, state.read),
  };
  const messages = state.messages.map((message) => {
    if (!message.isOwn || message.seq === undefined) return message;
    const status = statusOf(message.seq, next);
    return status === message.status ? message : { ...message, status };
  });
  return { ...next, messages };
}

function statusOf(seq: number, { delivered, read }: Timeline): MessageStatus {
  if (seq <= read) return "read";
  return seq <= delivered ? "delivered" : "sent";
}

/** The index of the first message that does not come before `seq`; the newest are asked for most. */
function place(messages: readonly TimelineMessage[], seq: number): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((messages[middle]?.seq ?? Number.POSITIVE_INFINITY) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

function spliced<Item>(list: readonly Item[], at: number, count: number, item: Item): Item[] {
  const copy = [...list];
  copy.splice(at, count, item);
  return copy;
}
