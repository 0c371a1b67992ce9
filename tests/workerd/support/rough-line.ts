// A line to a server on which everything goes wrong that can: a TCP proxy that delays, falls silent, cuts, and lets
// connections arrive twice.
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Random } from "./random.ts";

export interface Roughness {
  /** Mean milliseconds until a connection is cut or falls silent. */
  lifetimeMs: number;
  /** The longest delay of a chunk, in milliseconds. */
  delayMs: number;
}

export class RoughLine {
  readonly #server: Server;
  readonly #target: { host: string; port: number };
  readonly #random: Random;
  readonly #roughness: Roughness;
  readonly #open = new Set<Socket>();
  /** What has happened, for the report. */
  readonly counts = { connections: 0, cut: 0, silent: 0, doubled: 0, refused: 0 };
  #smooth = false;

  private constructor(
    server: Server,
    target: { host: string; port: number },
    random: Random,
    roughness: Roughness,
  ) {
    this.#server = server;
    this.#target = target;
    this.#random = random;
    this.#roughness = roughness;
    server.on("connection", (client) => this.#carry(client));
  }

  static async open(url: string, random: Random, roughness: Roughness): Promise<RoughLine> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { hostname, port } = new URL(url);
    return new RoughLine(server, { host: hostname, port: Number(port) }, random, roughness);
  }

  get host(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("The line is closed.");
    return `127.0.0.1:${address.port}`;
  }

  /** From now on nothing goes wrong any more, with what comes anew. */
  smooth(): void {
    this.#smooth = true;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
  }

  #carry(client: Socket): void {
    this.counts.connections++;
    this.#keep(client);
    if (!this.#smooth && this.#random() < 0.05) {
      this.counts.refused++;
      client.destroy();
      return;
    }
    if (!this.#smooth && this.#random() < 0.1) {
      this.counts.doubled++;
      client.once("data", (request) => this.#double(client, request));
    } else {
      this.#join(client, this.#dial());
    }
  }

  /** The request arrives twice; only the second time does the client hear the answer. */
  #double(client: Socket, request: Buffer): void {
    client.pause();
    const ghost = this.#dial();
    ghost.write(request);
    // The ghost never closes by itself: the server has to find out.
    const go = () => {
      const upstream = this.#dial();
      upstream.write(request);
      this.#join(client, upstream);
      client.resume();
    };
    ghost.once("data", go);
    ghost.once("error", () => client.destroy());
  }

  #join(client: Socket, upstream: Socket): void {
    const ends = [client, upstream];
    const hangUp = () => {
      for (const end of ends) end.destroy();
    };
    for (const end of ends) end.once("close", hangUp);
    const line = { silent: false };
    this.#forward(client, upstream, line);
    this.#forward(upstream, client, line);
    if (this.#smooth) return;
    const lifetime = -Math.log(1 - this.#random()) * this.#roughness.lifetimeMs;
    const silent = this.#random() < 0.2;
    setTimeout(() => {
      if (client.destroyed) return;
      if (!silent) {
        this.counts.cut++;
        return hangUp();
      }
      this.counts.silent++;
      line.silent = true;
      setTimeout(hangUp, this.#roughness.lifetimeMs / 4).unref();
    }, lifetime).unref();
  }

  /** Chunks keep their order, each later than it was sent. What is in the air when the line is cut is lost. */
  #forward(from: Socket, to: Socket, line: { silent: boolean }): void {
    let latest = Promise.resolve();
    from.on("data", (chunk: Buffer) => {
      const delay = this.#smooth ? 0 : this.#random() ** 3 * this.#roughness.delayMs;
      latest = latest.then(async () => {
        if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
        if (!to.destroyed && !line.silent) to.write(chunk);
      });
    });
  }

  #dial(): Socket {
    const socket = connect(this.#target);
    this.#keep(socket);
    return socket;
  }

  #keep(socket: Socket): void {
    this.#open.add(socket);
    socket.setNoDelay(true);
    // What broke is closed, and that is heard.
    socket.on("error", () => {});
    socket.once("close", () => this.#open.delete(socket));
  }
}
