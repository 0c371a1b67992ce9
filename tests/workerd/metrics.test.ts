// `/metrics` as Prometheus reads it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, freshRoom } from "./support/client.ts";
import { ask, eventually } from "./support/directory.ts";
import { Server } from "./support/server.ts";

let server: Server;
before(async () => {
  server = await Server.start({ vars: { LIMITS: JSON.stringify({ reportMs: 50 }) } });
});
after(() => server.stop());

type Samples = Map<string, number>;

/** Reads the text format 0.0.4, strictly: every sample belongs to the family announced last, and is there once. */
function parse(text: string): Samples {
  const samples: Samples = new Map();
  const families = new Set<string>();
  let family = "";
  let kind = "";
  assert.ok(text.endsWith("\n"));
  for (const line of text.slice(0, -1).split("\n")) {
    const help = line.match(/^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) \S.*$/);
    const type = line.match(/^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/);
    const sample = line.match(
      /^([a-zA-Z_:][a-zA-Z0-9_:]*)\{([a-z]+="[^"\\\n]*"(?:,[a-z]+="[^"\\\n]*")*)\} ([0-9]+(?:\.[0-9]+)?)$/,
    );
    if (help) {
      family = help[1] ?? "";
      assert.ok(!families.has(family), `${family} comes twice`);
      families.add(family);
      kind = "";
    } else if (type) {
      assert.equal(type[1], family);
      kind = type[2] ?? "";
    } else {
      assert.ok(sample, `no line of the format: ${line}`);
      const [, name = "", labels, number] = sample;
      const suffixes = kind === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
      assert.ok(
        suffixes.some((suffix) => name === family + suffix),
        `${line} in ${family}`,
      );
      const series = `${name}{${labels}}`;
      assert.ok(!samples.has(series), `${series} comes twice`);
      samples.set(series, Number(number));
    }
  }
  return samples;
}

async function scrape(): Promise<Samples> {
  const answer = await ask(server, "/metrics");
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  return parse(await answer.text());
}

test("what happens in rooms can be scraped", async () => {
  const room = freshRoom();
  const alice = await Client.join(server, room, "alice");
  const bob = await Client.join(server, room, "bob");
  alice.send({ type: "message", messageId: "m1", message: "x" });
  await bob.next("new-message");
  alice.send({ type: "dance" });
  await alice.next("error");
  const samples = await eventually(async () => {
    const samples = await scrape();
    const expected: [string, number][] = [
      ["durable_rooms_rooms", 1],
      ["durable_rooms_connections", 2],
      ["durable_rooms_users", 2],
      ["durable_rooms_frames_received_total", 2],
      ["durable_rooms_acks_total", 1],
      ["durable_rooms_connects_total", 2],
      ["durable_rooms_wakeups_total", 1],
      ["durable_rooms_webhook_queue", 0],
      ["durable_rooms_commit_duration_seconds_count", 1],
    ];
    for (const [name, value] of expected) {
      assert.equal(samples.get(`${name}{party="chatroom"}`), value, name);
    }
    const rejected = 'durable_rooms_rejects_total{party="chatroom",code="unknown-type"}';
    assert.equal(samples.get(rejected), 1);
    return samples;
  });
  for (const name of ["broadcast", "commit"]) {
    const bucket = `durable_rooms_${name}_duration_seconds_bucket{party="chatroom",le=`;
    const bounds = [...samples].filter(([series]) => series.startsWith(bucket));
    assert.equal(bounds.length, 11);
    const counts = bounds.map(([, count]) => count);
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => a - b),
      "buckets are cumulative",
    );
    const all = samples.get(`durable_rooms_${name}_duration_seconds_count{party="chatroom"}`);
    assert.equal(counts.at(-1), all);
  }
  await alice.close();
  await bob.close();
});
