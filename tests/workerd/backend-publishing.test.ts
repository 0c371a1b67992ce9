// What `durable-rooms/server` and the Python program promise together with the server: once by key, all or none, room by
// room, and signed.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import {
  createPublisher,
  type Publisher,
  type PublisherOptions,
  type PublishResult,
} from "../../packages/client/src/server/index.ts";
import { at } from "../../scripts/lib/paths.mjs";
import { Client, freshRoom } from "./support/client.ts";
import { BROADCAST_KEY, Server } from "./support/server.ts";
import { token } from "./support/token.ts";

let server: Server;
before(async () => {
  server = await Server.start();
});
after(() => server.stop());

const EVENT = { type: "TASK_UPDATED", payload: { taskId: "t1" } };

function publisher(options: Partial<PublisherOptions> = {}): Publisher {
  return createPublisher({ url: server.url, key: BROADCAST_KEY, onError: () => {}, ...options });
}

function answerOf<Value>(result: PublishResult<Value>): Value {
  assert.ok(result.status === "published", JSON.stringify(result));
  return result.answer;
}

const codeOf = (result: PublishResult<unknown>) =>
  result.status === "failed" ? result.error.code : result.status;

const open = (room: string, userId = "bob") =>
  Client.connect(server, `/parties/main/${encodeURIComponent(room)}`, { userId, userName: userId });

async function typesOf(client: Client): Promise<string[]> {
  const types = (await client.settle()).map(({ type }) => type);
  return types.filter((type) => type.startsWith("TASK_"));
}

test("a call that is repeated is delivered once, and another body under its key is refused", async () => {
  const room = freshRoom();
  const bob = await open(room);
  const options = { idempotencyKey: 'row "7"' };
  const event = { ...EVENT, persist: true };
  const first = answerOf(await publisher().publish(room, event, options));
  assert.deepEqual([first.seq, first.delivered], [1, 1]);
  assert.deepEqual(answerOf(await publisher().publish(room, event, options)), first);
  const other = await publisher().publish(room, { ...event, type: "TASK_DELETED" }, options);
  assert.equal(codeOf(other), "idempotency-mismatch");
  assert.deepEqual(await typesOf(bob), ["TASK_UPDATED"]);
  await bob.close();
});

test("an answer that gets lost on the way is asked for again, and the event delivered once", async () => {
  const room = freshRoom();
  const bob = await open(room);
  let lost = 0;
  const result = await publisher({
    backoffMs: 1,
    // The server has answered, and nobody has heard it.
    fetch: async (url, init) => {
      const answer = await fetch(url, init);
      if (lost++ > 1) return answer;
      await answer.arrayBuffer();
      throw new TypeError("The line broke.");
    },
  }).publish(room, EVENT);
  assert.ok(result.status === "published" && result.attempts === 3, JSON.stringify(result));
  assert.deepEqual(await typesOf(bob), ["TASK_UPDATED"]);
  await bob.close();
});

test("several events come in order, all or none", async () => {
  const room = freshRoom();
  const bob = await open(room);
  const events = ["TASK_CREATED", "TASK_ASSIGNED", "TASK_DELETED"].map((type) => ({
    type,
    payload: null,
    persist: true,
  }));
  const answer = answerOf(await publisher().publish(room, events));
  assert.deepEqual(
    answer.map(({ seq, delivered }) => [seq, delivered]),
    [
      [1, 1],
      [2, 1],
      [3, 1],
    ],
  );
  const wrong = await publisher().publish(room, [EVENT, { type: "", payload: 1 }]);
  assert.equal(codeOf(wrong), "invalid-event");
  assert.deepEqual(
    await typesOf(bob),
    events.map(({ type }) => type),
  );
  await bob.close();
});

test("several rooms have the event, but for those that refuse", async () => {
  const rooms = [freshRoom(), `${freshRoom()} ü/..`, freshRoom()];
  const clients = await Promise.all(rooms.map((room) => open(room)));
  const results = answerOf(await publisher().publishAll(rooms, EVENT));
  assert.deepEqual(
    results.map(({ status, party, room }) => [status, party, room]),
    rooms.map((room) => ["published", "main", room]),
  );
  for (const client of clients) {
    assert.deepEqual(await typesOf(client), ["TASK_UPDATED"]);
    await client.close();
  }

  const [one = ""] = rooms;
  const partly = await publisher().publishAll([one, { party: "none", room: one }], [EVENT, EVENT]);
  assert.ok(partly.status === "failed" && partly.error.code === "some-rooms-failed");
  const [first, second] = partly.error.rooms ?? [];
  assert.ok(first?.status === "published" && first.deliveries.length === 2);
  assert.ok(second?.status === "failed" && second.error.code === "unknown-party");

  const claims = { sub: "api", rooms: { [one]: ["broadcast"] } };
  const narrow = publisher({ key: undefined, token: () => token(claims) });
  assert.equal((await narrow.publish(one, EVENT)).status, "published");
  const notThere = await narrow.publishAll([one, rooms[2] ?? ""], EVENT);
  assert.ok(notThere.status === "failed");
  const codes = notThere.error.rooms?.map((room) => room.status === "failed" && room.error.code);
  assert.deepEqual(codes, [false, "not-allowed"]);
});

test("signed calls are taken, and those that are signed with another key are not", async () => {
  const room = `${freshRoom()} ü/?#`;
  const signed = publisher({ sign: true });
  assert.equal((await signed.publish(room, { ...EVENT, payload: "€ 😀" })).status, "published");
  assert.equal((await signed.publishAll([room], [EVENT])).status, "published");
  const forged = publisher({ sign: true, key: "another key" });
  assert.equal(codeOf(await forged.publish(room, EVENT)), "unauthorized");
});

const HAS_PYTHON = spawnSync("python3", ["--version"]).status === 0;

test("the Python publisher: signed, again, several events and several rooms", {
  skip: HAS_PYTHON ? false : "There is no python3 here.",
}, async () => {
  const [room, other] = [`${freshRoom()} ü`, freshRoom()];
  const bob = await open(room);
  const program = `
import json, sys
sys.path.insert(0, sys.argv[1])
from publish import Publisher, PublishError, event
rooms = Publisher(sys.argv[2], sys.argv[3], sign=True)
room, other = sys.argv[4:]
first = rooms.publish(room, "TASK_CREATED", "€", idempotency_key='a "key"', persist=True)
again = rooms.publish(room, "TASK_CREATED", "€", idempotency_key='a "key"', persist=True)
try:
    code = rooms.publish(room, "TASK_CREATED", "other", idempotency_key='a "key"')
except PublishError as error:
    code = error.code
batch = rooms.publish_batch(room, [event("TASK_UPDATED", 1), event("TASK_DELETED", 2)])
everywhere = rooms.publish_all([room, other], [event("TASK_ASSIGNED", 3, exclude_user_id="bob")])
print(json.dumps([first == again, first["seq"], code, len(batch), [one["room"] for one in everywhere]]))
`;
  const paths = [at("examples/python-publisher"), server.url, BROADCAST_KEY, room, other];
  const options = { timeout: 60_000, env: { ...process.env, NO_PROXY: "*" } };
  const stdout = await new Promise<string>((resolve, reject) => {
    const given = ["-B", "-c", program, ...paths];
    execFile("python3", given, options, (error, out) => (error ? reject(error) : resolve(out)));
  });
  assert.deepEqual(JSON.parse(stdout), [true, 1, "idempotency-mismatch", 2, [room, other]]);
  assert.deepEqual(await typesOf(bob), ["TASK_CREATED", "TASK_UPDATED", "TASK_DELETED"]);
  await bob.close();
});
