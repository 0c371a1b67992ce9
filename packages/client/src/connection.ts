/**
 * One connection to a room that comes back by itself: when to dial, when to wait, when to give up.
 *
 * idle -> connecting -> open -> offline -> connecting … and, from anywhere, closed. `open` begins with the `welcome`
 * and not with the socket, since a socket that may not enter is accepted too, told why, and closed.
 *
 * It stands on a plain WebSocket and not on `partysocket` (whose addresses it keeps), which was tried and measured
 * in version 1.3.0: its `reconnect()` is ignored while it waits (so "the network is back" cannot shorten the wait),
 * it waits 3 s to 10 s without jitter, reports 1000 in the place of a failed connection's 1006, and cannot wait
 * differently by close code; around its own timers ours would have been needed as well, and it weighs 4 KB gzipped.
 */

import { type Comeback, reconnectDelay } from "./backoff.ts";
import { decode } from "./codec.ts";
import { retryAfterClose } from "./codes.ts";
import { RoomError } from "./error.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { ErrorFrame, OtherFrame } from "./protocol.ts";
import { Store } from "./store.ts";
import type { SocketLike, World } from "./world.ts";

export type ConnectionState =
  /** `join()` has not been called. */
  | { status: "idle" }
  /** On the way in; `attempt` counts from 0 since the connection was last stable. */
  | { status: "connecting"; attempt: number }
  | { status: "open" }
  /** Waiting for the next attempt, which comes at `retryAt` (milliseconds since 1970). */
  | { status: "offline"; attempt: number; retryAt: number; code: number; reason: string }
  /** For good, until `join()` is called again. `error` is what the room said before it closed. */
  | { status: "closed"; code: number; reason: string; error?: RoomError };

export interface ConnectionOptions {
  world: World;
  /** The address of the next attempt. Failing counts as a failed attempt. */
  url(): string | Promise<string>;
  /** Whether another `url()` may carry another token. */
  canRenewToken: boolean;
}

export interface ConnectionEvents {
  onState(state: ConnectionState): void;
  /** With `welcome` the state is `open` already. */
  onFrame(frame: OtherFrame): void;
  onError(error: RoomError): void;
}

/** From dialling to `welcome`, with everything between (the token, too). */
const WELCOME_MS = 15_000;

/** A connection that lasted this long has shown that the next failure is a new one. */
const STABLE_MS = 5_000;

/** From an error to the close that explains it. */
const CLOSE_MS = 100;

/** What platforms report when the line broke. */
const BROKEN = 1006;

