// Reading what cargo prints.

/**
 * Turns cargo's output into "12 crates, serde", for a progress line.
 * @param {(text: string) => void} detail
 */
export function countCrates(detail) {
  let compiled = 0;
  return (/** @type {string} */ line) => {
    const [, verb, crate] = plain(line).match(/^\s*(Compiling|Downloaded|Checking) (\S+)/) ?? [];
    if (!crate) return;
    if (verb === "Downloaded") detail(`downloading ${crate}`);
    else detail(`${++compiled} crates, ${crate}`);
  };
}

/** Without colours. @param {string} text */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour starts with one.
export const plain = (text) => text.replaceAll(/\x1b\[[0-9;]*m/g, "");

/** What the compiler has to say, without what the tools around it say. @param {string} output */
export function diagnostics(output) {
  const lines = output.split("\n");
  const first = lines.findIndex((line) => /^(warning|error)/.test(plain(line)));
  if (first < 0) return "";
  const end = lines.findIndex((line) => /^ +Finished |^Error: /.test(plain(line)));
  return lines
    .slice(first, end < first ? undefined : end)
    .filter((line) => !/^ +(Compiling|Downloaded) /.test(plain(line)))
    .join("\n")
    .trim();
}
