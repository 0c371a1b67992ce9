// Tokens as an application's backend makes them.
import { createHmac } from "node:crypto";
import { JWT_SECRET } from "./server.ts";

/** The token of somebody who may send as much as they like. */
export function tireless(sub: string): string {
  const messages = { burst: 1_000_000, perSecond: 1_000_000 };
  return token({ sub, limits: { messages } });
}

export function token(claims: object, secret = JWT_SECRET, alg = "HS256"): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg, typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}
