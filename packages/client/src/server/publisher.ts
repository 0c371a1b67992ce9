/** Publishing from a backend: every call is delivered once or fails with a reason, and harms no request. */

import {
  type Answer,
  type Delivery,
  type RoomResult,
  readDeliveries,
  readDelivery,
  readRooms,
} from "./answer.ts";
import { PublishError } from "./error.ts";
import type { BroadcastEvent, RoomEvent, TaskFields } from "./events.ts";
import type {
  CallOptions,
  FailedCall,
  PublisherOptions,
  PublishOptions,
  RoomName,
} from "./options.ts";
import { platform, sleep } from "./platform.ts";
import { type Post, sender } from "./post.ts";
import { retryDelay } from "./retry.ts";

/** What became of a call. */
export type PublishResult<Value> =
  /** The server has it, and kept it if it was to be kept. */
  | { status: "published"; answer: Value; idempotencyKey: string; attempts: number }
  /** On its way, in the background; `settled` never rejects. */
  | { status: "pending"; settled: Promise<PublishResult<Value>>; idempotencyKey: string }
  /** For good: it may not succeed later, or not within the `retries`. */
  | { status: "failed"; error: PublishError; idempotencyKey: string; attempts: number };

/** Its functions need no `this`, so they can be taken apart and exported one by one. */
export interface Publisher {
  /** Publishes one event to a room. */
  publish(
    room: RoomName,
    event: RoomEvent,
    options?: CallOptions,
  ): Promise<PublishResult<Delivery>>;
  /** Publishes 1 to 100 events to a room, in their order: all or none. */
  publish(
    room: RoomName,
    events: readonly RoomEvent[],
    options?: CallOptions,
  ): Promise<PublishResult<Delivery[]>>;
  /**
   * Publishes to 1 to 100 rooms in one call. One that refuses does not keep the event from the others: then the
   * result is `failed` with `some-rooms-failed`, and `error.rooms` has them all.
   */
  publishAll(
    rooms: readonly RoomName[],
    events: RoomEvent | readonly RoomEvent[],
    options?: CallOptions,
  ): Promise<PublishResult<RoomResult[]>>;
  /** Publishes to a project's room, for everybody but one user. */
  broadcastToProject(
    projectId: string,
    type: string,
    payload: unknown,
    excludeUserId?: string,
  ): Promise<PublishResult<Delivery>>;
  /** The same of a task: the payload is `fields` with `taskId` and `projectId`. */
  broadcastTaskEvent(
    projectId: string,
    taskId: string,
    type: BroadcastEvent,
    fields?: TaskFields,
    excludeUserId?: string,
  ): Promise<PublishResult<Delivery>>;
  /** The same publisher with other options, as for one request of a Worker. */
  with(options: PublishOptions): Publisher;
  /** Resolves when nothing is in the background any more: before a process ends. */
  settled(): Promise<void>;
}

type Place = { party: string; room: string };
type Events = RoomEvent | readonly RoomEvent[];

interface Call<Value> {
  path: string;
  /** JSON, made once: a repetition has to be the same to the letter. */
  body: string;
  read(answer: Answer): Value;
}

/** Throws if the options make no sense; what it gives throws only if it is told to. */
export function createPublisher(options: PublisherOptions): Publisher {
  return publisherWith(sender(options), new Background(options.maxBackground), options);
}

function publisherWith(post: Post, background: Background, defaults: PublishOptions): Publisher {
  const call = <Value>(
    rooms: readonly RoomName[],
    given: Events,
    callOptions: CallOptions | undefined,
    prepare: (rooms: Place[], events: readonly RoomEvent[]) => Call<Value>,
  ): Promise<PublishResult<Value>> => {
    const options = { ...defaults, ...callOptions };
    const places = rooms.map((room) => placeOf(room, options.party ?? "main"));
    const events = isSeveral(given) ? given : [given];
    const about = {
      rooms: places.map(({ party, room }) => `${party}/${room}`),
      types: events.map((event) => event?.type),
      idempotencyKey: options.idempotencyKey ?? platform.crypto.randomUUID(),
    };
    return perform(background, about, options, () => {
      const { read, ...request } = prepare(places.map(checked), events);
      const { idempotencyKey } = about;
      return async (timeoutMs) => read(await post({ ...request, idempotencyKey, timeoutMs }));
    });
  };
  const publisher: Publisher = {
    // The overloads say which answer belongs to which events.
    publish: ((room: RoomName, given: Events, options?: CallOptions) =>
      isSeveral(given)
        ? call([room], given, options, ([place], events) => ({
            path: pathOf(place),
            body: JSON.stringify({ events }),
            read: (answer) => readDeliveries(answer, events.length),
          }))
        : call([room], given, options, ([place], [event]) => ({
            path: pathOf(place),
            body: JSON.stringify(event),
            read: readDelivery,
          }))) as Publisher["publish"],
    publishAll: (rooms, given, options) =>
      call(rooms, given, options, (places, events) => ({
        path: "/broadcast",
        body: JSON.stringify({ rooms: places, events }),
        read: (answer) => readRooms(answer, places.length),
      })),
    broadcastToProject: (projectId, type, payload, excludeUserId) =>
      publisher.publish(projectId, { type, payload, excludeUserId }),
    broadcastTaskEvent: (projectId, taskId, type, fields, excludeUserId) =>
      publisher.broadcastToProject(
        projectId,
        type,
        { ...fields, taskId, projectId },
        excludeUserId,
      ),
    with: (options) => publisherWith(post, background, { ...defaults, ...options }),
    settled: () => background.settled(),
  };
  return publisher;
}

