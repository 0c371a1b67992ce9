// One who floods is stopped, and the others hardly notice.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Client, freshRoom } from "./support/client.ts";
import { Server } from "./support/server.ts";
import { token } from "./support/token.ts";

const OTHERS = 49;
const FLOOD = 10_000;
/** Under the burst of a user, so that no measured message is held back. */
const MESSAGES = 60;
const PACE_MS = 20;

let server: Server;
before(async () => {
  server = await Server.start();
});
after(() => server.stop());

/** Sends messages at a steady pace, and gives how long each took to each of the receivers, in milliseconds. */
async function deliveries(sender: Client, receivers: Client[], label: string): Promise<number[]> {
  const sentAt = new Map<string, number>();
  const times: number[] = [];
  const complete = new Promise<void>((resolve) => {
    for (const receiver of receivers) {
      receiver.socket.on("message", (data) => {
        const sent = sentAt.get(data.toString().match(/"messageId":"([^"]+)"/)?.[1] ?? "");
        if (sent === undefined || !data.toString().startsWith('{"type":"new-message"')) return;
        times.push(performance.now() - sent);
        if (times.length === receivers.length * MESSAGES) resolve();
      });
    }
  });
  for (let n = 0; n < MESSAGES; n++) {
    const messageId = `${label}-${n}`;
    sentAt.set(messageId, performance.now());
    sender.send({ type: "message", messageId, message: "x".repeat(100) });
    await sleep(PACE_MS);
  }
  await complete;
  return times.sort((a, b) => a - b);
}

const p99 = (times: number[]) => times[Math.floor(times.length * 0.99)] ?? 0;

test("a flooder ends with 4129 while everybody else gets everything", async () => {
  const room = `/parties/chatroom/${freshRoom()}`;
  const people = await Promise.all(
    Array.from({ length: OTHERS }, (_, n) =>
      Client.connect(server, room, { token: token({ sub: `user${n}` }) }),
    ),
  );
  const [first, second] = people as [Client, Client];
  for (const person of people) await person.settle();
  const quiet = await deliveries(first, people, "quiet");

  const flooded = deliveries(second, people, "flooded");
  const flooder = fileURLToPath(new URL("./support/flooder.ts", import.meta.url));
  const address = `${server.ws}${room}?token=${token({ sub: "mallory" })}`;
  const run = promisify(execFile)(process.execPath, [flooder, address, String(FLOOD)]);
  const { code, reason, refusals, first: refusal } = JSON.parse((await run).stdout);
  assert.deepEqual([code, reason], [4129, "rate-limited"]);
  assert.match(refusal, /"retryAfterMs":\d/);

  const during = await flooded;
  const [before, after] = [p99(quiet), p99(during)];
  console.log(
    `p99 of delivery: ${before.toFixed(1)} ms quiet, ${after.toFixed(1)} ms flooded, ` +
      `ratio ${(after / before).toFixed(2)}; ${refusals} refusals`,
  );
  for (const person of people) await person.close();
});
