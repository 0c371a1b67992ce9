// A server as a user starts it, on a free port, with a data folder of its own: `npm start`, or with SERVER=serve in the
// environment `npm run serve`, which is plain workerd without wrangler.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

export const JWT_SECRET = "secret-of-the-tests";
export const BROADCAST_KEY = "key-of-the-tests";

export type Kind = "start" | "serve";

/** Which server the suite is about. */
export const KIND: Kind = process.env.SERVER === "serve" ? "serve" : "start";

/** The options of a test that has nothing to do without wrangler. */
export const ONLY_WRANGLER = (reason: string) => ({ skip: KIND === "serve" ? reason : false });

const PATIENCE_MS = 10_000;

/** Servers that a failed test may leave behind: they end with this process. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) if (child.pid) process.kill(-child.pid, "SIGKILL");
});

export interface ServerOptions {
  /** 0, and so a free one, if left out. */
  port?: number;
  /** Where rooms are kept; a folder that is removed afterwards if left out. */
  persistTo?: string;
  /** Variables of the configuration, by `--var`. */
  vars?: Record<string, string>;
  /** Other arguments. */
  args?: string[];
  /** The suite's, if left out. */
  kind?: Kind;
  /** The process's environment; the secrets of the tests if left out. */
  env?: Record<string, string>;
}

/** The script and its arguments, by where rooms are kept. */
const COMMANDS: Record<Kind, (folder: string) => string[]> = {
  start: (folder) => [join(ROOT, "scripts/start.mjs"), "--persist-to", folder],
  serve: (folder) => [
    "--disable-warning=ExperimentalWarning",
    ...[join(ROOT, "scripts/serve.mjs"), "--data", folder],
    // wrangler has .dev.vars, which is a copy of this.
    ...["--dev-vars", join(ROOT, ".dev.vars.example")],
  ],
};

export class Server {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #output: string[];
  readonly #folder: string | undefined;

  private constructor(
    process: ChildProcess,
    url: string,
    output: string[],
    folder: string | undefined,
  ) {
    this.#process = process;
    this.url = url;
    this.#output = output;
    this.#folder = folder;
  }

  static async start(options: ServerOptions = {}): Promise<Server> {
    const folder = options.persistTo === undefined ? temporaryFolder() : undefined;
    const vars = { AUTH_MODE: "open", ...options.vars };
    const child = spawn(
      process.execPath,
      [
        ...COMMANDS[options.kind ?? KIND](options.persistTo ?? folder ?? ""),
        ...["--port", String(options.port ?? 0)],
        ...Object.entries(vars).flatMap(([key, value]) => ["--var", `${key}:${value}`]),
        ...(options.args ?? []),
      ],
      {
        cwd: ROOT,
        // A group of its own, so that all of it can be killed at once.
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, ...(options.env ?? { JWT_SECRET, BROADCAST_KEY }) },
      },
    );
    running.add(child);
    child.on("exit", () => running.delete(child));
    const output: string[] = [];
    const url = await new Promise<string>((resolve, reject) => {
      const collect = (chunk: Buffer) => {
        output.push(chunk.toString());
        const ready = output.join("").match(/Ready on (http:\S+)/);
        if (ready?.[1]) resolve(ready[1]);
      };
      child.stdout.on("data", collect);
      child.stderr.on("data", collect);
      child.on("exit", (code) =>
        reject(new Error(`The server ended with ${code}:\n${output.join("")}`)),
      );
    });
    return new Server(child, url, output, folder);
  }

  /** The address for sockets. */
  get ws(): string {
    return this.url.replace("http", "ws");
  }

  /** `host:port`, as partysocket wants it. */
  get host(): string {
    return new URL(this.url).host;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Waits until the server has printed something. */
  async printed(pattern: RegExp, patience = PATIENCE_MS): Promise<void> {
    const deadline = Date.now() + patience;
    while (!pattern.test(this.output)) {
      if (Date.now() > deadline) throw new Error(`${pattern} was not printed:\n${this.output}`);
      await this.#hears(deadline - Date.now());
    }
  }

  /** Waits until it prints something, on either stream, or until the time is over. */
  async #hears(timeoutMs: number): Promise<void> {
    const heard = new AbortController();
    const signal = AbortSignal.any([heard.signal, AbortSignal.timeout(Math.max(timeoutMs, 0))]);
    const streams = [this.#process.stdout, this.#process.stderr].filter((one) => one !== null);
    await Promise.race(streams.map((one) => once(one, "data", { signal }))).catch(() => {});
    heard.abort();
  }

  /** What the server has printed so far. */
  get output(): string {
    return this.#output.join("");
  }

  /** Waits until a room has woken so often. Needs the variable LOG_LEVEL:debug. */
  async woken(room: string, times: number, patience = PATIENCE_MS): Promise<void> {
    // The line may come after what the room said when it woke.
    const line = `"event":"wake","room":"${room}"`;
    await this.printed(new RegExp(`(${line}[^]*){${times}}`), patience);
  }

  /** How often a room has woken by now. Needs the variable LOG_LEVEL:debug. */
  wakes(room: string): number {
    const line = `"event":"wake","room":"${room}"`;
    return this.output.split("\n").filter((text) => text.includes(line)).length;
  }

  /** Its exit code, if it ends by itself. */
  get ended(): Promise<number | null> {
    const { exitCode } = this.#process;
    return exitCode === null ? this.#ended() : Promise.resolve(exitCode);
  }

  /** Ends it as Ctrl-C does, and gives its exit code. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    const ended = this.#ended();
    this.#process.kill(signal);
    const code = await ended;
    this.#clean();
    return code;
  }

  /** Ends it at once, with everything that it started, as a power cut does. */
  async kill(): Promise<void> {
    const ended = this.#ended();
    process.kill(-this.pid, "SIGKILL");
    await ended;
    this.#clean();
  }

  #ended(): Promise<number | null> {
    return new Promise((resolve) => this.#process.once("exit", (code) => resolve(code)));
  }

  #clean(): void {
    if (this.#folder) rmSync(this.#folder, { recursive: true, force: true });
  }
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "durable-rooms-"));
}
