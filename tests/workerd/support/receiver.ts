// The application's backend, as webhooks find it: a real HTTP server that takes, refuses, hangs, or is not there.
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { verifyWebhook, type WebhookEvent } from "../../../packages/client/src/server/index.ts";

export const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const PATIENCE_MS = 30_000;

type Manner = "take" | "refuse" | "hang" | "take and hang up";

export class Receiver {
  /** What it does with the next webhook, and with those after it. */
  manner: Manner = "take";
  /** Every attempt, whatever became of it. */
  readonly attempts: WebhookEvent[] = [];
  /** What was taken, repetitions left out, in the order in which it first came. */
  readonly taken: WebhookEvent[] = [];
  /** What came with signatures that do not fit. */
  readonly forged: unknown[] = [];
  readonly secret: string;
  #server: Server | undefined;
  #port = 0;
  #wake: () => void = () => {};

  private constructor(secret: string) {
    this.secret = secret;
  }

  static async start(secret = WEBHOOK_SECRET): Promise<Receiver> {
    const receiver = new Receiver(secret);
    await receiver.up();
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook?key=secret-of-the-receiver`;
  }

  /** Comes (back), at the address that it had. */
  async up(): Promise<void> {
    const server = createServer((request, response) => void this.#hear(request, response));
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Goes away. */
  async down(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve) ?? resolve(undefined));
    this.#server = undefined;
  }

  /** Waits until `fits` holds of what is known by now. */
  async until(fits: () => boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!fits()) {
      const left = deadline - Date.now();
      if (left <= 0) {
        const came = this.attempts.map(summary).slice(-20).join("\n  ");
        throw new Error(`It did not come. ${this.taken.length} taken; attempts:\n  ${came}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Waits for so many attempts more. */
  tried(times: number): Promise<void> {
    const before = this.attempts.length;
    return this.until(() => this.attempts.length >= before + times);
  }

  /** Waits until something was taken. */
  took(fits: (event: WebhookEvent) => boolean): Promise<void> {
    return this.until(() => this.taken.some(fits));
  }

  async #hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    try {
      const event = await verifyWebhook(body, request.headers, this.secret);
      const [first = ""] = this.secret.split(" ");
      // The reference library is of the same opinion.
      const headers = request.headers as Record<string, string>;
      assert.deepEqual(
        { id: event.id, ...Object(new Webhook(first).verify(body, headers)) },
        event,
      );
      this.#answer(event, response);
    } catch (fault) {
      this.forged.push(fault);
      response.writeHead(400).end();
    }
    this.#wake();
  }

  #answer(event: WebhookEvent, response: ServerResponse): void {
    this.attempts.push(event);
    if (this.manner === "hang") return;
    if (this.manner === "refuse") {
      response.writeHead(503).end("busy, and this text is nobody's business");
      return;
    }
    const before = this.taken.find(({ id }) => id === event.id);
    if (before) assert.deepEqual(event, before, "the same id is the same content");
    else this.taken.push(event);
    if (this.manner === "take") response.writeHead(204).end();
    else response.destroy();
  }
}

/** A webhook in a word or two. */
export function summary(event: WebhookEvent): string {
  if (event.type === "messages.appended") {
    return `${event.type} ${event.data.messages.map(({ seq }) => seq).join(",")}`;
  }
  return "userId" in event.data ? `${event.type} ${event.data.userId}` : event.type;
}
