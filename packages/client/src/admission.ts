import { addressOf, formatPosition } from "./address.ts";
import { RoomError } from "./error.ts";
import type { Position } from "./protocol.ts";
import type { RoomOptions } from "./room-options.ts";
import { newId } from "./world.ts";

/** With what one asks to be let in: fresh for each attempt, but for the id of the connection. */
export class Admission {
  readonly #options: RoomOptions;
  readonly #connectionId: string;

  constructor(options: RoomOptions, random: () => number) {
    this.#options = options;
    this.#connectionId = newId(random);
  }

  /** Whether another attempt may carry another token. */
  get canRenew(): boolean {
    return typeof this.#options.token === "function";
  }

  /** Rejects with `token-failed`. */
  async token(): Promise<string | undefined> {
    const { token } = this.#options;
    if (typeof token !== "function") return token;
    try {
      return await token();
    } catch (cause) {
      throw new RoomError("token-failed", String(cause), { retryable: true, cause });
    }
  }

  /** The address of the next attempt, which asks for what came after the position that `from` gives by then. */
  async url(from: () => Position | undefined): Promise<string> {
    const { userId, username, sessionId, batch = true } = this.#options;
    const token = await this.token();
    const position = from();
    return addressOf(this.#options, {
      _pk: this.#connectionId,
      userId,
      username,
      sessionId,
      token,
      // Empty, it still asks a room of events for its `welcome`, as `batch` does.
      since: position ? formatPosition(position) : batch ? undefined : "",
      batch: batch ? "1" : undefined,
    });
  }
}
