// A line to a server that a test can cut, or make fall silent.
import { connect, createServer, type Server, type Socket } from "node:net";

export class Line {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #chunks = 0;
  #onChunk: () => void = () => {};

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(url: string): Promise<Line> {
    const { hostname, port } = new URL(url);
    const server = createServer();
    const line = new Line(server);
    server.on("connection", (client) => {
      const upstream = connect({ host: hostname, port: Number(port) });
      client.pipe(upstream).pipe(client);
      client.on("data", () => {
        line.#chunks++;
        line.#onChunk();
      });
      for (const socket of [client, upstream]) line.#keep(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return line;
  }

  get host(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("The line is closed.");
    return `127.0.0.1:${address.port}`;
  }

  /** Waits until clients have sent so many times from now on. */
  async carries(times: number): Promise<void> {
    const enough = this.#chunks + times;
    while (this.#chunks < enough) {
      await new Promise<void>((resolve) => {
        this.#onChunk = resolve;
      });
    }
  }

  /** Cuts every connection; new ones are carried as before. */
  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  /** Carries nothing any more on the connections that there are, and closes none of them. */
  fallSilent(): void {
    for (const socket of this.#open) {
      socket.unpipe();
      socket.pause();
    }
  }

  close(): void {
    this.#server.close();
    this.cut();
  }

  #keep(socket: Socket): void {
    this.#open.add(socket);
    // What broke is closed, and that is heard.
    socket.on("error", () => {});
    socket.once("close", () => this.#open.delete(socket));
  }
}
