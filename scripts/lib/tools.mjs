// The programs that must be on the machine already. Everything else the set-up gets by itself.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { Failure } from "./failure.mjs";

// The first that can read env files.
const NODE = "20.12";

/** @param {string} name @returns {string | undefined} Where a shell would find it. */
export function which(name) {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

/** @param {string} name @param {string} remedy */
function need(name, remedy) {
  if (!which(name)) throw new Failure(`\`${name}\` is missing. ${remedy}`);
}

/** @param {string} command @param {string[]} args @returns {string | undefined} Its output, if it succeeds. */
export function ask(command, args) {
  // A question must not start an installation.
  const env = { ...process.env, RUSTUP_AUTO_INSTALL: "0" };
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8", env });
  return status === 0 ? stdout : undefined;
}

export function checkTools() {
  const { node } = process.versions;
  if (node.localeCompare(NODE, "en", { numeric: true }) < 0) {
    throw new Failure(`Node ${node} is too old. Install ${NODE} or newer: https://nodejs.org`);
  }
  need("npm", "It comes with Node: https://nodejs.org");

  // A shell that was open while Rust was installed does not have this folder in its PATH yet.
  const cargoBin = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "bin");
  if (!which("rustup")) process.env.PATH += delimiter + cargoBin;
  const rustup = "Install Rust with rustup: https://rustup.rs";
  need("rustup", rustup);
  need("cargo", rustup);
}

/** What compiling the wasm tools takes besides Rust. */
export function checkCompiler() {
  const onMac = process.platform === "darwin";
  need(
    "cc",
    onMac
      ? "Install Apple's command line tools: xcode-select --install"
      : "Install a C compiler, on Debian or Ubuntu: apt-get install build-essential",
  );
  // worker-build uses the system's TLS library, which on Linux is OpenSSL.
  const found = onMac || process.env.OPENSSL_DIR || ask("pkg-config", ["--exists", "openssl"]);
  if (found === undefined) {
    throw new Failure(
      "OpenSSL's headers or `pkg-config` are missing. On Debian or Ubuntu: apt-get install pkg-config libssl-dev",
    );
  }
}
