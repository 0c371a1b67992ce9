// `npm start`: options, secrets, and an end that leaves nothing behind.
import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { Client, freshRoom, publish } from "./support/client.ts";
import { isAlive, processes } from "./support/processes.ts";
import { ONLY_WRANGLER, Server, temporaryFolder } from "./support/server.ts";
import { token } from "./support/token.ts";

describe("npm start", ONLY_WRANGLER("this is about wrangler dev"), () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`${signal} ends everything that was started, and the exit is clean`, async () => {
      const server = await Server.start();
      await Client.join(server, freshRoom(), "alice");
      const family = processes(server);
      assert.ok(family.length > 2, "wrangler and workerd are among them");
      assert.equal(await server.stop(signal), 0);
      assert.deepEqual(family.filter(isAlive), []);
    });
  }

  test("--persist-to keeps the rooms there, over a restart", async () => {
    const persistTo = temporaryFolder();
    const room = freshRoom();
    const first = await Server.start({ persistTo });
    const alice = await Client.join(first, room, "alice");
    alice.send({ type: "message", messageId: "m1", message: "kept" });
    await alice.next("ack");
    await first.stop();
    assert.ok(readdirSync(persistTo).length > 0);

    const second = await Server.start({ persistTo });
    const bob = await Client.join(second, room, "bob");
    bob.send({ type: "history" });
    const { messages } = await bob.next("history");
    assert.equal((messages as { message: string }[])[0]?.message, "kept");
    await second.stop();
    rmSync(persistTo, { recursive: true });
  });

  test("secrets of the environment win over .dev.vars, whatever characters they have", async () => {
    const secrets = { JWT_SECRET: "a $b 'c\" #d\\e", BROADCAST_KEY: "k$HOME'#\"x" };
    const server = await Server.start({ env: secrets });
    const address = `/parties/main/${freshRoom()}`;
    const event = { type: "T", payload: 1 };
    const answer = await publish(server, address, event, secrets.BROADCAST_KEY);
    assert.equal(answer.status, 200);
    const ours = token({ sub: "ann" }, secrets.JWT_SECRET);
    const ann = await Client.connect(server, `/parties/chatroom/${freshRoom()}`, { token: ours });
    assert.equal((await ann.next("welcome")).userId, "ann");
    await server.stop();
  });

  test("a port that is taken is one clear line and a failure", async () => {
    const blocker = createServer();
    const port = await new Promise<number>((resolve) => {
      blocker.listen(0, () => resolve((blocker.address() as { port: number }).port));
    });
    await assert.rejects(Server.start({ port }), /ended with 1[\s\S]*(in use|taken)/);
    blocker.close();
  });
});
