// How many tests ran, read from what cargo and node print about them.
import { plain } from "./cargo.mjs";

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

// test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
const CARGO = /(?<count>\d+) (?<word>\w+)/g;
// ℹ pass 12
const NODE = /^ℹ (?<word>\w+) (?<count>\d+)$/g;

/** @type {Record<string, keyof Counts | undefined>} What is not in here does not count. */
const MEANING = {
  passed: "passed",
  pass: "passed",
  failed: "failed",
  fail: "failed",
  cancelled: "failed",
  ignored: "skipped",
  skipped: "skipped",
  todo: "skipped",
};

export class TestCounts {
  /** @type {Counts} */
  #counts = { passed: 0, failed: 0, skipped: 0 };

  get failed() {
    return this.#counts.failed;
  }

  /** @param {string} line */
  read(line) {
    const text = plain(line);
    const summary = /^test result: /.test(text) ? text.matchAll(CARGO) : text.matchAll(NODE);
    for (const { groups } of summary) {
      const kind = MEANING[groups?.word ?? ""];
      if (kind) this.#counts[kind] += Number(groups?.count);
    }
  }

  /** A phase that is not made of tests, or broke before it counted any. */
  addFailure() {
    this.#counts.failed += 1;
  }

  toString() {
    const { passed, failed, skipped } = this.#counts;
    return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
  }
}
