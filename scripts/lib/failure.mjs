// Two kinds of errors: an expected one is a line for the reader, anything else is a bug and keeps its stack.

/** Something that the user can act upon. The message is all that he sees. */
export class Failure extends Error {}

/** @param {unknown} error */
export function report(error) {
  if (error instanceof Failure) console.error(error.message);
  else console.error(error);
}
