/** A room server that says what the test tells it to, over real sockets. */
import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

export type Frame = { type: string; [field: string]: unknown };

/** What does not come within this time does not come. */
const PATIENCE_MS = 5_000;

/** Things that arrive, and those who wait for them. */
class Inbox<Item> {
  readonly #items: Item[] = [];
  #wake: (() => void) | undefined;

  put(item: Item): void {
    this.#items.push(item);
    this.#wake?.();
  }

  /** The first that fits; those before it stay. */
  async take(fits: (item: Item) => boolean, what: string): Promise<Item> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const at = this.#items.findIndex(fits);
      const [item] = at < 0 ? [] : this.#items.splice(at, 1);
      if (item !== undefined) return item;
      const left = end - performance.now();
      assert.ok(left > 0, `No ${what} came, but ${JSON.stringify(this.#items)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  get rest(): Item[] {
    return [...this.#items];
  }
}

/** One connection, as the server sees it. */
export class Peer {
  readonly url: URL;
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;
  readonly #inbox = new Inbox<Frame>();

  constructor(socket: WebSocket, url: string) {
    this.#socket = socket;
    this.url = new URL(url, "ws://server");
    this.closed = new Promise((resolve) => socket.on("close", resolve));
    socket.on("message", (data) => {
      const text = String(data);
      this.#inbox.put(text === "ping" ? { type: "text ping" } : { ...JSON.parse(text), text });
    });
  }

  get query(): Record<string, string> {
    return Object.fromEntries(this.url.searchParams);
  }

  /** The next frame of this type, without its text. */
  async receive(type: string): Promise<Frame> {
    const { text: _, ...frame } = await this.#inbox.take((frame) => frame.type === type, type);
    return frame as Frame;
  }

  /** The next frame of this type, as it came. */
  async receiveText(type: string): Promise<string> {
    return String((await this.#inbox.take((frame) => frame.type === type, type)).text);
  }

  /** Every frame from now on. */
  listen(hear: (frame: Frame) => void): void {
    this.#socket.on("message", (data) => {
      const text = String(data);
      if (text !== "ping") hear(JSON.parse(text));
    });
  }

  /** The types of what has come and was not received. */
  get unread(): string[] {
    return this.#inbox.rest.map(({ type }) => type);
  }

  send(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  welcome(fields: object = {}): void {
    this.send({
      type: "welcome",
      connectionId: "c1",
      userId: "alice",
      role: "user",
      epoch: "e1",
      seq: 0,
      recovered: false,
      limits: { frameBytes: 65_536, historyPage: 50, historyPageMax: 300, typingMs: 3000 },
      serverTime: 0,
      ...fields,
    });
  }

  close(code: number, reason = ""): void {
    this.#socket.close(code, reason);
  }

  /** As a broken line does. */
  terminate(): void {
    this.#socket.terminate();
  }
}

export class FakeServer {
  readonly #server: WebSocketServer;
  readonly #peers = new Inbox<Peer>();

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on("connection", (socket, { url = "" }) => this.#peers.put(new Peer(socket, url)));
  }

  static async start(): Promise<FakeServer> {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    await new Promise((resolve) => server.on("listening", resolve));
    return new FakeServer(server);
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.#server.clients.size;
  }

  connection(): Promise<Peer> {
    return this.#peers.take(() => true, "connection");
  }

  /** Lets go of who waits for a connection, with one that says nothing. */
  release(): void {
    const silent = { on: () => {}, terminate: () => {} } as unknown as WebSocket;
    this.#peers.put(new Peer(silent, "/"));
  }

  stop(): void {
    for (const client of this.#server.clients) client.terminate();
    this.#server.close();
  }
}
