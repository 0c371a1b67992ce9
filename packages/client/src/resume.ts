import type { Position, WelcomeFrame } from "./protocol.ts";

/**
 * Which entries of the log have been seen. Their seqs have no gaps, so one number says it all; and that number is what
 * a connection asks to be resumed from.
 */
export class Resume {
  #position: Position | undefined;
  #target = 0;
  #missed = 0;
  /** The seq that was missing last, or "some" once the room has shown that not all entries are for us. */
  #hole: number | "some" | undefined;

  constructor(position?: Position) {
    this.#position = position;
  }

  get position(): Position | undefined {
    return this.#position;
  }

  /** The room's last seq that is known of, seen or not. */
  get newest(): number {
    return Math.max(this.#target, this.#position?.seq ?? 0);
  }

  /** Entries that the resumed connection has brought. */
  get missed(): number {
    return this.#missed;
  }

  /** Whether nothing from before the connection is still to come. */
  get isCaughtUp(): boolean {
    return (this.#position?.seq ?? 0) >= this.#target;
  }

  /** Says whether what is known is worth something still. */
  welcome({ epoch, seq, recovered }: WelcomeFrame): "recovered" | "reset" {
    this.#target = seq;
    this.#missed = 0;
    if (recovered && this.#position?.epoch === epoch) return "recovered";
    if (this.#position?.epoch !== epoch) this.#hole = undefined;
    this.#position = { epoch, seq };
    return "reset";
  }

  /**
   * An entry has come. `duplicate` and `hole` are not to be applied; after a hole the connection is to be resumed.
   *
   * A room may keep events that are not for everybody: their seqs never come. So a hole that is still there after a
   * resume is no damage, and from then on holes in this room are taken as they are.
   */
  entry(seq: number): "next" | "duplicate" | "hole" {
    const position = this.#position;
    if (position === undefined) return "next";
    if (seq <= position.seq) return "duplicate";
    const expected = position.seq + 1;
    if (seq > expected && this.#hole !== "some") {
      if (this.#hole !== expected) {
        this.#hole = expected;
        return "hole";
      }
      this.#hole = "some";
    }
    if (seq <= this.#target) this.#missed += 1;
    this.#position = { epoch: position.epoch, seq };
    return "next";
  }
}
