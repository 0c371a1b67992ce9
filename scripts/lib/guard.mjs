// Runs one command and makes sure that nothing of it is left. Started by process.mjs as the leader of a
// process group. On descriptor 3 is a pipe from the parent. Whatever the parent writes there means "stop", and what it
// writes next "at once". When it just ends, the parent was killed, which no signal handler of it could report, and so is all else.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { Socket } from "node:net";
import { constants } from "node:os";

const { command, args, removeAfter, patienceMs } = JSON.parse(process.argv[2] ?? "");
const parent = new Socket({ fd: 3 });
const child = spawn(command, args, { stdio: "inherit" });
const KILLED = 128 + constants.signals.SIGKILL;

/** @param {number} code @param {string} [problem] */
function finish(code, problem) {
  for (const path of removeAfter) rmSync(path, { force: true, recursive: true });
  if (problem) console.error(problem);
  // Ends the whole group, this process included: no grandchild outlives the command.
  const end = () => process.kill(-process.pid, "SIGKILL");
  parent.on("error", end);
  parent.end(JSON.stringify({ code }), end);
}

let told = false;
function stop() {
  if (told) return;
  told = true;
  // Only the command is asked: a server that finds its helpers gone before it is told to stop complains.
  child.kill("SIGTERM");
  setTimeout(() => finish(KILLED), patienceMs);
}

child.on("error", (error) => finish(127, `${command}: ${error.message}`));
child.on("exit", (code, signal) => finish(code ?? 128 + constants.signals[signal ?? "SIGKILL"]));
// A service manager may signal the whole family besides: only the parent's own second word is a second request.
parent.once("data", () => {
  stop();
  parent.on("data", () => finish(KILLED));
});
for (const event of ["end", "error"]) parent.on(event, () => finish(KILLED));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);
