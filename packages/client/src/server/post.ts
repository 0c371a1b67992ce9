/** One attempt: one POST, and its answer. */

import { type Answer, refusalOf } from "./answer.ts";
import { PublishError } from "./error.ts";
import type { PublisherOptions } from "./options.ts";
import { type Fetch, type FetchAnswer, type FetchInit, platform } from "./platform.ts";
import { parseRetryAfter } from "./retry.ts";
import { signer } from "./signature.ts";

/** Gives an answer with status 200; throws a `PublishError` otherwise. */
export type Post = (request: {
  path: string;
  /** JSON */
  body: string;
  idempotencyKey: string;
  timeoutMs: number;
}) => Promise<Answer>;

export function sender(options: PublisherOptions): Post {
  const base = baseOf(options.url);
  const headersOf = credentials(options);
  const fetch: Fetch =
    options.fetch ?? ((url, init) => (platform.fetch as Fetch).call(platform, url, init));
  return async ({ path, body, idempotencyKey, timeoutMs }) => {
    const url = new platform.URL(base + path);
    // "." and ".." are no names in an address, however they are written.
    if (!url.pathname.endsWith(path)) {
      throw new PublishError("not-sendable", "A room of this name cannot be addressed by HTTP.");
    }
    const request = { method: "POST", path: url.pathname + url.search, body };
    const headers = {
      "Content-Type": "application/json",
      Accept: "application/json, application/problem+json",
      "Idempotency-Key": quoted(idempotencyKey),
      ...(await headersOf(request)),
    };
    const answer = await within(timeoutMs, async (signal) => {
      // A redirect would make a GET of it, or take the credentials elsewhere.
      const init: FetchInit = {
        method: "POST",
        headers,
        body,
        redirect: "manual",
        signal,
      };
      return complete(await fetch(url.href, init));
    });
    if (answer.status !== 200) throw refusalOf(answer);
    return answer;
  };
}

async function complete(answer: FetchAnswer): Promise<Answer> {
  const retryAfterMs = parseRetryAfter(answer.headers.get("Retry-After"), Date.now());
  return { status: answer.status, retryAfterMs, body: await answer.text() };
}

/** What takes longer is over, whether it listens to the signal or not. */
async function within<Value>(
  timeoutMs: number,
  work: (signal: never) => Promise<Value>,
): Promise<Value> {
  const controller = new platform.AbortController();
  let timer: unknown;
  const late = new Promise<never>((_, reject) => {
    timer = platform.setTimeout(() => {
      const message = `No answer came within ${timeoutMs} ms.`;
      reject(new PublishError("timeout", message, { retryable: true }));
      controller.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([work(controller.signal as never), late]);
  } catch (cause) {
    if (cause instanceof PublishError) throw cause;
    const message = `The server cannot be reached, or went away: ${reasonOf(cause)}`;
    throw new PublishError("unreachable", message, { retryable: true, cause });
  } finally {
    platform.clearTimeout(timer);
  }
}

/** Node says "fetch failed", and the reason beneath. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as {
    message?: string;
    cause?: { message?: string; code?: string };
  };
  return cause?.message || cause?.code || message || String(error);
}

function baseOf(url: string): string {
  let parsed: InstanceType<typeof platform.URL>;
  try {
    parsed = new platform.URL(url);
  } catch (cause) {
    throw new TypeError(`url: "${url}" is no address such as https://rooms.example.com.`, {
      cause,
    });
  }
  if (!/^https?:$/.test(parsed.protocol))
    throw new TypeError(`url: "${url}" is not http or https.`);
  return parsed.origin + parsed.pathname.replace(/\/+$/, "");
}

type Credentials = (request: {
  method: string;
  path: string;
  body: string;
}) => Promise<Record<string, string>>;

function credentials({ key, token, sign }: PublisherOptions): Credentials {
  if (sign) {
    if (!key) throw new TypeError("sign: a signature needs the key.");
    const signed = signer(key);
    // Anew for each attempt: it is good for minutes only.
    return (request) => signed({ ...request, timestamp: Math.floor(Date.now() / 1000) });
  }
  const credential = token || key;
  if (!credential) throw new TypeError("key: give the broadcast key, or a token.");
  if (typeof credential === "string" && !isHeaderText(credential)) {
    // Without the value: it is a secret.
    throw new TypeError("The key or token has characters that no header can carry: a line break?");
  }
  return async () => ({ Authorization: `Bearer ${await current(credential)}` });
}

async function current(credential: string | (() => string | Promise<string>)): Promise<string> {
  if (typeof credential === "string") return credential;
  let token: string;
  try {
    token = await credential();
  } catch (cause) {
    throw new PublishError("token-failed", `There is no token: ${reasonOf(cause)}`, {
      retryable: true,
      cause,
    });
  }
  if (isHeaderText(token)) return token;
  throw new PublishError("token-failed", "What was given for a token is none.");
}

// Platforms name the value in their own complaint.
const isHeaderText = (text: unknown) => typeof text === "string" && /^[\x21-\x7e]+$/.test(text);

/** A string as structured fields write it (RFC 9651). */
function quoted(idempotencyKey: string): string {
  if (!/^[\x20-\x7e]{1,128}$/.test(idempotencyKey)) {
    const message = "An idempotency key has 1 to 128 printable ASCII characters.";
    throw new PublishError("not-sendable", message);
  }
  return `"${idempotencyKey.replace(/[\\"]/g, "\\$&")}"`;
}
