// When the dashboard asks: a world in which time passes when the test says so.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Poller, type PollWorld, retryDelay } from "../../web/admin/poller.ts";

const EVERY_MS = 2000;

class World implements PollWorld {
  time = 0;
  isShown = true;
  timers = new Map<number, { at: number; run: () => void }>();
  #count = 0;
  #look: () => void = () => {};

  now = () => this.time;
  isVisible = () => this.isShown;

  setTimer(run: () => void, ms: number): number {
    this.#count += 1;
    this.timers.set(this.#count, { at: this.time + ms, run });
    return this.#count;
  }

  clearTimer(timer: unknown): void {
    this.timers.delete(timer as number);
  }

  onVisible(look: () => void): () => void {
    this.#look = look;
    return () => {
      this.#look = () => {};
    };
  }

  show(isShown: boolean): void {
    this.isShown = isShown;
    this.#look();
  }

  /** Lets time pass, and what waits for the answers that come meanwhile. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    await settled();
    for (;;) {
      const due = [...this.timers].filter(([, { at }]) => at <= end);
      const [next] = due.sort(([, one], [, other]) => one.at - other.at);
      if (next === undefined) break;
      const [id, { at, run }] = next;
      this.time = at;
      this.timers.delete(id);
      run();
      await settled();
    }
    this.time = end;
    await settled();
  }
}

/** What was promised already is told within a turn of the event loop. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function scene() {
  const world = new World();
  const poller = new Poller<number>(world, EVERY_MS);
  const asked: number[] = [];
  const server = { isDown: false };
  const read = async () => {
    asked.push(world.time);
    if (server.isDown) throw new Error("No answer.");
    return asked.length;
  };
  return { world, poller, asked, server, read };
}

test("it asks at once and then at a steady pace", async () => {
  const { world, poller, asked, read } = scene();
  poller.start(read);
  await world.pass(3 * EVERY_MS);
  assert.deepEqual(asked, [0, 2000, 4000, 6000]);
  assert.equal(poller.getSnapshot().data, 4);
  assert.equal(poller.getSnapshot().readAt, 6000);
});

test("while it is not answered it asks ever more rarely, keeps what it knows, and says when it will ask", async () => {
  const { world, poller, asked, server, read } = scene();
  poller.start(read);
  await settled();
  server.isDown = true;
  await world.pass(2000 + 4000 + 8000);
  assert.deepEqual(asked, [0, 2000, 6000, 14_000]);
  const { data, readAt, error, retryAt } = poller.getSnapshot();
  assert.deepEqual([data, readAt, error?.message, retryAt], [1, 0, "No answer.", 30_000]);

  server.isDown = false;
  await world.pass(16_000);
  assert.equal(poller.getSnapshot().error, undefined);
  await world.pass(EVERY_MS);
  assert.deepEqual(asked.slice(4), [30_000, 32_000]);
  assert.equal(retryDelay(EVERY_MS, 50), 60_000);
});

test("a hidden page asks nothing, and at once when it is shown again", async () => {
  const { world, poller, asked, read } = scene();
  poller.start(read);
  await settled();
  world.show(false);
  await world.pass(60_000);
  assert.deepEqual(asked, [0]);
  world.show(true);
  await settled();
  assert.deepEqual(asked, [0, 60_000]);
});

test("an answer to what is not asked any more is not shown", async () => {
  const { world, poller } = scene();
  let answerOld: (value: number) => void = () => {};
  let wasAborted = false;
  poller.start((signal) => {
    signal.addEventListener("abort", () => {
      wasAborted = true;
    });
    return new Promise((resolve) => {
      answerOld = resolve;
    });
  });
  poller.start(async () => 2);
  await settled();
  answerOld(1);
  await settled();
  assert.equal(poller.getSnapshot().data, 2);
  assert.equal(wasAborted, true);
  poller.stop();
  assert.equal(world.timers.size, 0);
});

test("refreshing asks now, and the pace begins anew", async () => {
  const { world, poller, asked, read } = scene();
  poller.start(read);
  await world.pass(1500);
  poller.refresh();
  await world.pass(EVERY_MS);
  assert.deepEqual(asked, [0, 1500, 3500]);
});
