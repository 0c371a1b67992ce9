/** A room that works, on lines that break at any moment: what every part together has to keep. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Bench, holds, message } from "./bench.ts";
import type { Frame, Peer } from "./fake-server.ts";
import { Chance } from "./timeline-script.ts";

const MESSAGES = 40;

/** A server with a log, which recognises what it has already. */
class WorkingRoom {
  readonly log: Frame[] = [];
  #peer: Peer | undefined;

  enter(peer: Peer): void {
    const [epoch, since] = (peer.query.since ?? ":").split(":");
    const recovered = epoch === "e1";
    peer.welcome({ seq: this.log.length, recovered });
    if (recovered) peer.sendText(JSON.stringify(this.log.slice(Number(since))));
    this.#peer = peer;
  }

  hear(peer: Peer, frame: Frame, isLost: boolean): void {
    if (frame.type === "history") {
      const earlier = this.log.slice(0, Number(frame.before) - 1);
      const page = earlier.slice(-Number(frame.limit));
      const hasMore = page.length < earlier.length;
      peer.send({ type: "history", messages: page, hasMore, ref: frame.ref });
    }
    if (frame.type !== "message") return;
    const known = this.log.find((kept) => kept.messageId === frame.messageId);
    const kept =
      known ?? this.write(String(frame.message), "alice", String(frame.messageId), isLost);
    // Written, but the line breaks before anybody is told.
    if (isLost) {
      peer.terminate();
      return;
    }
    const mark = known ? { duplicate: true } : {};
    peer.send({ type: "ack", messageId: frame.messageId, seq: kept.seq, timestamp: 1, ...mark });
  }

  write(text: string, userId: string, messageId?: string, isLost = false): Frame {
    const frame = message(this.log.length + 1, text, userId, messageId);
    this.log.push(frame);
    if (!isLost) this.#peer?.send(frame);
    return frame;
  }
}

test("every message is sent once and shown once, in order, however often the line breaks", async (t) => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`SEED=${seed}`);
  const chance = new Chance(seed);
  const bench = await Bench.start(t);
  const working = new WorkingRoom();
  for (let count = 0; count < 30; count += 1) working.write(`before ${count}`, "bob");
  const room = bench.room({ receipts: false, historyPage: 7 });
  room.on("state", (state) => {
    if (state.status !== "offline") return;
    const { retryAt } = state;
    setImmediate(() => bench.clock.advance(Math.max(0, retryAt - bench.clock.now())));
  });
  let isOver = false;
  const served = (async () => {
    while (!isOver) {
      const peer = await bench.server.connection();
      if (isOver) return;
      if (chance.below(5) === 0) peer.terminate();
      else {
        working.enter(peer);
        peer.listen((frame) => {
          if (chance.below(3) === 0) working.write("between", "bob");
          working.hear(peer, frame, chance.below(4) === 0);
        });
      }
    }
  })();
  room.join();
  const sent = Array.from({ length: MESSAGES }, (_, index) => room.send(`own ${index}`));
  const acks = await Promise.all(sent);
  await holds(room.messages, ({ isLoaded }) => isLoaded);
  while (room.messages.getSnapshot().hasEarlier) await room.loadEarlier();
  await holds(room.messages, ({ messages }) => messages.length === working.log.length);
  const { messages } = room.messages.getSnapshot();
  assert.deepEqual(
    messages.map(({ seq, message }) => [seq, message]),
    working.log.map(({ seq, message }) => [seq, message]),
  );
  const own = working.log.filter(({ userId }) => userId === "alice");
  assert.deepEqual(
    own.map(({ message }) => message),
    sent.map((_, index) => `own ${index}`),
  );
  assert.deepEqual(
    acks.map(({ seq }) => seq),
    own.map(({ seq }) => seq),
  );
  isOver = true;
  room.leave();
  bench.server.release();
  await served;
});
