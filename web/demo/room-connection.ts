import PartySocket from "partysocket";
import { type ClientFrame, parseServerFrame, type ServerFrame } from "./frames.ts";
import type { Visit } from "./visit.ts";

/**
 * `open` begins with the `welcome`, not with the socket: a socket that may not enter is accepted
 * too, told why, and closed. `closed` is final until `retry`.
 */
export type ConnectionState = "connecting" | "open" | "reconnecting" | "closed";

export interface ConnectionEvents {
  onState(state: ConnectionState): void;
  onFrame(frame: ServerFrame): void;
  /** Comes before the state `closed`, and says why in plain words. */
  onEnd(why: string): void;
}

/** The room answers the text `ping` without waking up, so it costs nothing to ask often. */
const HEARTBEAT_MS = 25_000;

/** A PartySocket that knows frames, the room's close codes, and when a silent line is a dead one. */
export class RoomConnection {
  readonly #socket: PartySocket;
  readonly #events: ConnectionEvents;
  #state: ConnectionState = "connecting";
  #wasOpen = false;
  #hasHeard = true;

  constructor(visit: Visit, events: ConnectionEvents) {
    this.#events = events;
    this.#socket = new PartySocket({
      host: location.host,
      // Without this, partysocket takes every host that does not look local for an https one.
      protocol: location.protocol === "https:" ? "wss" : "ws",
      party: "chatroom",
      // partysocket puts the room into the address as it is; the room's name may hold a slash.
      room: encodeURIComponent(visit.room),
      query: { userId: visit.userId, username: visit.name },
      shouldReconnectOnClose: (event) => !isFinal(event.code),
    });
    this.#socket.addEventListener("message", (event) => this.#received(event.data));
    this.#socket.addEventListener("close", (event) => this.#closed(event.code, event.reason));
    setInterval(() => this.#beat(), HEARTBEAT_MS);
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /**
   * Drops the frame unless the room is open: partysocket would queue it, but what is worth sending
   * later (messages) is kept by the outbox, and the rest is stale by then.
   */
  send(frame: ClientFrame): void {
    // A raw U+FFFD would be taken for damage on the way (docs/protocol.md, section 2).
    const text = JSON.stringify(frame).replaceAll("\ufffd", "\\ufffd");
    if (this.isOpen) this.#socket.send(text);
  }

  retry(): void {
    this.#become(this.#wasOpen ? "reconnecting" : "connecting");
    this.#socket.reconnect();
  }

  close(): void {
    this.#socket.close(1000, "bye");
  }

  #received(data: unknown): void {
    this.#hasHeard = true;
    const frame = parseServerFrame(data);
    if (frame === undefined) return;
    if (frame.type === "welcome") {
      this.#wasOpen = true;
      this.#become("open");
    }
    this.#events.onFrame(frame);
  }

  #closed(code: number, reason: string): void {
    if (isFinal(code)) {
      this.#events.onEnd(inWords(code, reason));
      this.#become("closed");
    } else {
      this.#become(this.#wasOpen ? "reconnecting" : "connecting");
    }
  }

  #beat(): void {
    if (!this.isOpen) return;
    if (this.#hasHeard) {
      this.#hasHeard = false;
      this.#socket.send("ping");
    } else {
      // Not even a pong since the last beat: the network has gone without saying so.
      this.#hasHeard = true;
      this.#socket.reconnect();
    }
  }

  #become(state: ConnectionState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#events.onState(state);
  }
}

/** The codes of docs/protocol.md section 5 with which coming back the same way is useless. */
function isFinal(code: number): boolean {
  return code === 1008 || (code >= 4000 && code <= 4099);
}

function inWords(code: number, reason: string): string {
  switch (code) {
    case 1008:
      return "The server did not let you into this room.";
    case 4000:
      return "The server does not accept this name or this room. Try others.";
    case 4004:
      return "This window gave way to a newer connection of the same client.";
    default:
      return `The server ended the connection for good (${reason || `code ${code}`}).`;
  }
}