const placeOf = (room: RoomName, party: string): Place =>
  typeof room === "object" ? { party, ...room } : { party, room };

/** A missing id must not become a room of the name "undefined". */
function checked(place: Place): Place {
  const { party, room } = place;
  if (typeof room === "string" && room !== "" && typeof party === "string" && party !== "") {
    return place;
  }
  throw new PublishError("not-sendable", "Rooms and parties have names.");
}

const pathOf = ({ party, room }: Place = { party: "", room: "" }) =>
  `/parties/${encodeURIComponent(party)}/${encodeURIComponent(room)}`;

// `Array.isArray` does not know arrays that are only read.
const isSeveral = (events: Events): events is readonly RoomEvent[] => Array.isArray(events);

type About = Omit<FailedCall, "attempts">;
type Attempt<Value> = (timeoutMs: number) => Promise<Value>;
type Outcome<Value> =
  | { answer: Value; attempts: number }
  | { error: PublishError; attempts: number };

/** @param prepare Makes the attempt, which is then repeated as it is. */
async function perform<Value>(
  background: Background,
  about: About,
  options: CallOptions,
  prepare: () => Attempt<Value>,
): Promise<PublishResult<Value>> {
  const { idempotencyKey } = about;
  const fail = (error: PublishError, attempts: number): PublishResult<Value> => {
    report(error, { ...about, attempts }, options);
    return { status: "failed", error, idempotencyKey, attempts };
  };
  const work = async (): Promise<PublishResult<Value>> => {
    const outcome = await attempted(prepare, options);
    if ("error" in outcome) return fail(outcome.error, outcome.attempts);
    return { status: "published", ...outcome, idempotencyKey };
  };

  if (isInBackground(options)) {
    if (background.isFull) {
      const message = "Too much is under way already.";
      return fail(new PublishError("backlog-full", message, { retryable: true }), 0);
    }
    const settled = background.add(work());
    guarded("waitUntil", () => options.waitUntil?.(settled));
    return { status: "pending", settled, idempotencyKey };
  }
  const result = await work();
  if (options.throws && result.status === "failed") throw result.error;
  return result;
}

/** Until it is published, may not succeed any more, or was tried often enough. */
async function attempted<Value>(
  prepare: () => Attempt<Value>,
  { retries = 3, backoffMs = 250, timeoutMs = 5000 }: PublishOptions,
): Promise<Outcome<Value>> {
  let attempts = 0;
  try {
    const attempt = prepare();
    for (;;) {
      attempts++;
      try {
        return { answer: await attempt(timeoutMs), attempts };
      } catch (error) {
        if (!(error instanceof PublishError)) throw error;
        const delay = retryDelay(attempts, backoffMs, error.retryAfterMs, Math.random());
        if (!error.retryable || attempts > retries || delay === undefined) throw error;
        await sleep(delay);
      }
    }
  } catch (cause) {
    return { error: asPublishError(cause), attempts };
  }
}

function asPublishError(cause: unknown): PublishError {
  if (cause instanceof PublishError) return cause;
  return new PublishError("not-sendable", `This cannot be sent: ${cause}`, { cause });
}

const isInBackground = ({ background, waitUntil }: PublishOptions) =>
  background || waitUntil !== undefined;

function report(error: PublishError, call: FailedCall, options: PublishOptions): void {
  const { onError, throws } = options;
  if (onError) guarded("onError", () => onError(error, call));
  else if (!throws || isInBackground(options)) {
    const what = `${call.types.join(", ")} to ${call.rooms.join(", ")}`;
    platform.console.error(`Not published: ${what} (${error.code}): ${error.message}`);
  }
}

/** What the application has given can fail, but not the request from which something is published. */
function guarded(name: string, run: () => unknown): void {
  const complain = (reason: unknown) => platform.console.error(`${name} has failed:`, reason);
  try {
    Promise.resolve(run()).catch(complain);
  } catch (reason) {
    complain(reason);
  }
}

/** What is under way while nobody waits for it. */
class Background {
  readonly #max: number;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(max = 1000) {
    this.#max = max;
  }

  get isFull(): boolean {
    return this.#underWay.size >= this.#max;
  }

  /** @param work Never rejects. */
  add<Value>(work: Promise<Value>): Promise<Value> {
    this.#underWay.add(work);
    work.finally(() => this.#underWay.delete(work));
    return work;
  }

  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }
}
