// Somebody at the dashboard: signs in, looks, and acts.
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { BROADCAST_KEY } from "../../workerd/support/server.ts";

export interface ShownEvent {
  type: string;
  text: string;
}

export class Operator {
  readonly page: Page;
  /** Every host that the page asked for anything, sockets included. */
  readonly hosts = new Set<string>();
  /** Every address that it asked for. */
  readonly addresses: string[] = [];
  /** What nobody caught. */
  readonly errors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(10_000);
    const asked = (url: string) => {
      this.hosts.add(new URL(url).host);
      this.addresses.push(url);
    };
    page.on("request", (request) => asked(request.url()));
    page.on("websocket", (socket) => asked(socket.url()));
    page.on("pageerror", (error) => this.errors.push(String(error)));
  }

  /** Opens the dashboard in a browser profile of its own. */
  static async arrive(
    browser: Browser,
    url: string,
    options: BrowserContextOptions = {},
  ): Promise<Operator> {
    const context = await browser.newContext({ locale: "en-GB", ...options });
    const operator = new Operator(await context.newPage());
    await operator.page.goto(`${url}/admin`);
    return operator;
  }

  /** Opens the dashboard and signs in. */
  static async enter(
    browser: Browser,
    url: string,
    options: BrowserContextOptions = {},
    credential = BROADCAST_KEY,
  ): Promise<Operator> {
    const operator = await Operator.arrive(browser, url, options);
    await operator.signIn(credential);
    await operator.at("sign-out").waitFor();
    return operator;
  }

  at(testId: string): Locator {
    return this.page.getByTestId(testId);
  }

  async signIn(credential: string): Promise<void> {
    await this.at("credential").fill(credential);
    await this.at("credential").press("Enter");
  }

  /** Goes to a room and waits until it hears what happens there. */
  async look(room: string, party = "chatroom"): Promise<void> {
    const place = `#/rooms/${encodeURIComponent(party)}/${encodeURIComponent(room)}`;
    await this.page.evaluate(`location.hash = ${JSON.stringify(place)}`);
    await this.stream("open");
  }

  stream(state: "open" | "paused" | "offline" | "closed"): Promise<void> {
    return this.page.locator(`[data-testid=stream][data-state=${state}]`).waitFor();
  }

  tab(name: "events" | "people" | "webhooks" | "bans" | "publish"): Promise<void> {
    return this.at(`tab-${name}`).click();
  }

  /** The value of a tile. */
  async tile(name: string): Promise<string> {
    const tile = this.at("tile").filter({ has: this.page.getByText(name, { exact: true }) });
    return (await tile.locator(".tile-value").textContent()) ?? "";
  }

  /** The names of the rooms in the list. */
  rooms(): Promise<string[]> {
    return this.at("room").locator(".room-name").allTextContents();
  }

  /** The names of who is in the room. */
  people(): Promise<string[]> {
    return this.at("person").locator(".person-name").allTextContents();
  }

  /** The events in view, the newest first. */
  events(): Promise<ShownEvent[]> {
    return this.at("event").evaluateAll((rows) =>
      rows.map((row) => ({
        type: row.dataset.type ?? "",
        text: row.querySelector(".event-text").textContent.trim(),
      })),
    );
  }

  /** The texts of the events of a type, the newest first. */
  async texts(type: string): Promise<string[]> {
    return (await this.events()).filter((event) => event.type === type).map(({ text }) => text);
  }

  /** Waits for a word about what came of something. */
  toast(text: string | RegExp): Promise<void> {
    return this.at("toast").filter({ hasText: text }).waitFor();
  }

  /** Runs an expression in the page; the suite has no types of a browser. */
  see<T>(expression: string): Promise<T> {
    return this.page.evaluate(expression);
  }
}
