/** Signatures in the place of the bearer key: docs/protocol.md, section 6. */

import { platform } from "./platform.ts";

export interface Signed {
  method: string;
  /** The path with its query, as it is sent. */
  path: string;
  body: string;
  /** Seconds since 1970. */
  timestamp: number;
}

/** Makes the headers of a signed request. The key is imported once. */
export function signer(key: string): (request: Signed) => Promise<Record<string, string>> {
  let imported: Promise<object> | undefined;
  return async ({ method, path, body, timestamp }) => {
    const { subtle } = platform.crypto;
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    imported ??= subtle.importKey("raw", bytes(key), algorithm, false, ["sign"]);
    const digest = hex(await subtle.digest("SHA-256", bytes(body)));
    const text = `${timestamp}.${method}.${path}.${digest}`;
    const signature = await subtle.sign("HMAC", await imported, bytes(text));
    return {
      "X-Signature-Timestamp": String(timestamp),
      "X-Signature": `v1=${hex(signature)}`,
    };
  };
}

const bytes = (text: string) => new platform.TextEncoder().encode(text);

const hex = (data: ArrayBuffer) =>
  [...new Uint8Array(data)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
