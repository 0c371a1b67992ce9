// The API of examples/project-api, started as its reader starts it.
import { cpSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { at } from "../../../scripts/lib/paths.mjs";
import { folderWithPackage } from "./package.ts";
import { Program } from "./program.ts";
import { BROADCAST_KEY } from "./server.ts";

/** A folder in which the API and what it depends on are installed. */
export class InstalledApi {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async install(): Promise<InstalledApi> {
    const folder = await folderWithPackage();
    for (const dependency of ["hono", "@hono"]) {
      symlinkSync(at(`node_modules/${dependency}`), join(folder, "node_modules", dependency));
    }
    cpSync(at("examples/project-api"), join(folder, "project-api"), {
      recursive: true,
      filter: (path) => !path.includes("node_modules"),
    });
    return new InstalledApi(folder);
  }

  async start(roomsUrl: string): Promise<RunningApi> {
    const env = { ROOMS_URL: roomsUrl, BROADCAST_KEY, PORT: "0" };
    const program = new Program(
      process.execPath,
      ["api.ts"],
      env,
      join(this.folder, "project-api"),
    );
    const [, url = ""] = /(http:\S+)$/.exec(await program.prints(/^The API is at /)) ?? [];
    return new RunningApi(program, url);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The API while it runs. */
export class RunningApi {
  readonly program: Program;
  readonly url: string;

  constructor(program: Program, url: string) {
    this.program = program;
    this.url = url;
  }

  call(method: string, path: string, userId: string, body?: object): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method,
      headers: { "X-User-Id": userId },
      ...(body && { body: JSON.stringify(body) }),
    });
  }
}
