/** An HTTP server that does what the test tells it to, request by request, and delivers once by idempotency key. */
import assert from "node:assert/strict";
import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

export interface Request {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What is done about one request. */
export type Step = (response: ServerResponse, request: Request) => void;

export class ScriptedHttp {
  readonly requests: Request[] = [];
  /** The bodies that were delivered, each once however often it came. */
  readonly delivered: unknown[] = [];
  readonly #steps: Step[] = [];
  readonly #answers = new Map<string, string>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<ScriptedHttp> {
    const server = createServer(async (incoming, response) => {
      let body = "";
      for await (const chunk of incoming.setEncoding("utf8")) body += chunk;
      const { method = "", url = "", headers } = incoming;
      const request = { method, path: url, headers, body };
      scripted.requests.push(request);
      const step = scripted.#steps.shift() ?? scripted.ok;
      step(response, request);
    });
    const scripted = new ScriptedHttp(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return scripted;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What happens to the next requests; later ones are delivered. */
  script(...steps: Step[]): void {
    this.#steps.push(...steps);
  }

  /** The idempotency keys that came, each as often as it came. */
  get keys(): string[] {
    return this.requests.map(({ headers }) => String(headers["idempotency-key"]));
  }

  /** Delivers, unless this key was delivered before, and answers the same each time. */
  readonly ok: Step = (response, request) => {
    json(200, this.#deliver(request))(response, request);
  };

  /** Delivers, and goes away in the middle of the answer. */
  readonly deliverAndDie: Step = (response, request) => {
    const answer = this.#deliver(request);
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": answer.length,
    });
    response.write(answer.slice(0, 8), () => response.destroy());
  };

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #deliver({ body, headers }: Request): string {
    const key = String(headers["idempotency-key"]);
    const first = this.#answers.get(key);
    if (first !== undefined) return first;
    const { events } = JSON.parse(body);
    const nth = this.delivered.push(JSON.parse(body));
    const one = (n: number) => ({ id: `event-${nth}-${n}`, delivered: 2 });
    const answer = JSON.stringify(
      events ? { results: events.map((_: unknown, n: number) => one(n)) } : one(0),
    );
    this.#answers.set(key, answer);
    return answer;
  }
}

/** Never answers. */
export const hang: Step = () => {};

/** Goes away without a word. */
export const die: Step = (response) => response.destroy();

export function json(status: number, body: object | string, headers: object = {}): Step {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(text);
  };
}

export function problem(
  status: number,
  code: string,
  more: object = {},
  headers: object = {},
): Step {
  assert.ok(status >= 400);
  return json(
    status,
    { title: "A title", status, code, detail: `About ${code}.`, ...more },
    headers,
  );
}
