// Webhooks are signed by the reference library here, and checked by ours.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { verifyWebhook, WebhookError } from "../src/server/index.ts";

const SECRET = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const OTHER = `whsec_${Buffer.alloc(32, 2).toString("base64")}`;
const BODY = '{"type":"room.deleted","timestamp":"t","data":{"party":"p","room":"ü","epoch":"e"}}';

/** The headers of a webhook that is `ageS` old. */
function headers(body = BODY, ageS = 0, secret = SECRET): Record<string, string> {
  const at = new Date(Date.now() - ageS * 1000);
  return {
    "webhook-id": "msg_1",
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": new Webhook(secret).sign("msg_1", at, body),
  };
}

test("what the reference library signs is verified, as text and as bytes, with headers of any form", async () => {
  const expected = { id: "msg_1", ...JSON.parse(BODY) };
  assert.deepEqual(await verifyWebhook(BODY, headers(), SECRET), expected);
  assert.deepEqual(await verifyWebhook(Buffer.from(BODY), headers(), SECRET), expected);
  assert.deepEqual(await verifyWebhook(BODY, new Headers(headers()), SECRET), expected);
});

test("one of several secrets and one of several signatures are enough", async () => {
  await verifyWebhook(BODY, headers(), `${OTHER} ${SECRET}`);
  const signature = `v1,AAAA v2,x ${headers(BODY, 0, OTHER)["webhook-signature"]} ${headers()["webhook-signature"]}`;
  await verifyWebhook(BODY, { ...headers(), "webhook-signature": signature }, SECRET);
});

test("what somebody else has signed or changed is refused", async () => {
  const right = headers();
  for (const [body, wrong] of [
    [`${BODY} `, right],
    [BODY, { ...right, "webhook-id": "msg_2" }],
    [BODY, { ...right, "webhook-timestamp": `${Number(right["webhook-timestamp"]) + 1}` }],
    [BODY, { ...right, "webhook-timestamp": "soon" }],
    [BODY, { ...right, "webhook-signature": "v1," }],
    [BODY, { ...right, "webhook-signature": "v1,!" }],
    [BODY, { ...right, "webhook-signature": right["webhook-signature"]?.slice(3) }],
    [BODY, { ...right, "webhook-signature": undefined }],
    [BODY, headers(BODY, 0, OTHER)],
    [BODY, {}],
  ] as const) {
    await assert.rejects(verifyWebhook(body, wrong, SECRET), WebhookError);
  }
});

test("a webhook holds for five minutes either way", async () => {
  for (const age of [295, -295]) await verifyWebhook(BODY, headers(BODY, age), SECRET);
  for (const age of [305, -305]) {
    await assert.rejects(verifyWebhook(BODY, headers(BODY, age), SECRET), WebhookError);
  }
});

test("a secret of another form is a mistake of the receiver's", async () => {
  for (const secret of ["", "key", "whsec_", "whsec_!"]) {
    await assert.rejects(verifyWebhook(BODY, headers(), secret), TypeError);
  }
});
