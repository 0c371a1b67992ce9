/** What the server has answered, as a value or as an error. */

import { isPassing, type Problem, PublishError } from "./error.ts";

/** What became of one event in one room. */
export interface Delivery {
  id: string;
  /** The event's place in the room's history, if it is kept. */
  seq?: number;
  /** To how many connections it went. None is a success too: nobody was there. */
  delivered: number;
}

/** What became of one room of several. */
export type RoomResult =
  | { status: "published"; party: string; room: string; deliveries: Delivery[] }
  | { status: "failed"; party: string; room: string; error: PublishError };

export interface Answer {
  status: number;
  retryAfterMs: number | undefined;
  body: string;
}

/** The error of an answer that is not 200. */
export function refusalOf({ status, retryAfterMs, body }: Answer): PublishError {
  const problem = parsed(body);
  if (isProblem(problem)) return PublishError.from({ ...problem, status }, retryAfterMs);
  return new PublishError("bad-answer", `The answer has status ${status}, and says no more.`, {
    status,
    retryable: isPassing(status),
    retryAfterMs,
  });
}

/** `{id, seq?, delivered}` */
export function readDelivery(answer: Answer): Delivery {
  const delivery = parsed(answer.body);
  if (!isDelivery(delivery)) throw strange(answer);
  return delivery;
}

/** `{results: [{id, seq?, delivered}…]}`, as many as there were events. */
export function readDeliveries(answer: Answer, count: number): Delivery[] {
  const results = resultsOf(parsed(answer.body));
  if (results?.length !== count || !results.every(isDelivery)) throw strange(answer);
  return results;
}

/** `{results: [{party, room, results | problem}…]}`, in the order asked. Throws if any room has failed. */
export function readRooms(answer: Answer, count: number): RoomResult[] {
  const results = resultsOf(parsed(answer.body));
  const rooms = results?.map((one) => roomResult(one, answer));
  if (rooms?.length !== count) throw strange(answer);
  const errors = rooms.flatMap((one) => (one.status === "failed" ? [one.error] : []));
  if (errors.length === 0) return rooms;
  const waits = errors.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  const message = `${errors.length} of ${count} rooms have refused. The first: ${errors[0]?.message}`;
  throw new PublishError("some-rooms-failed", message, {
    status: answer.status,
    retryable: errors.some(({ retryable }) => retryable),
    retryAfterMs: waits.length > 0 ? Math.max(...waits) : answer.retryAfterMs,
    rooms,
  });
}

function roomResult(value: unknown, answer: Answer): RoomResult {
  const { party, room, results, problem } = fields(value);
  if (typeof party !== "string" || typeof room !== "string") throw strange(answer);
  if (isProblem(problem)) {
    return { status: "failed", party, room, error: PublishError.from(problem) };
  }
  if (!Array.isArray(results) || !results.every(isDelivery)) throw strange(answer);
  return { status: "published", party, room, deliveries: results };
}

function strange({ status }: Answer): PublishError {
  const message = "The answer is not one of durable-rooms: does the address lead there?";
  return new PublishError("bad-answer", message, { status });
}

function resultsOf(value: unknown): unknown[] | undefined {
  const { results } = fields(value);
  return Array.isArray(results) ? results : undefined;
}

function isDelivery(value: unknown): value is Delivery {
  const { id, delivered } = fields(value);
  return typeof id === "string" && typeof delivered === "number";
}

function isProblem(value: unknown): value is Problem {
  const { code, title, status } = fields(value);
  return typeof code === "string" && typeof title === "string" && typeof status === "number";
}

const fields = (value: unknown) =>
  (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
