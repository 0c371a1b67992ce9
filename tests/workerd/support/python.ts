// A Python with the packages of a requirements file, made anew, or the reason why there is none.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export type Python = { command: string } | { missing: string };

/** @param folder Where to make it. */
export async function pythonWith(requirements: string, folder: string): Promise<Python> {
  const command = join(folder, "bin/python");
  try {
    await run("python3", ["-m", "venv", folder], { timeout: 60_000 });
    const options = ["--quiet", "--disable-pip-version-check", "--timeout", "10", "--retries", "1"];
    await run(command, ["-m", "pip", "install", ...options, "-r", requirements], {
      timeout: 60_000,
    });
    return { command };
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    return { missing: `${message.split("\n")[0]} ${stderr.trim().split("\n").at(-1)}`.trim() };
  }
}
