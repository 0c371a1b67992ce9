// What every file of the suite needs: a server that can be killed and comes back, a browser, and people at the page.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, afterEach, before } from "node:test";
import type { Browser } from "playwright-core";
import { Client } from "../../workerd/support/client.ts";
import { Server, temporaryFolder } from "../../workerd/support/server.ts";
import { tireless } from "../../workerd/support/token.ts";
import { launch } from "./browser.ts";
import { freePort } from "./free-port.ts";
import { type Arrival, Visitor } from "./visitor.ts";

export class Scene {
  readonly #vars: Record<string, string>;
  readonly #folder = temporaryFolder();
  #port = 0;
  #server: Server | undefined;
  #browser: Browser | undefined;

  private constructor(vars: Record<string, string>) {
    this.#vars = vars;
  }

  /** For the tests of this file. */
  static set(vars: Record<string, string> = {}): Scene {
    const scene = new Scene(vars);
    before(async () => {
      scene.#port = await freePort();
      await scene.startServer();
      scene.#browser = await launch();
    });
    afterEach(async () => {
      for (const context of scene.#browser?.contexts() ?? []) await context.close();
    });
    after(async () => {
      await scene.#browser?.close();
      await scene.#server?.stop();
      rmSync(scene.#folder, { recursive: true, force: true });
    });
    return scene;
  }

  get server(): Server {
    assert.ok(this.#server);
    return this.#server;
  }

  get browser(): Browser {
    assert.ok(this.#browser);
    return this.#browser;
  }

  /** Always at the same address, with the same rooms. */
  async startServer(): Promise<void> {
    this.#server = await Server.start({
      port: this.#port,
      persistTo: this.#folder,
      vars: this.#vars,
    });
  }

  async killServer(): Promise<void> {
    const victim = this.server;
    this.#server = undefined;
    await victim.kill();
  }

  /** Opens the page in a browser profile of its own. */
  arrive(options?: Arrival): Promise<Visitor> {
    return Visitor.arrive(this.browser, this.server.url, options);
  }

  /** Opens the page, joins through the form, and waits to be let in. */
  join(room: string, name: string, options?: Arrival): Promise<Visitor> {
    return Visitor.join(this.browser, this.server.url, room, name, options);
  }

  /** Somebody without a page, whom no rate limit holds back, who says these things. */
  async sayMuch(room: string, texts: readonly string[], userId = "alice"): Promise<Client> {
    const query = { token: tireless(userId) };
    const client = await Client.connect(this.server, `/parties/chatroom/${room}`, query);
    for (const message of texts) client.send({ type: "message", message });
    for (const _ of texts) await client.next("ack");
    return client;
  }
}

/** "Message 1", "Message 2", … */
export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `Message ${index + 1}`);
}
