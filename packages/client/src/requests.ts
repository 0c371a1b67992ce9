/**
 * Questions and commands that the room answers by their `ref`. All of them may be asked twice without harm (an edit
 * says what a message holds, a reaction is there or not), so what a broken line has left unanswered is asked again.
 */

import type { ClientFrame, RequestFrame } from "./client-frames.ts";
import { RoomError } from "./error.ts";
import type { World } from "./world.ts";

export interface RequestsOptions {
  world: World;
  limit: number;
  send(frame: ClientFrame): boolean;
}

interface Pending {
  frame: ClientFrame;
  timer: unknown;
  resolve(answer: unknown): void;
  reject(error: RoomError): void;
}

/** From asking on a living line to giving up. */
const ANSWER_MS = 30_000;

export class Requests {
  readonly #options: RequestsOptions;
  readonly #pending = new Map<string, Pending>();
  #count = 0;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /**
   * Asks now, or when the connection is open. The caller knows which answer this question has.
   * Rejects with what the room refuses, `timeout`, `closed`, or `outbox-full`.
   */
  ask<Answer>(frame: RequestFrame): Promise<Answer> {
    const { limit } = this.#options;
    if (this.#pending.size >= limit) {
      const text = `${limit} requests are waiting already.`;
      return Promise.reject(new RoomError("outbox-full", text, { retryable: true }));
    }
    return new Promise((resolve, reject) => {
      this.#count += 1;
      // No id of a message looks like this: errors name those by the same field.
      const ref = `\u00b7${this.#count}`;
      const pending: Pending = {
        frame: { ...frame, ref },
        timer: undefined,
        resolve: resolve as (answer: unknown) => void,
        reject,
      };
      this.#pending.set(ref, pending);
      this.#send(ref, pending);
    });
  }

  /** Says whether it was an answer to a question of ours. */
  answer(frame: { ref?: unknown }): boolean {
    const pending = this.#take(frame.ref);
    pending?.resolve(frame);
    return pending !== undefined;
  }

  /** Says whether the refusal was about a question of ours. */
  refuse(error: RoomError): boolean {
    const ref = error.ref ?? "";
    const pending = this.#pending.get(ref);
    if (pending === undefined) return false;
    if (error.retryAfterMs !== undefined) this.#later(ref, pending, error.retryAfterMs);
    else this.#take(ref)?.reject(error);
    return true;
  }

  /** The room has not read a frame, and cannot say which: all are asked again. */
  slowDown({ retryAfterMs = 1_000 }: RoomError): void {
    for (const [ref, pending] of this.#pending) this.#later(ref, pending, retryAfterMs);
  }

  opened(): void {
    for (const [ref, pending] of this.#pending) this.#send(ref, pending);
  }

  disconnected(): void {
    for (const { timer } of this.#pending.values()) this.#options.world.clearTimer(timer);
  }

  close(error: RoomError): void {
    for (const ref of [...this.#pending.keys()]) this.#take(ref)?.reject(error);
  }

  #send(ref: string, pending: Pending): void {
    const { world, send } = this.#options;
    world.clearTimer(pending.timer);
    if (!send(pending.frame)) return;
    pending.timer = world.setTimer(() => {
      const text = `No answer to "${pending.frame.type}".`;
      this.#take(ref)?.reject(new RoomError("timeout", text, { retryable: true }));
    }, ANSWER_MS);
  }

  #later(ref: string, pending: Pending, ms: number): void {
    const { world } = this.#options;
    world.clearTimer(pending.timer);
    pending.timer = world.setTimer(() => this.#send(ref, pending), ms);
  }

  #take(ref: unknown): Pending | undefined {
    if (typeof ref !== "string") return undefined;
    const pending = this.#pending.get(ref);
    this.#pending.delete(ref);
    this.#options.world.clearTimer(pending?.timer);
    return pending;
  }
}
