// An issuer of tokens: keys of its own, published by a real HTTP server on this machine.
import { generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from "node:crypto";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Algorithm = "ES256" | "RS256" | "EdDSA";

/** A key pair under a name. */
export class Key {
  readonly id: string;
  readonly algorithm: Algorithm;
  readonly #private: KeyObject;
  readonly #public: KeyObject;

  constructor(id: string, algorithm: Algorithm = "ES256", modulusLength = 2048) {
    const { privateKey, publicKey } = keyPair(algorithm, modulusLength);
    this.id = id;
    this.algorithm = algorithm;
    this.#private = privateKey;
    this.#public = publicKey;
  }

  get jwk(): JsonWebKey {
    const jwk = this.#public.export({ format: "jwk" });
    return { ...jwk, kid: this.id, alg: this.algorithm, use: "sig" };
  }

  token(claims: object, header: object = {}): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const data = `${part({ alg: this.algorithm, kid: this.id, ...header })}.${part(claims)}`;
    const key = { key: this.#private, dsaEncoding: "ieee-p1363" as const };
    const hash = this.algorithm === "EdDSA" ? null : "sha256";
    return `${data}.${sign(hash, Buffer.from(data), key).toString("base64url")}`;
  }
}

function keyPair(algorithm: Algorithm, modulusLength: number) {
  if (algorithm === "ES256") return generateKeyPairSync("ec", { namedCurve: "P-256" });
  if (algorithm === "RS256") return generateKeyPairSync("rsa", { modulusLength });
  return generateKeyPairSync("ed25519");
}

/** Publishes keys, and counts how often they are asked for. */
export class Issuer {
  readonly url: string;
  keys: Key[];
  /** How often the keys were asked for. */
  fetches = 0;
  /** Answers in another way, for as long as it is set. */
  instead: ((response: ServerResponse) => void) | undefined;
  readonly #server: Server;

  private constructor(server: Server, keys: Key[]) {
    this.#server = server;
    this.keys = keys;
    const { port } = server.address() as AddressInfo;
    this.url = `http://127.0.0.1:${port}/jwks?key=hidden-in-logs`;
  }

  static async start(...keys: Key[]): Promise<Issuer> {
    const server = createServer((_, response) => {
      issuer.fetches += 1;
      if (issuer.instead) issuer.instead(response);
      else response.end(JSON.stringify({ keys: issuer.keys.map(({ jwk }) => jwk) }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const issuer = new Issuer(server, keys);
    return issuer;
  }

  /** Goes away; nobody listens at its address any more. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
