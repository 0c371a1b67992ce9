/**
 * What the publisher takes from the platform: what Node (from 20), Workers, Deno and Bun have in common. Declared
 * here, so that no DOM or Node types are needed to compile against it.
 */

/** As much of a request as is used. */
export interface FetchInit {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  redirect?: "manual";
  /** An `AbortSignal`; as `never` it fits whatever the platform's types call that. */
  signal?: never;
}

/** As much of an answer as is used. */
export interface FetchAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/** The platform's `fetch`, or one with the same manners. */
// As a method, so that the types of any platform fit.
export type Fetch = { handle(url: string, init: FetchInit): Promise<FetchAnswer> }["handle"];

interface Controller {
  readonly signal: { readonly aborted: boolean };
  abort(): void;
}

interface Url {
  readonly protocol: string;
  readonly origin: string;
  readonly pathname: string;
  readonly search: string;
  readonly href: string;
}

interface Platform {
  fetch?: Fetch;
  crypto: {
    randomUUID(): string;
    subtle: {
      digest(algorithm: string, data: Uint8Array): Promise<ArrayBuffer>;
      importKey(
        format: "raw",
        key: Uint8Array,
        algorithm: { name: string; hash: string },
        extractable: boolean,
        uses: readonly string[],
      ): Promise<object>;
      sign(algorithm: string, key: object, data: Uint8Array): Promise<ArrayBuffer>;
      verify(
        algorithm: string,
        key: object,
        signature: Uint8Array,
        data: Uint8Array,
      ): Promise<boolean>;
    };
  };
  console: { error(...what: unknown[]): void };
  AbortController: new () => Controller;
  TextEncoder: new () => { encode(text: string): Uint8Array };
  TextDecoder: new () => { decode(bytes: Uint8Array): string };
  atob(base64: string): string;
  URL: new (url: string) => Url;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

export const platform = globalThis as unknown as Platform;

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => platform.setTimeout(resolve, ms));
}
