// The processes of this machine, by their ids.
import { execFileSync } from "node:child_process";
import type { Server } from "./server.ts";

/** The processes of a server: what it started, and what these started. */
export function processes(server: Server): string[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  const rows = table
    .trim()
    .split("\n")
    .map((row) => row.trim().split(/\s+/));
  const found = new Set([String(server.pid)]);
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    for (const [pid, parent] of rows) if (pid && parent && found.has(parent)) found.add(pid);
  }
  return [...found];
}

/** Whether a process runs. One that has ended but was not yet waited for does not. */
export function isAlive(pid: string): boolean {
  try {
    const state = execFileSync("ps", ["-o", "stat=", "-p", pid], { encoding: "utf8" });
    return !state.trim().startsWith("Z");
  } catch {
    return false;
  }
}

/** The one of a server's processes that runs a program. */
export function programOf(server: Server, program: string): number {
  const found = processes(server).find((pid) => {
    const name = execFileSync("ps", ["-o", "comm=", "-p", pid], { encoding: "utf8" });
    return name.trim().startsWith(program);
  });
  if (found === undefined) throw new Error(`No ${program} is among the server's processes.`);
  return Number(found);
}
