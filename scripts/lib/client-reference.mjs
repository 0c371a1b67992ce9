// The references in docs/client.md and docs/backend.md, made from the types of the package: what is exported, with its
// comment.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  isClassDeclaration,
  isExportDeclaration,
  isFunctionDeclaration,
  isGetAccessorDeclaration,
  isInterfaceDeclaration,
  isMethodDeclaration,
  isMethodSignatureDeclaration,
  isNamedExports,
  isPropertyDeclaration,
  isPropertySignatureDeclaration,
  isStringLiteral,
  isTypeAliasDeclaration,
  isVariableStatement,
} from "typescript/unstable/ast/is";
import { API } from "typescript/unstable/sync";
import { Failure } from "./failure.mjs";
import { at } from "./paths.mjs";

/**
 * @typedef {import("typescript/unstable/ast").Node} Node
 * @typedef {import("typescript/unstable/ast").SourceFile} SourceFile
 * @typedef {{ name: string, signature: string, comment: string }} Row
 */

const BEGIN = "<!-- reference: generated -->\n";
const END = "<!-- end -->";

/** @typedef {{ file: string, entries: { name: string, file: string }[] }} Page */

/** @type {Page} */
export const CLIENT_PAGE = {
  file: "docs/client.md",
  entries: [
    { name: "durable-rooms", file: "packages/client/src/index.ts" },
    { name: "durable-rooms/react", file: "packages/client/src/react/index.ts" },
    { name: "durable-rooms/react-query", file: "packages/client/src/react/query.ts" },
  ],
};

/** @type {Page} */
export const BACKEND_PAGE = {
  file: "docs/backend.md",
  entries: [{ name: "durable-rooms/server", file: "packages/client/src/server/index.ts" }],
};

/** @param {Page} page */
export const readPage = ({ file }) => readFileSync(at(file), "utf8");

/** The page with the reference that belongs to the sources. @param {Page} page */
export function withReference(page) {
  const [before, rest, ...more] = readPage(page).split(BEGIN);
  const end = rest?.indexOf(END) ?? -1;
  if (before === undefined || rest === undefined || more.length > 0 || end < 0) {
    throw new Failure(`${page.file} needs one ${BEGIN.trim()} and an ${END} after it.`);
  }
  return `${before}${BEGIN}${reference(page)}${rest.slice(end)}`;
}

/** @param {Page} page */
function reference({ entries }) {
  const api = new API({ cwd: at() });
  try {
    const config = at("packages/client/tsconfig.json");
    const snapshot = api.updateSnapshot({ openProjects: [config] });
    const program = snapshot.getProject(config)?.program;
    /** @param {string} path */
    const parsed = (path) => {
      const file = program?.getSourceFile(path);
      if (file === undefined) throw new Failure(`${path} is not part of ${config}.`);
      return file;
    };
    const sections = entries.map(({ name, file }) => section(name, exportsOf(at(file), parsed)));
    return `${sections.join("")}\n`;
  } finally {
    api.close();
  }
}

/**
 * What a module exports, in its order. What it passes on as a whole (`export type *`: the frames, which
 * docs/protocol.md describes) is left out.
 *
 * @param {string} path @param {(path: string) => SourceFile} parsed
 * @returns {{ name: string, node: Node, file: SourceFile }[]}
 */
function exportsOf(path, parsed) {
  return [...parsed(path).statements].flatMap((statement) => {
    if (!isExportDeclaration(statement)) return [];
    const { exportClause, moduleSpecifier } = statement;
    if (exportClause === undefined || !isNamedExports(exportClause)) return [];
    if (moduleSpecifier === undefined || !isStringLiteral(moduleSpecifier)) return [];
    const file = parsed(join(dirname(path), moduleSpecifier.text));
    return [...exportClause.elements].map(({ name: { text: name } }) => {
      const node = [...file.statements].find((one) => namesOf(one).includes(name));
      if (node === undefined) throw new Failure(`${file.fileName} does not declare ${name}.`);
      return { name, node, file };
    });
  });
}

/** @param {Node} node @returns {string[]} */
function namesOf(node) {
  if (isVariableStatement(node)) {
    return [...node.declarationList.declarations].map(({ name }) => name.getText());
  }
  const { name } = /** @type {{ name?: { text?: string } }} */ (/** @type {unknown} */ (node));
  return name?.text === undefined ? [] : [name.text];
}

/** @param {string} title @param {ReturnType<typeof exportsOf>} found */
function section(title, found) {
  // What one begins with, then what is called, then what it is about.
  const rank = (/** @type {Node} */ node) =>
    isClassDeclaration(node) ? 0 : isFunctionDeclaration(node) ? 1 : 2;
  const classes = found.filter(({ node }) => rank(node) === 0);
  const functions = found.filter(({ node }) => rank(node) === 1);
  const rest = found.filter(({ node }) => rank(node) === 2);
  // The room before its errors.
  classes.sort((one, other) => Number(other.name === "Room") - Number(one.name === "Room"));
  return [
    `\n### \`${title}\`\n`,
    ...classes.map(({ name, node, file }) => described(name, node, file)),
    ...(functions.length > 0 ? ["#### Functions\n"] : []),
    ...(functions.length > 0 ? [table(functions.map(({ node, file }) => row(node, file)))] : []),
    ...rest.map(({ name, node, file }) => described(name, node, file)),
  ].join("\n");
}

