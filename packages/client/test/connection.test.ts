import assert from "node:assert/strict";
import { test } from "node:test";
import { Bench, becomes, next } from "./bench.ts";

test("the address names party, room and who one is, and asks for batches", async (t) => {
  const bench = await Bench.start(t);
  bench.room({ room: "a b/c", token: async () => "t1", sessionId: "s" }).join();
  const peer = await bench.server.connection();
  assert.equal(peer.url.pathname, "/parties/chatroom/a%20b%2Fc");
  const { _pk, ...query } = peer.query;
  assert.match(_pk ?? "", /^[a-z0-9]{21}$/);
  assert.deepEqual(query, {
    userId: "alice",
    username: "Alice",
    sessionId: "s",
    token: "t1",
    batch: "1",
  });
});

test("a room is open with the welcome, not with the socket", async (t) => {
  const bench = await Bench.start(t);
  const room = bench.room();
  assert.equal(room.state.status, "idle");
  room.join();
  const peer = await bench.server.connection();
  assert.equal(room.state.status, "connecting");
  const open = becomes(room, "open");
  peer.welcome({ userId: "alice", role: "admin" });
  await open;
  assert.equal(room.userId, "alice");
  assert.equal(room.role, "admin");
});

test("a broken line is dialled again after a jittered wait, under the same id and from the position", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined({}, { seq: 7 });
  const offline = becomes(room, "offline");
  peer.terminate();
  const state = await offline;
  assert.ok(state.status === "offline");
  assert.equal(state.code, 1006);
  assert.equal(state.retryAt - bench.clock.now(), 125);
  bench.clock.advance(124);
  assert.equal(room.state.status, "offline");
  bench.clock.advance(1);
  const again = await bench.server.connection();
  assert.equal(again.query._pk, peer.query._pk);
  assert.equal(again.query.since, "e1:7");
});

test("waits grow with each failure, and start anew once a connection was stable", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer: first } = await bench.joined();
  let peer = first;
  const waits: number[] = [];
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const offline = becomes(room, "offline");
    peer.terminate();
    const state = await offline;
    assert.ok(state.status === "offline");
    waits.push(state.retryAt - bench.clock.now());
    bench.clock.advance(state.retryAt - bench.clock.now());
    peer = await bench.server.connection();
  }
  const open = becomes(room, "open");
  peer.welcome();
  await open;
  bench.clock.advance(5_000);
  const offline = becomes(room, "offline");
  peer.terminate();
  const state = await offline;
  assert.ok(state.status === "offline");
  waits.push(state.retryAt - bench.clock.now());
  assert.deepEqual(waits, [125, 250, 500, 125]);
});

for (const [code, reason] of [
  [1008, "unauthorized"],
  [4001, "kicked"],
  [4003, "banned"],
  [4004, "superseded"],
] as const) {
  test(`after ${code} ${reason} it is closed for good`, async (t) => {
    const bench = await Bench.start(t);
    const { room, peer } = await bench.joined();
    const closed = becomes(room, "closed");
    peer.close(code, reason);
    assert.deepEqual(await closed, { status: "closed", code, reason });
    bench.clock.advance(600_000);
    assert.equal(room.state.status, "closed");
  });
}

test("a refused entry tells what the room said", async (t) => {
  const bench = await Bench.start(t);
  const room = bench.room().join();
  const peer = await bench.server.connection();
  const closed = becomes(room, "closed");
  peer.send({ type: "error", code: "banned", message: "Banned.", retryable: false });
  peer.close(1008, "banned");
  const state = await closed;
  assert.ok(state.status === "closed");
  assert.equal(state.error?.code, "banned");
});

test("after 1011 it comes back later: at least a second, and more each time", async (t) => {
  const bench = await Bench.start(t);
  bench.chance = 0;
  const { room, peer } = await bench.joined();
  const offline = becomes(room, "offline");
  peer.close(1011, "internal");
  const state = await offline;
  assert.ok(state.status === "offline");
  assert.equal(state.retryAt - bench.clock.now(), 1000);
});

test("after 4201 it comes back at once", async (t) => {
  const bench = await Bench.start(t);
  bench.chance = 0;
  const { room, peer } = await bench.joined();
  const offline = becomes(room, "offline");
  peer.close(4201, "resync");
  await offline;
  bench.clock.advance(0);
  await bench.server.connection();
});

