// npm test [-- [--no-browser] [--only phase[,phase…] [pattern…]]]
import { Failure } from "./failure.mjs";
import { phases } from "./phases.mjs";

const NAMES = phases.map(({ name }) => name).join(", ");
const USAGE = `Usage: npm test -- [--no-browser] [--only <phase>[,<phase>] [<pattern> …]]\nPhases: ${NAMES}`;

/** @param {string[]} args */
export function parseTestArguments(args) {
  const rest = args.filter((arg) => arg !== "--no-browser");
  const noBrowser = rest.length < args.length;
  if (rest.length === 0) {
    const chosen = phases.filter(
      ({ needsBrowser, onRequest }) => !onRequest && !(noBrowser && needsBrowser),
    );
    return { chosen, patterns: [] };
  }

  const [flag, names, ...patterns] = rest;
  if (flag !== "--only" || !names) throw new Failure(USAGE);
  const chosen = names.split(",").map((name) => {
    const phase = phases.find((phase) => phase.name === name);
    if (!phase) throw new Failure(`There is no phase "${name}".\n${USAGE}`);
    return phase;
  });
  return { chosen, patterns };
}
