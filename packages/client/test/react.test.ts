import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { act, createElement, StrictMode } from "react";
import { renderToString } from "react-dom/server";
import {
  type MessagesHandle,
  type PresenceHandle,
  type ReceiptsHandle,
  type RoomHandle,
  type TypingHandle,
  type UseRoomOptions,
  useMessages,
  usePresence,
  useReceipts,
  useRoom,
  useTyping,
} from "../src/react/index.ts";
import { FakeServer, type Peer } from "./fake-server.ts";
import { mount } from "./mount.ts";

let server: FakeServer;
before(async () => {
  server = await FakeServer.start();
});
after(() => server.stop());

interface Shown extends RoomHandle {
  messages: MessagesHandle;
  presence: PresenceHandle;
  typing: TypingHandle;
  receipts: ReceiptsHandle;
}

/** A component that shows all that there is, to the test. */
function watcher(): {
  Watcher: (props: UseRoomOptions) => null;
  renders: Shown[];
  last: () => Shown;
} {
  const renders: Shown[] = [];
  const Watcher = (props: UseRoomOptions) => {
    const handle = useRoom(props);
    renders.push({
      ...handle,
      messages: useMessages(handle.room),
      presence: usePresence(handle.room),
      typing: useTyping(handle.room),
      receipts: useReceipts(handle.room),
    });
    return null;
  };
  const last = () => {
    const shown = renders.at(-1);
    assert.ok(shown);
    return shown;
  };
  return { Watcher, renders, last };
}

const options = (): UseRoomOptions => ({ host: server.host, room: "lobby", historyPage: 0 });

/** Lets in whoever knocks; says what goes with it, and waits until all of it has been shown. */
async function letIn(...frames: object[]): Promise<Peer> {
  const peer = await server.connection();
  await act(async () => {
    peer.welcome();
    for (const frame of frames) peer.send(frame);
    await peer.receive("receipts");
  });
  return peer;
}

/** Until everything that was sent has been heard and shown. */
async function shown(peer: Peer, room: Shown["room"], ...frames: object[]): Promise<void> {
  await act(async () => {
    const heard = new Promise<void>((resolve) => {
      const stop = room.on("pong", () => {
        stop();
        resolve();
      });
    });
    for (const frame of [...frames, { type: "pong" }]) peer.send(frame);
    await heard;
  });
}

test("a server renders the room as nobody has joined it, and opens no socket", () => {
  const { Watcher, last } = watcher();
  class NoSocket {
    constructor() {
      assert.fail("a socket was opened");
    }
  }
  const world = { WebSocket: NoSocket as never };
  assert.equal(renderToString(createElement(Watcher, { room: "lobby", world })), "");
  assert.deepEqual(last().connection, { status: "idle" });
  assert.deepEqual(last().messages.messages, []);
  assert.equal(last().messages.isLoaded, false);
  assert.deepEqual(last().presence.users, []);
});

test("StrictMode mounts twice and joins once; unmounting leaves", async () => {
  const { Watcher, last } = watcher();
  const before = server.connections;
  const mounted = await mount(
    createElement(StrictMode, null, createElement(Watcher, { ...options(), userId: "alice" })),
  );
  const peer = await letIn();
  assert.equal(server.connections, before + 1);
  assert.equal(last().connection.status, "open");
  assert.equal(peer.query.userId, "alice");
  await mounted.unmount();
  assert.equal(await peer.closed, 1000);
  assert.equal(last().room.state.status, "closed");
});

test("other handlers and another token of the same person leave the connection alone", async () => {
  const { Watcher, renders, last } = watcher();
  const heard: string[] = [];
  const props = (who: string): UseRoomOptions => ({
    ...options(),
    token: who,
    on: { "user-typing": () => heard.push(who) },
  });
  const mounted = await mount(createElement(Watcher, props("first")));
  const peer = await letIn();
  assert.equal(peer.query.token, "first");
  await mounted.update(createElement(Watcher, props("second")));
  await shown(peer, last().room, { type: "user-typing", userId: "bob", username: "Bob" });
  assert.deepEqual(heard, ["second"]);
  assert.equal(new Set(renders.map(({ room }) => room)).size, 1);

  // The next one that is needed is the latest.
  await act(async () => {
    peer.close(4401, "token-ended");
    const next = await server.connection();
    assert.equal(next.query.token, "second");
  });
  await mounted.unmount();
});

