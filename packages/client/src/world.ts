/**
 * What the client takes from the platform, in one place, so that tests can bring a world of their own and that no
 * DOM or Node types are needed to compile against it.
 */

/** As in browsers, Node >= 22, React Native, and the package `ws`. */
export interface SocketLike {
  onopen: Handler<unknown>;
  onmessage: Handler<{ data: unknown }>;
  onclose: Handler<{ code: number; reason: string }>;
  onerror: Handler<unknown>;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

// As a method, so that handlers for the events of any platform fit.
type Handler<Event> = { handle(event: Event): void }["handle"] | null;

export interface World {
  WebSocket: new (url: string) => SocketLike;
  /** Milliseconds since 1970. */
  now(): number;
  setTimer(run: () => void, ms: number): unknown;
  clearTimer(timer: unknown): void;
  /** At least 0, below 1. */
  random(): number;
  /** Calls `wake` when the network comes or goes, or the page comes into view; gives how to stop that. */
  onWake(wake: () => void): () => void;
}

interface EventSource {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
}

declare function setTimeout(run: () => void, ms: number): unknown;
declare function clearTimeout(timer: unknown): void;

const platform = globalThis as EventSource & {
  WebSocket?: World["WebSocket"];
  document?: EventSource & { visibilityState?: string };
};

/** The platform's own, with what is given in its place. Where there is no WebSocket, connecting fails and says so. */
export function worldWith(given: Partial<World> = {}): World {
  return {
    WebSocket: platform.WebSocket ?? noWebSocket,
    now: () => Date.now(),
    setTimer: (run, ms) => setTimeout(run, ms),
    clearTimer: (timer) => clearTimeout(timer),
    random: () => Math.random(),
    onWake,
    ...given,
  };
}

const noWebSocket = class {
  constructor() {
    throw new Error("There is no WebSocket here: give one as `world: { WebSocket }`.");
  }
} as unknown as World["WebSocket"];

function onWake(wake: () => void): () => void {
  const page = platform.document;
  const shown = () => {
    if (page?.visibilityState === "visible") wake();
  };
  platform.addEventListener?.("online", wake);
  // Whether it has gone from this room's line as well is for the line to show.
  platform.addEventListener?.("offline", wake);
  page?.addEventListener?.("visibilitychange", shown);
  return () => {
    platform.removeEventListener?.("online", wake);
    platform.removeEventListener?.("offline", wake);
    page?.removeEventListener?.("visibilitychange", shown);
  };
}

/** 96 random bits: for ids, never for secrets. */
export function newId(random: () => number): string {
  const word = () =>
    Math.floor(random() * 2 ** 32)
      .toString(36)
      .padStart(7, "0");
  return word() + word() + word();
}
