// A client for tests: a plain WebSocket whose frames are awaited, never slept for.
import { randomUUID } from "node:crypto";
import WebSocket, { type ClientOptions } from "ws";

export type Frame = { type: string; [field: string]: unknown };

const PATIENCE_MS = 10_000;

export class Client {
  readonly socket: WebSocket;
  readonly closed: Promise<{ code: number; reason: string }>;
  /** Every frame that came, in order. */
  readonly received: string[] = [];
  /** How many WebSocket messages they came in. */
  messages = 0;
  #unread: string[] = [];
  #wake: () => void = () => {};

  constructor(url: string, protocols: string[] = [], options: ClientOptions = {}) {
    this.socket = new WebSocket(url, protocols, options);
    this.closed = new Promise((resolve) => {
      this.socket.on("close", (code, reason) => {
        resolve({ code, reason: reason.toString() });
        this.#wake();
      });
    });
    // A refused upgrade: `closed` tells of it.
    this.socket.on("error", () => {});
    this.socket.on("message", (data) => {
      this.messages++;
      const frames = apart(data.toString());
      this.received.push(...frames);
      this.#unread.push(...frames);
      this.#wake();
    });
  }

  /** Connects to a room and waits for the 101. */
  static async connect(
    server: { ws: string },
    address: string,
    query: Record<string, string> = {},
  ): Promise<Client> {
    const client = new Client(`${server.ws}${address}?${new URLSearchParams(query)}`);
    await client.open();
    return client;
  }

  /** Connects to a chat room as `userId`, and waits for the greeting. */
  static async join(server: { ws: string }, room: string, userId: string): Promise<Client> {
    const username = userId.charAt(0).toUpperCase() + userId.slice(1);
    const query = { userId, username, _pk: `${userId}-${randomUUID()}` };
    const client = await Client.connect(server, `/parties/chatroom/${room}`, query);
    await client.next("online-users");
    return client;
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.socket.readyState === WebSocket.OPEN) return resolve();
      this.socket.once("open", () => resolve());
      this.closed.then(({ code, reason }) => reject(new Error(`closed: ${code} ${reason}`)));
    });
  }

  send(frame: object | string): void {
    this.socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  /** The next frame of this type; frames of other types before it are passed over. */
  async next(type: string, patience = PATIENCE_MS): Promise<Frame> {
    const fits = (text: string) => isOfType(text, type);
    return JSON.parse(await this.nextText(fits, `"${type}"`, patience)) as Frame;
  }

  /** The next text that fits. */
  async nextText(
    fits: (text: string) => boolean,
    what = "text",
    patience = PATIENCE_MS,
  ): Promise<string> {
    const deadline = Date.now() + patience;
    for (;;) {
      const index = this.#unread.findIndex(fits);
      const found = this.#unread[index];
      if (found !== undefined) {
        this.#unread = this.#unread.slice(index + 1);
        return found;
      }
      const left = deadline - Date.now();
      const state = this.socket.readyState === WebSocket.CLOSED ? "closed" : "open";
      if (left <= 0 || state === "closed") {
        const came = this.received.slice(-20).join("\n  ");
        throw new Error(`No ${what} came (socket ${state}). The latest that did:\n  ${came}`);
      }
      await this.#something(left);
    }
  }

  /** Everything that came up to now. Asks the room, so that nothing is under way any more. */
  async settle(): Promise<Frame[]> {
    const timestamp = randomUUID();
    this.send({ type: "ping", timestamp });
    await this.nextText((text) => text.includes(timestamp), "pong");
    return this.received
      .filter((text) => !text.includes(timestamp))
      .map((text) => JSON.parse(text));
  }

  async close(code?: number, reason?: string): Promise<{ code: number; reason: string }> {
    this.socket.close(code, reason);
    return this.closed;
  }

  #something(timeout: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeout);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The frames of a batch, or the one frame that a message is. */
function apart(text: string): string[] {
  if (!text.startsWith("[")) return [text];
  return JSON.parse(text).map((frame: Frame) => JSON.stringify(frame));
}

function isOfType(text: string, type: string): boolean {
  try {
    return JSON.parse(text).type === type;
  } catch {
    return false;
  }
}

/** A room that no other test uses. */
export function freshRoom(): string {
  return `room-${randomUUID()}`;
}

/** Posts an event to a room. */
export function publish(
  server: { url: string },
  address: string,
  body: unknown,
  credential: string,
): Promise<Response> {
  return fetch(`${server.url}${address}`, {
    method: "POST",
    headers: { authorization: `Bearer ${credential}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}
