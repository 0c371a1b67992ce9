/**
 * A room that lives through chance, and a list that hears of it the way that a client does: live, with repetitions,
 * with gaps that a resume fills (messages in their current form, then the entries about them), with pages, and with
 * acks that come when they like.
 */
import type { MessageEntry, MessageFrame, ReactionCount } from "../src/protocol.ts";
import { EMPTY_TIMELINE, reduceTimeline } from "../src/timeline.ts";
import type { Timeline, TimelineAction } from "../src/timeline-model.ts";

const EMOJIS = ["👍", "🎉"];
const USERS = ["alice", "bob", "carol"];
const STEPS = 60;

interface Kept {
  frame: MessageFrame;
  reactions: Map<string, Set<string>>;
}

/** mulberry32: the same for the same seed, everywhere. */
export class Chance {
  #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  below(limit: number): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let word = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return Math.floor((((word ^ (word >>> 14)) >>> 0) / 2 ** 32) * limit);
  }
}

export class Script {
  readonly trace: string[] = [];
  readonly #chance: Chance;
  readonly #kept: Kept[] = [];
  readonly #log: MessageEntry[] = [];
  #state: Timeline = EMPTY_TIMELINE;
  /** Entries up to here have been delivered. */
  #delivered = 0;
  #acks: TimelineAction[] = [];
  #unsent: string[] = [];
  #sent = 0;

  constructor(seed: number) {
    this.#chance = new Chance(seed);
  }

  play(): { state: Timeline; expected: object[] } {
    // What happened before the client came.
    for (let count = this.#chance.below(12); count > 0; count -= 1) this.#happen();
    this.#delivered = this.#log.length;
    this.#apply({ type: "reset", me: "alice", seq: this.#delivered });
    for (let step = 0; step < STEPS; step += 1) this.#step();
    this.#deliver(this.#log.length);
    for (const messageId of this.#unsent) this.#arrive(messageId);
    this.#deliver(this.#log.length);
    for (const ack of this.#acks) this.#apply(ack);
    while (this.#state.hasEarlier) this.#page();
    return { state: this.#state, expected: this.#kept.map((kept) => this.#expected(kept)) };
  }

  #step(): void {
    const choices = [
      () => this.#happen(),
      () => this.#happen(),
      () => this.#deliver(this.#delivered + 1),
      () => this.#deliver(this.#log.length),
      () => this.#repeat(),
      () => this.#resume(),
      () => this.#page(),
      () => this.#send(),
      () => this.#arrive(this.#unsent.shift()),
      () => {
        const ack = this.#acks.splice(this.#chance.below(this.#acks.length), 1)[0];
        if (ack) this.#apply(ack);
      },
    ];
    this.#pick(choices)?.();
  }

  /** In the room, and nobody has heard of it yet. */
  #happen(): void {
    const kept = this.#pick(this.#kept);
    const by = this.#pick(USERS) ?? "bob";
    const act = this.#chance.below(5);
    if (kept === undefined || act < 2) {
      this.#write(this.#pick(["bob", "carol"]) ?? "bob");
      return;
    }
    const { frame, reactions } = kept;
    const seq = this.#log.length + 1;
    const { messageId, seq: messageSeq } = frame;
    const about = { messageId, messageSeq, userId: by, timestamp: seq, seq };
    if (frame.deleted) return;
    if (act === 2) {
      kept.frame = { ...frame, message: `edited by ${seq}`, editedAt: seq };
      delete kept.frame.meta;
      this.#log.push({ type: "message-edited", ...about, message: kept.frame.message });
    } else if (act === 3 && this.#chance.below(3) === 0) {
      const { meta: _, editedAt: __, ...rest } = frame;
      kept.frame = { ...rest, message: "", deleted: true };
      reactions.clear();
      this.#log.push({ type: "message-deleted", ...about });
    } else {
      const emoji = this.#pick(EMOJIS) ?? "👍";
      const users = reactions.get(emoji) ?? new Set();
      reactions.set(emoji, users);
      const removed = users.has(by);
      if (removed) users.delete(by);
      else users.add(by);
      if (users.size === 0) reactions.delete(emoji);
      const mark = removed ? ({ removed: true } as const) : {};
      const summary = summaryOf(kept);
      const said = { username: by, emoji, ...mark, reactions: summary };
      this.#log.push({ type: "reaction", ...about, ...said });
    }
  }

  #write(userId: string, messageId = `m${this.#log.length + 1}`): number {
    const seq = this.#log.length + 1;
    const content = { messageId, message: `text of ${messageId}`, timestamp: seq, seq };
    const frame: MessageFrame = { type: "new-message", ...content, userId, username: userId };
    if (userId !== "alice" && this.#chance.below(2) === 0) frame.meta = seq;
    this.#kept.push({ frame, reactions: new Map() });
    this.#log.push({ ...frame });
    return seq;
  }

  #send(): void {
    this.#sent += 1;
    const messageId = `own${this.#sent}`;
    this.#unsent.push(messageId);
    const message = { messageId, message: `text of ${messageId}` };
    this.#apply({ type: "sending", message, username: "alice", timestamp: 0 });
  }

  /** An own message reaches the room. */
  #arrive(messageId: string | undefined): void {
    if (messageId === undefined) return;
    const seq = this.#write("alice", messageId);
    this.#acks.push({ type: "ack", messageId, seq, timestamp: seq });
  }

  #deliver(upTo: number): void {
    for (const frame of this.#log.slice(this.#delivered, upTo)) {
      this.#apply({ type: "entry", frame });
      this.#delivered = frame.seq;
    }
  }