/** A type: its comment, and its members or its definition. @param {string} name @param {Node} node @param {SourceFile} file */
function described(name, node, file) {
  const { members } = /** @type {{ members?: Iterable<Node> }} */ (/** @type {unknown} */ (node));
  const rows = [...(members ?? [])].filter(isPublic).map((member) => row(member, file));
  const text = [commentOf(node, file), rows.length > 0 ? inherited(node, file) : ""]
    .join(" ")
    .trim();
  const body = rows.length > 0 ? table(rows) : definition(node, file);
  return [`#### ${name}\n`, ...(text === "" ? [] : [`${text}\n`]), ...(body ? [body] : [])].join(
    "\n",
  );
}

/** What an interface has besides its own members. @param {Node} node @param {SourceFile} file */
function inherited(node, file) {
  if (!isInterfaceDeclaration(node)) return "";
  const types = [...(node.heritageClauses ?? [])].flatMap(({ types }) => [...types]);
  const names = types.map((type) => `\`${type.getText(file).replace(/\s+/g, " ")}\``);
  return names.length > 0 ? `Besides what ${names.join(" and ")} has:` : "";
}

/** @param {Node} node */
function isPublic(node) {
  const { name } = /** @type {{ name?: Node }} */ (/** @type {unknown} */ (node));
  const text = name?.getText() ?? "";
  return (
    text !== "" && !text.startsWith("#") && !/^(private|protected|static) /.test(node.getText())
  );
}

/** @param {Node} node @param {SourceFile} file @returns {string} As it stands in the source. */
function definition(node, file) {
  if (isTypeAliasDeclaration(node) || isInterfaceDeclaration(node)) {
    return `\`\`\`ts\n${node.getText(file).replace(/^export /, "")}\n\`\`\`\n`;
  }
  // A table of values: too long to repeat.
  return "";
}

/** @param {Node} node @param {SourceFile} file @returns {Row} */
function row(node, file) {
  const name = namesOf(node)[0] ?? "";
  return { name, signature: signature(name, node, file), comment: commentOf(node, file) };
}

/** How it is called, or its type. @param {string} name @param {Node} node @param {SourceFile} file */
function signature(name, node, file) {
  const text = (/** @type {Node | undefined} */ part) => part?.getText(file) ?? "";
  if (
    isFunctionDeclaration(node) ||
    isMethodDeclaration(node) ||
    isMethodSignatureDeclaration(node)
  ) {
    const { typeParameters, parameters, type } = node;
    const generic = typeParameters ? `<${[...typeParameters].map(text).join(", ")}>` : "";
    const takes = [...parameters].map((one) => {
      // What a parameter is taken apart into is nobody's concern.
      const called = isPlain(one.name) ? text(one.name) : "options";
      const optional = one.questionToken || one.initializer ? "?" : "";
      return `${text(one.dotDotDotToken)}${called}${optional}: ${text(one.type)}`;
    });
    const gives = type ? `: ${text(type)}` : "";
    return `${name}${isOptional(node) ? "?" : ""}${generic}(${takes.join(", ")})${gives}`;
  }
  if (isGetAccessorDeclaration(node)) return `${name}: ${text(node.type)}`;
  if (isPropertySignatureDeclaration(node) || isPropertyDeclaration(node)) {
    const { type, initializer } = node;
    return `${name}${isOptional(node) ? "?" : ""}: ${type ? text(type) : text(initializer)}`;
  }
  throw new Failure(`The reference cannot describe \`${text(node)}\` (${file.fileName}).`);
}

/** @param {Node} node */
function isOptional(node) {
  const { postfixToken } = /** @type {{ postfixToken?: Node }} */ (/** @type {unknown} */ (node));
  return postfixToken?.getText() === "?";
}

/** @param {Node} name */
const isPlain = (name) => /^\w+$/.test(name.getText());

/** The comment before a declaration, on one line. @param {Node} node @param {SourceFile} file */
function commentOf(node, file) {
  const start = node.getFullStart();
  const before = file.text.slice(start, node.getStart(file));
  const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(before)?.[1] ?? "";
  return comment
    .replace(/^\s*\* ?/gm, "")
    .replace(/@param (\w+) /g, "`$1`: ")
    .replace(/\s+/g, " ")
    .trim();
}

/** @param {Row[]} rows */
function table(rows) {
  const line = (/** @type {Row} */ { signature, comment }) =>
    `| \`${cell(signature)}\` | ${cell(comment)} |\n`;
  return `| | |\n|---|---|\n${rows.map(line).join("")}`;
}

/** @param {string} text */
const cell = (text) => text.replace(/\s+/g, " ").replaceAll("|", "\\|");
