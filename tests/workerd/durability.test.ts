// An ack means that the message is on disk: the server is killed in the midst of writing, ten times.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { Client, type Frame, freshRoom } from "./support/client.ts";
import { Server, temporaryFolder } from "./support/server.ts";
import { tireless } from "./support/token.ts";

const KILLS = 10;
const WRITERS = 20;

test("after every kill each acked message is in the history exactly once, and seq has no gap", async () => {
  const persistTo = temporaryFolder();
  const room = freshRoom();
  /** What was acked: message id to seq. */
  const acked = new Map<string, number>();
  let sent = 0;

  for (let round = 0; round < KILLS; round++) {
    const server = await Server.start({ persistTo });
    await assertComplete(server, room, acked);
    const writers = await Promise.all(
      Array.from({ length: WRITERS }, (_, n) =>
        Client.connect(server, `/parties/chatroom/${room}`, { token: tireless(`writer${n}`) }),
      ),
    );
    const before = acked.size;
    const enough = new Promise<void>((resolve) => {
      for (const [index, writer] of writers.entries()) {
        const write = () => {
          const messageId = `${round}-${index}-${sent++}`;
          writer.send({ type: "message", messageId, message: "x".repeat(100) });
        };
        writer.socket.on("message", (data) => {
          const frame = JSON.parse(data.toString()) as Frame;
          if (frame.type !== "ack") return;
          acked.set(String(frame.messageId), Number(frame.seq));
          // Another number each round, so that the kill falls on another moment.
          if (acked.size - before >= 150 + 37 * round) resolve();
          else write();
        });
        for (let inFlight = 0; inFlight < 5; inFlight++) write();
      }
    });
    await enough;
    await server.kill();
    for (const writer of writers) writer.socket.terminate();
  }

  const server = await Server.start({ persistTo });
  const stored = await assertComplete(server, room, acked);
  console.log(`${KILLS} kills: ${sent} sent, ${acked.size} acked, ${stored} stored`);
  await server.stop();
  rmSync(persistTo, { recursive: true });
});

/** Reads the whole history and compares; gives its length. */
async function assertComplete(
  server: Server,
  room: string,
  acked: Map<string, number>,
): Promise<number> {
  const reader = await Client.join(server, room, "reader");
  const stored = new Map<string, number>();
  for (let after = 0; ; ) {
    reader.send({ type: "history", after, limit: 300 });
    const page = await reader.next("history");
    for (const message of page.messages as { messageId: string; seq: number }[]) {
      assert.equal(message.seq, after + 1, "no gap");
      assert.ok(!stored.has(message.messageId), `${message.messageId} is there twice`);
      stored.set(message.messageId, message.seq);
      after = message.seq;
    }
    if (!page.hasMore) break;
  }
  for (const [id, seq] of acked) assert.equal(stored.get(id), seq, `${id} was acked as ${seq}`);
  await reader.close();
  return stored.size;
}
