/** Calls of the HTTP API with the credential of whoever has signed in. */

/** What the server refused, in its own words, or that it did not answer. */
export class ApiError extends Error {
  /** The HTTP status; 0 if no answer came. */
  readonly status: number;
  /** Of docs/protocol.md, section 5; `unreachable` if no answer came. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const UNREACHABLE = "The server does not answer.";

/** A server that is asked and says nothing is not reached either. */
const PATIENCE_MS = 15_000;

export class Api {
  readonly credential: string;
  readonly #onUnauthorized: () => void;

  /** @param onUnauthorized The credential is not valid, or not any more. */
  constructor(credential: string, onUnauthorized: () => void = () => {}) {
    this.credential = credential;
    this.#onUnauthorized = onUnauthorized;
  }

  /** Rejects with an `ApiError`, or as `signal` says. */
  get<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
    return this.#call(path, { signal });
  }

  /** Rejects with an `ApiError`. */
  post<Answer>(path: string, body: object): Promise<Answer> {
    return this.#call(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  async #call<Answer>(path: string, { signal, headers, ...init }: Init): Promise<Answer> {
    const timeout = AbortSignal.timeout(PATIENCE_MS);
    let response: Response;
    let answer: unknown;
    try {
      response = await fetch(path, {
        ...init,
        headers: { ...headers, Authorization: `Bearer ${this.credential}` },
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        cache: "no-store",
        credentials: "omit",
      });
      const text = await response.text();
      answer = text === "" ? undefined : parsed(text);
    } catch (cause) {
      if (signal?.aborted) throw cause;
      throw new ApiError(0, "unreachable", UNREACHABLE);
    }
    if (response.ok && answer !== undefined) return answer as Answer;
    if (response.status === 401) this.#onUnauthorized();
    throw asError(response.status, answer);
  }
}

interface Init {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal | undefined;
}

/** The address of a room. */
export function roomPath({ party, room }: { party: string; room: string }): string {
  return `/parties/${encodeURIComponent(party)}/${encodeURIComponent(room)}`;
}

/** The text if it is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** From an RFC 9457 problem document, or from whatever stands in its place. */
function asError(status: number, answer: unknown): ApiError {
  const { code, detail, title } = (
    typeof answer === "object" && answer !== null ? answer : {}
  ) as Record<string, unknown>;
  const text = [detail, title].find((part) => typeof part === "string");
  return new ApiError(
    status,
    typeof code === "string" ? code : "unknown",
    typeof text === "string" ? text : `The server answered with status ${status}.`,
  );
}