  /** Something that was delivered is delivered again. */
  #repeat(): void {
    const frame = this.#pick(this.#log.slice(0, this.#delivered));
    if (frame) this.#apply({ type: "entry", frame });
  }

  /** From any earlier position: messages in their current form, entries as they were. */
  #resume(): void {
    const since = this.#chance.below(this.#delivered + 1);
    for (const frame of this.#log.slice(since)) {
      const kept = this.#kept.find((kept) => kept.frame.seq === frame.seq);
      this.#apply({ type: "entry", frame: kept ? current(kept) : frame });
    }
    this.#delivered = this.#log.length;
  }

  /** In the current form, which may be ahead of what was delivered. */
  #page(): void {
    if (!this.#state.hasEarlier) return;
    const earlier = this.#kept.filter(({ frame }) => frame.seq < this.#state.from);
    const size = 1 + this.#chance.below(3);
    const chosen = earlier.slice(-size);
    this.#apply({
      type: "page",
      messages: chosen.map(current),
      hasMore: earlier.length > chosen.length,
      reacted: chosen.flatMap(({ frame, reactions }) =>
        [...reactions]
          .filter(([, users]) => users.has("alice"))
          .map(([emoji]) => ({ seq: frame.seq, emoji })),
      ),
      asOf: this.#delivered,
    });
  }

  #expected(kept: Kept): object {
    const { type: _, timestamp: __, reactions: ___, ...frame } = current(kept);
    const isOwn = frame.userId === "alice";
    const reacted = EMOJIS.filter((emoji) => kept.reactions.get(emoji)?.has("alice"));
    const status = isOwn ? { status: "sent" } : {};
    return { ...frame, reactions: summaryOf(kept), reacted, isOwn, ...status };
  }

  #apply(action: TimelineAction): void {
    this.trace.push(JSON.stringify(action));
    this.#state = reduceTimeline(this.#state, action);
    // The order of one's own reactions is of no concern here.
    this.#state = {
      ...this.#state,
      messages: this.#state.messages.map((message) => ({
        ...message,
        reacted: EMOJIS.filter((emoji) => message.reacted.includes(emoji)),
      })),
    };
  }

  #pick<Item>(items: readonly Item[]): Item | undefined {
    return items[this.#chance.below(items.length)];
  }
}

function summaryOf({ reactions }: Kept): ReactionCount[] {
  return [...reactions].map(([emoji, users]) => ({ emoji, count: users.size }));
}

function current(kept: Kept): MessageFrame {
  const reactions = summaryOf(kept);
  return { ...kept.frame, ...(reactions.length > 0 && { reactions }) };
}
