// An address that connects too often is held back, where the deployment binds a limiter.
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Client, freshRoom } from "./support/client.ts";
import { ONLY_WRANGLER, Server } from "./support/server.ts";

/** Beside the real one, because paths in it are relative. */
const CONFIG = fileURLToPath(new URL("../../wrangler.limited.toml", import.meta.url));
const LIMIT = 5;

const options = ONLY_WRANGLER("plain workerd has no rate limiting binding");

test("the connection past the limit is told to wait, and closed with 4129", options, async (t) => {
  const real = readFileSync(new URL("../../wrangler.toml", import.meta.url), "utf8");
  const uncommented = real.replace(
    /^# (\[\[ratelimits\]\]|name = "CONN|namespace_id|simple)/gm,
    "$1",
  );
  writeFileSync(CONFIG, uncommented.replace("limit = 120", `limit = ${LIMIT}`));
  t.after(() => rmSync(CONFIG));
  const server = await Server.start({ args: ["--config", CONFIG] });
  t.after(() => server.stop());
  const room = freshRoom();
  for (let n = 0; n < LIMIT; n++) await Client.join(server, room, `user${n}`);
  const late = new Client(`${server.ws}/parties/chatroom/${room}?userId=late`);
  const { code, retryable } = await late.next("error");
  assert.deepEqual([code, retryable], ["rate-limited", true]);
  assert.equal((await late.closed).code, 4129);
});
