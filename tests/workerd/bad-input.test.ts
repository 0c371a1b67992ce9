// What a broken or hostile client sends gets a clear answer; the room lives and nobody else notices.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, freshRoom } from "./support/client.ts";
import { Server } from "./support/server.ts";

let server: Server;
before(async () => {
  server = await Server.start();
});
after(async () => {
  const output = server.output;
  await server.stop();
  assert.doesNotMatch(output, /panicked|Critical|unreachable/);
});

/** Runs `attack` in a room where Bob listens; Bob must notice only Alice's coming and going. */
async function unnoticed(attack: (alice: Client) => Promise<void>): Promise<void> {
  const room = freshRoom();
  const bob = await Client.join(server, room, "bob");
  const alice = await Client.join(server, room, "alice");
  await attack(alice);
  bob.send({ type: "message", messageId: "alive", message: "still here" });
  await bob.next("ack");
  const noticed = (await bob.settle()).map((frame) => frame.type);
  const expected = ["welcome", "online-users", "user-joined", "user-left", "ack", "new-message"];
  assert.deepEqual(
    noticed.filter((type) => !expected.includes(type)),
    [],
  );
}

test("frames that make no sense get an error with a code", async () => {
  await unnoticed(async (alice) => {
    for (const [frame, code] of [
      ["", "invalid-json"],
      ["{", "invalid-json"],
      ["\u0000", "invalid-json"],
      ["[".repeat(60_000), "invalid-frame"],
      [`{"type":"message","message":${"[".repeat(50_000)}`, "invalid-json"],
      ["null", "invalid-frame"],
      ["[]", "invalid-frame"],
      ["{}", "invalid-frame"],
      ['{"type":"message"}', "invalid-frame"],
      ['{"type":"message","message":{}}', "invalid-frame"],
      ['{"type":"history","limit":"all"}', "invalid-frame"],
      ['{"type":"history","after":1e300}', "invalid-frame"],
      ['{"type":"__proto__"}', "unknown-type"],
      ['{"type":"constructor"}', "unknown-type"],
    ] as const) {
      alice.send(frame);
      const error = await alice.next("error");
      assert.equal(error.code, code, frame.slice(0, 80));
      assert.equal(error.retryable, false);
    }
  });
});

test("binary frames get an error, and the connection lives", async () => {
  await unnoticed(async (alice) => {
    alice.socket.send(Buffer.from([0, 1, 2, 255]));
    assert.equal((await alice.next("error")).code, "binary-not-supported");
    alice.send({ type: "message", messageId: "m", message: "x" });
    await alice.next("ack");
  });
});

test("text that is not UTF-8 gets an error", async () => {
  await unnoticed(async (alice) => {
    const frame = Buffer.from('{"type":"message","messageId":"m","message":"a?b"}');
    frame[frame.indexOf("?")] = 0xff;
    alice.socket.send(frame, { binary: false });
    assert.equal((await alice.next("error")).code, "invalid-utf8");
  });
});

test("a frame past the limit gets an error, one far past it a close", async () => {
  await unnoticed(async (alice) => {
    alice.send({ type: "message", message: "é".repeat(40_000) });
    assert.equal((await alice.next("error")).code, "message-too-large");
    alice.send({ type: "message", message: "x".repeat(900_000) });
    assert.equal((await alice.next("error")).code, "message-too-large");
    alice.send({ type: "message", message: "x".repeat(10_000_000) });
    assert.equal((await alice.next("error")).code, "message-too-large");
    assert.deepEqual(await alice.closed, { code: 1009, reason: "message-too-large" });
  });
});

test("a giant binary frame is a close as well", async () => {
  await unnoticed(async (alice) => {
    alice.socket.send(Buffer.alloc(10_000_000));
    assert.deepEqual(await alice.closed, { code: 1009, reason: "message-too-large" });
  });
});

test("a connection that breaks without a close is a leave", async () => {
  const room = freshRoom();
  const bob = await Client.join(server, room, "bob");
  const alice = await Client.join(server, room, "alice");
  alice.socket.terminate();
  // After the time in which she could have come back.
  assert.equal((await bob.next("user-left", 20_000)).userId, "alice");
});

test("a bad address is told why, and closed for good", async () => {
  for (const [path, query, code] of [
    [`/parties/chatroom/${"x".repeat(129)}`, {}, "invalid-room"],
    ["/parties/chatroom/", {}, "invalid-room"],
    ["/parties/chatroom/a%00b", {}, "invalid-room"],
    ["/parties/chatroom/a%0Ab", {}, "invalid-room"],
    ["/parties/chatroom/%ff", {}, "invalid-room"],
    ["/parties/chatroom/r", { userId: "x".repeat(129) }, "invalid-identity"],
    ["/parties/chatroom/r", { userId: "u", username: "a\nb" }, "invalid-identity"],
    ["/parties/chatroom/r", { userId: "u", _pk: "x".repeat(129) }, "invalid-identity"],
  ] as const) {
    const client = new Client(`${server.ws}${path}?${new URLSearchParams(query)}`);
    assert.equal((await client.next("error")).code, code);
    assert.deepEqual(await client.closed, { code: 4000, reason: code });
  }
});

test("what is no room is refused before the upgrade", async () => {
  for (const path of ["/parties/nope/r", "/nope", "/parties/chatroom"]) {
    const client = new Client(`${server.ws}${path}`);
    const status = await new Promise((resolve) =>
      client.socket.on("unexpected-response", (_, response) => resolve(response.statusCode)),
    );
    assert.equal(status, 404, path);
    client.socket.terminate();
  }
});

test("internal headers of a client change nothing", async () => {
  const grant = { userId: "mallory", username: "M", role: "admin", capabilities: 63 };
  const entrance = { connection: { id: "x", grant } };
  const headers = {
    "x-durable-rooms-entrance": encodeURIComponent(JSON.stringify(entrance)),
    "x-partykit-props": "{",
    "x-partykit-room": "elsewhere",
  };
  const address = `${server.ws}/parties/chatroom/${freshRoom()}?userId=alice`;
  const client = new Client(address, [], { headers });
  const welcome = await client.next("welcome");
  assert.deepEqual([welcome.userId, welcome.role], ["alice", "guest"]);
});