export class Connection {
  readonly store = new Store<ConnectionState>({ status: "idle" });
  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  readonly #world: World;
  readonly #heartbeat: Heartbeat;
  #socket: SocketLike | undefined;
  #dialled = 0;
  #attempt = 0;
  #openedAt: number | undefined;
  #timer: unknown;
  #refusal: RoomError | undefined;
  #stopWaking: (() => void) | undefined;

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.#options = options;
    this.#events = events;
    this.#world = options.world;
    this.#heartbeat = new Heartbeat(
      this.#world,
      () => this.#socket?.send("ping"),
      () => this.#ended(BROKEN, "silent"),
    );
  }

  get state(): ConnectionState {
    return this.store.getSnapshot();
  }

  get isOpen(): boolean {
    return this.state.status === "open";
  }

  /** Does nothing unless idle or closed. */
  open(): void {
    const { status } = this.state;
    if (status !== "idle" && status !== "closed") return;
    this.#attempt = 0;
    this.#stopWaking = this.#world.onWake(() => this.wake());
    this.#dial();
  }

  /** Ends it for good. */
  close(): void {
    if (this.state.status === "closed") return;
    const socket = this.#detach();
    this.#closeFor(1000, "bye");
    socket?.close(1000, "bye");
  }

  /** Whether it was handed to the socket; nothing is queued here. */
  send(text: string): boolean {
    if (!this.isOpen) return false;
    this.#socket?.send(text);
    return true;
  }

  /** The network may be back: ends a wait, or asks whether the line still lives. */
  wake(): void {
    if (this.state.status === "offline") this.#dial();
    else if (this.isOpen) this.#heartbeat.probe();
  }

  /** Leaves this socket and comes back. */
  restart(): void {
    if (this.isOpen) this.#ended(BROKEN, "restart", "at-once");
  }

  #dial(): void {
    this.#world.clearTimer(this.#timer);
    this.#refusal = undefined;
    this.#dialled += 1;
    const dialled = this.#dialled;
    this.#become({ status: "connecting", attempt: this.#attempt });
    // A listener may have closed it.
    if (dialled !== this.#dialled) return;
    this.#timer = this.#world.setTimer(() => this.#ended(BROKEN, "no welcome"), WELCOME_MS);
    this.#attach(dialled).catch((cause) => {
      if (dialled !== this.#dialled) return;
      this.#events.onError(asRoomError(cause));
      this.#ended(BROKEN, "not connected");
    });
  }

  async #attach(dialled: number): Promise<void> {
    const url = await this.#options.url();
    // Closed, or given up, while the address was made.
    if (dialled !== this.#dialled) return;
    const socket = new this.#world.WebSocket(url);
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#received(socket, data);
    socket.onclose = ({ code, reason }) => this.#ended(code, reason);
    // The close says more, but Node's own WebSocket tells of a refused connection by nothing else.
    socket.onerror = () => {
      this.#world.setTimer(() => {
        if (socket === this.#socket) this.#ended(BROKEN, "failed");
      }, CLOSE_MS);
    };
  }

  #received(socket: SocketLike, data: unknown): void {
    this.#heartbeat.heard();
    for (const frame of decode(data)) {
      // What was heard may have led to leaving this socket.
      if (socket !== this.#socket) return;
      if (frame.type === "welcome") this.#welcomed();
      else if (frame.type === "error" && !this.isOpen) {
        this.#refusal = RoomError.from(frame as unknown as ErrorFrame);
      }
      this.#events.onFrame(frame);
    }
  }

  #welcomed(): void {
    this.#world.clearTimer(this.#timer);
    this.#openedAt = this.#world.now();
    this.#heartbeat.start();
    this.#become({ status: "open" });
  }

  #ended(code: number, reason: string, retry: Comeback = retryAfterClose(code)): void {
    const socket = this.#detach();
    // Without a code: after an agreed end nobody would be missed here, and the room is to wait for us.
    socket?.close();
    if (this.#openedAt !== undefined && this.#world.now() - this.#openedAt >= STABLE_MS) {
      this.#attempt = 0;
    }
    this.#openedAt = undefined;
    if (retry === "never" || (retry === "new-token" && !this.#options.canRenewToken)) {
      this.#closeFor(code, reason);
      return;
    }
    const delay = reconnectDelay(code, retry, this.#attempt, this.#world.random());
    const retryAt = this.#world.now() + delay;
    this.#timer = this.#world.setTimer(() => this.#dial(), delay);
    this.#become({ status: "offline", attempt: this.#attempt, retryAt, code, reason });
    this.#attempt += 1;
  }

  #closeFor(code: number, reason: string): void {
    this.#stopWaking?.();
    const error = this.#refusal;
    this.#become({ status: "closed", code, reason, ...(error !== undefined && { error }) });
  }

  /** From here on nothing that the old socket says is heard. */
  #detach(): SocketLike | undefined {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#dialled += 1;
    this.#world.clearTimer(this.#timer);
    this.#heartbeat.stop();
    if (socket !== undefined) socket.onmessage = socket.onclose = null;
    return socket;
  }

  #become(state: ConnectionState): void {
    this.store.set(state);
    this.#events.onState(state);
  }
}

function asRoomError(cause: unknown): RoomError {
  if (cause instanceof RoomError) return cause;
  return new RoomError("connection-failed", String(cause), { retryable: true, cause });
}
