// A program that a reader of the docs starts: what it prints is awaited.
import { type ChildProcess, spawn } from "node:child_process";

const PATIENCE_MS = 10_000;

export class Program {
  readonly #process: ChildProcess;
  readonly #exited: Promise<number | null>;
  #output = "";
  #read = 0;
  #wake: () => void = () => {};

  constructor(command: string, args: string[], env: Record<string, string> = {}, cwd?: string) {
    this.#process = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
      ...(cwd !== undefined && { cwd }),
    });
    const hear = (chunk: Buffer) => {
      this.#output += chunk.toString();
      this.#wake();
    };
    this.#process.stdout?.on("data", hear);
    this.#process.stderr?.on("data", hear);
    this.#exited = new Promise((resolve, reject) => {
      this.#process.once("error", reject);
      this.#process.once("close", (code) => {
        resolve(code);
        this.#wake();
      });
    });
    // Whoever waits for the end is told; the others see that nothing is printed.
    this.#exited.catch(() => this.#wake());
  }

  get output(): string {
    return this.#output;
  }

  /** The next line that fits; lines before it are passed over. */
  async prints(pattern: RegExp, patienceMs = PATIENCE_MS): Promise<string> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const end = this.#output.lastIndexOf("\n") + 1;
      for (const line of this.#output.slice(this.#read, end).split("\n").slice(0, -1)) {
        this.#read += line.length + 1;
        if (pattern.test(line)) return line;
      }
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`${pattern} was not printed:\n${this.#output}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Ends it, and gives its exit code. */
  stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    this.#process.kill(signal);
    return this.#exited;
  }

  /** Its exit code, when it has ended by itself. */
  get ended(): Promise<number | null> {
    return this.#exited;
  }
}