test("another room is another object: the old one is left, and nothing of it is shown", async () => {
  const { Watcher, last } = watcher();
  const mounted = await mount(createElement(Watcher, options()));
  const lobby = await letIn({ type: "online-users", users: [{ userId: "bob", username: "Bob" }] });
  const old = last().room;
  assert.equal(last().presence.total, 1);
  await mounted.update(createElement(Watcher, { ...options(), room: "attic" }));
  assert.equal(await lobby.closed, 1000);
  assert.notEqual(last().room, old);
  assert.equal(last().presence.total, 0);
  const attic = await letIn();
  assert.match(attic.url.pathname, /attic$/);
  await mounted.update(createElement(Watcher, { ...options(), room: "attic", enabled: false }));
  assert.equal(await attic.closed, 1000);
  await mounted.unmount();
});

test("what is sent is shown at once, and keeps its place and key when it is acked", async () => {
  const { Watcher, last } = watcher();
  const mounted = await mount(createElement(Watcher, options()));
  const peer = await letIn();
  await act(async () => {
    void last().messages.send("Hello", { messageId: "m1" });
  });
  const list = () =>
    last().messages.messages.map(({ key, message, status }) => [key, message, status]);
  assert.deepEqual(list(), [["m1", "Hello", "sending"]]);
  await shown(peer, last().room, { type: "ack", messageId: "m1", seq: 1, timestamp: 1 });
  assert.deepEqual(list(), [["m1", "Hello", "sent"]]);
  await shown(peer, last().room, {
    type: "message-status-update",
    userId: "bob",
    upTo: 1,
    status: "read",
  });
  assert.deepEqual(list(), [["m1", "Hello", "read"]]);
  assert.equal(last().receipts.others.get("bob")?.read, 1);
  await mounted.unmount();
});

test("a refused message fails in the list, and nobody has to catch it", async () => {
  const { Watcher, last } = watcher();
  const mounted = await mount(createElement(Watcher, options()));
  const peer = await letIn();
  await act(async () => {
    void last().messages.send("Spam", { messageId: "m1" });
  });
  const refusal = { type: "error", code: "not-allowed", message: "No.", retryable: false };
  await shown(peer, last().room, { ...refusal, ref: "m1" });
  assert.equal(last().messages.messages[0]?.status, "failed");
  await act(async () => {
    void last().messages.retry("m1");
  });
  assert.equal(last().messages.messages[0]?.status, "sending");
  await shown(peer, last().room, { ...refusal, ref: "m1" });
  await act(async () => last().messages.discard("m1"));
  assert.deepEqual(last().messages.messages, []);
  await mounted.unmount();
});

test("a render per change, and none for what changes nothing", async () => {
  const { Watcher, renders, last } = watcher();
  const mounted = await mount(createElement(Watcher, options()));
  const peer = await letIn();
  let before = renders.length;
  const said = { type: "new-message", message: "Hi", userId: "bob", username: "Bob", timestamp: 1 };
  // A batch of two, and who types: one change of the page.
  await act(async () => {
    const heard = new Promise<void>((resolve) => {
      last().room.on("user-typing", () => resolve());
    });
    const frames = [
      { ...said, messageId: "b1", seq: 1 },
      { ...said, messageId: "b2", seq: 2 },
      { type: "user-typing", userId: "carol", username: "Carol" },
    ];
    peer.sendText(JSON.stringify(frames));
    await heard;
  });
  assert.equal(renders.length, before + 1);
  assert.deepEqual(
    last().messages.messages.map(({ messageId }) => messageId),
    ["b1", "b2"],
  );
  assert.deepEqual(last().typing.typists, [{ userId: "carol", username: "Carol" }]);
  assert.equal(last().receipts.unread, 2);

  before = renders.length;
  await shown(peer, last().room, { type: "user-typing", userId: "carol", username: "Carol" });
  assert.equal(renders.length, before);
  await mounted.unmount();
});
