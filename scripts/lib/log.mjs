// What the scripts say about their own work: one line a step. On a terminal the line counts the seconds,
// elsewhere (CI, a log file) it is repeated now and then, so that a long step never looks like a hang.

const REPEAT_MS = 15_000;
const tty = process.stdout.isTTY;
const ERASE_LINE = tty ? "\r\x1b[2K" : "";
const bold = (/** @type {string} */ text) => (tty ? `\x1b[1m${text}\x1b[0m` : text);

export const coloured = tty || Boolean(process.env.FORCE_COLOR);

/**
 * What we start writes to us, not to the terminal, and would not know whether anybody can see colours.
 * @type {Record<string, string>}
 */
export const colourEnv = coloured
  ? { FORCE_COLOR: "1", CARGO_TERM_COLOR: "always" }
  : { NO_COLOR: "1" };

/** @param {string} text */
export const say = (text) => void process.stdout.write(`${ERASE_LINE}${text}\n`);

/** @param {string} text */
export const heading = (text) => say(`\n${bold(`== ${text}`)}`);

/** @param {number} since From `performance.now()`. */
export const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/**
 * Runs a step under a line that shows how long it has been at it.
 * @template T
 * @param {string} title
 * @param {(detail: (text: string) => void) => Promise<T>} work May tell where it is.
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const began = performance.now();
  let detail = "";
  const line = () => `${title} … ${[detail, seconds(began)].filter(Boolean).join(", ")}`;
  // Cut, since a line that wraps cannot be rewritten.
  const rewrite = () =>
    process.stdout.write(`${ERASE_LINE}${line().slice(0, (process.stdout.columns || 80) - 1)}`);

  if (!tty) say(`${title} …`);
  const timer = setInterval(tty ? rewrite : () => say(line()), tty ? 200 : REPEAT_MS);
  try {
    const result = await work((text) => {
      detail = text;
    });
    say(`${title}: ${seconds(began)}`);
    return result;
  } catch (error) {
    say(`${title}: failed after ${seconds(began)}`);
    throw error;
  } finally {
    clearInterval(timer);
  }
}
