/** Who sent a webhook: the signatures of the Standard Webhooks specification. */

import { platform } from "./platform.ts";
import type { WebhookEvent } from "./webhook-events.ts";

/** How old a webhook may be, or how far ahead of this machine's clock, in seconds. */
const TOLERANCE = 5 * 60;

/** The headers of a request: those of `fetch`, or an object with names in lower case, as Node has it. */
export type WebhookHeaders =
  | { get(name: string): string | null }
  | { readonly [name: string]: string | readonly string[] | undefined };

/** Why a webhook is not to be believed. Answer with 400 or 401. */
export class WebhookError extends Error {
  override name = "WebhookError";
}

/**
 * Checks that a webhook was sent by the deployment whose `WEBHOOK_SECRET` this is, and within the last five minutes; gives
 * what it tells.
 *
 * @param body As it came, to the byte: parsing and writing it again would change it.
 * @param secret `whsec_…`; several with spaces between, of which one has to fit.
 * @throws WebhookError
 */
export async function verifyWebhook(
  body: string | Uint8Array,
  headers: WebhookHeaders,
  secret: string,
): Promise<WebhookEvent> {
  const id = header(headers, "webhook-id");
  const timestamp = header(headers, "webhook-timestamp");
  const signatures = header(headers, "webhook-signature").split(" ");
  if (!/^\d{1,15}$/.test(timestamp)) throw new WebhookError("webhook-timestamp is no number.");
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE) {
    throw new WebhookError("The webhook is more than five minutes old, or a clock is wrong.");
  }
  const content = typeof body === "string" ? new platform.TextEncoder().encode(body) : body;
  const signed = joined(new platform.TextEncoder().encode(`${id}.${timestamp}.`), content);
  const keys = await Promise.all(secret.trim().split(/\s+/).map(importKey));
  const candidates = signatures.flatMap((signature) => {
    const [version, base64] = signature.split(",");
    const bytes = version === "v1" && base64 ? decoded(base64) : undefined;
    return bytes ? [bytes] : [];
  });
  // In constant time: `verify` is, and every pair is looked at.
  const checks = keys.flatMap((key) =>
    candidates.map((candidate) => platform.crypto.subtle.verify("HMAC", key, candidate, signed)),
  );
  if (!(await Promise.all(checks)).includes(true)) {
    throw new WebhookError("No signature of the webhook fits the secret.");
  }
  return { id, ...JSON.parse(new platform.TextDecoder().decode(content)) } as WebhookEvent;
}

function header(headers: WebhookHeaders, name: string): string {
  const value =
    typeof headers.get === "function"
      ? headers.get(name)
      : (headers as Record<string, string | readonly string[] | undefined>)[name];
  if (typeof value !== "string" || value === "") throw new WebhookError(`${name} is missing.`);
  return value;
}

async function importKey(secret: string): Promise<object> {
  const key = secret.startsWith("whsec_") ? decoded(secret.slice("whsec_".length)) : undefined;
  // A mistake of ours, and not of whoever sent this.
  if (key === undefined || key.length === 0) {
    throw new TypeError('The secret must be "whsec_" and base64.');
  }
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return platform.crypto.subtle.importKey("raw", key, algorithm, false, ["verify"]);
}

function decoded(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(platform.atob(base64), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