test("after 4401 it comes back with a new token", async (t) => {
  const bench = await Bench.start(t);
  let tokens = 0;
  const { room, peer } = await bench.joined({ token: () => `t${++tokens}` });
  assert.equal(peer.query.token, "t1");
  const offline = becomes(room, "offline");
  peer.close(4401, "token-ended");
  await offline;
  bench.clock.advance(250);
  assert.equal((await bench.server.connection()).query.token, "t2");
});

test("after 4401 a token that cannot change ends it", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined({ token: "only" });
  const closed = becomes(room, "closed");
  peer.close(4401, "token-ended");
  await closed;
});

test("a token that expires is renewed in place", async (t) => {
  const bench = await Bench.start(t);
  let tokens = 0;
  const { peer } = await bench.joined({ token: async () => `t${++tokens}` });
  peer.send({ type: "token-expiring", expiresAt: 1 });
  assert.equal((await peer.receive("auth")).token, "t2");
});

test("a failing token callback is told, and tried again", async (t) => {
  const bench = await Bench.start(t);
  let isDown = true;
  const room = bench.room({
    token: () => {
      if (isDown) throw new Error("no network");
      return "t";
    },
  });
  const offline = becomes(room, "offline");
  const error = next(room, "error");
  room.join();
  assert.equal((await error).code, "token-failed");
  await offline;
  isDown = false;
  bench.clock.advance(250);
  assert.equal((await bench.server.connection()).query.token, "t");
});

test("a server that does not answer is given up and dialled again", async (t) => {
  const bench = await Bench.start(t);
  const room = bench.room().join();
  const mute = await bench.server.connection();
  const offline = becomes(room, "offline");
  bench.clock.advance(15_000);
  await offline;
  await mute.closed;
  bench.clock.advance(250);
  await bench.server.connection();
});

test("a refused connection is a broken line, and is told as one", async (t) => {
  const bench = await Bench.start(t);
  const room = bench.room();
  bench.server.stop();
  const offline = becomes(room, "offline");
  room.join();
  const state = await offline;
  assert.ok(state.status === "offline");
  assert.equal(state.code, 1006);
});

test("a platform that tells of a failure by an error alone is heard too", async (t) => {
  const bench = await Bench.start(t);
  const failing = class {
    onopen = null;
    onmessage = null;
    onclose = null;
    onerror: ((event: unknown) => void) | null = null;
    constructor() {
      queueMicrotask(() => {
        this.onerror?.({});
        bench.clock.advance(100);
      });
    }
    send() {}
    close() {}
  };
  const { now, setTimer, clearTimer } = bench.clock;
  const room = bench.room({ world: { WebSocket: failing, now, setTimer, clearTimer } });
  const offline = becomes(room, "offline");
  room.join();
  await offline;
});

test("the network coming back ends the wait", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  const offline = becomes(room, "offline");
  peer.terminate();
  await offline;
  bench.wake();
  await bench.server.connection();
});

test("a ping goes out every 30 s, and its answer keeps the line", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  for (let beat = 0; beat < 3; beat += 1) {
    bench.clock.advance(30_000);
    await peer.receive("text ping");
    const heard = next(room, "frame");
    peer.sendText("pong");
    // The pong itself says nothing; what follows it shows that it has come.
    peer.send({ type: "pong" });
    await heard;
  }
  assert.equal(room.state.status, "open");
});

test("silence for 10 s after a ping is a dead line", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  bench.clock.advance(30_000);
  await peer.receive("text ping");
  const offline = becomes(room, "offline");
  bench.clock.advance(10_000);
  await offline;
  await peer.closed;
});

test("waking up asks at once whether the line still lives", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  bench.wake();
  await peer.receive("text ping");
  const offline = becomes(room, "offline");
  bench.clock.advance(10_000);
  await offline;
});

test("leaving closes cleanly, and joining again starts anew", async (t) => {
  const bench = await Bench.start(t);
  const { room, peer } = await bench.joined();
  room.leave();
  assert.equal(await peer.closed, 1000);
  assert.equal(room.state.status, "closed");
  room.join();
  await bench.server.connection();
});

test("leaving while a token is awaited never connects", async (t) => {
  const bench = await Bench.start(t);
  let answer = (_token: string) => {};
  const answered = new Promise<string>((resolve) => {
    answer = resolve;
  });
  const room = bench.room({ token: () => answered });
  room.join();
  room.leave();
  answer("t");
  const other = await bench.joined();
  assert.equal(bench.server.connections, 1);
  other.room.leave();
});
