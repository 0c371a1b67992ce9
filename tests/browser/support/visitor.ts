// Somebody at the demo page: acts with keys and pointer, and sees what the page shows.
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";

export type ConnectionState = "connecting" | "open" | "reconnecting" | "closed";

export interface ShownMessage {
  author: string;
  text: string;
  state: string;
  /** Empty before the room's ack. */
  seq: string;
}

export class Visitor {
  readonly page: Page;
  /** Every host that the page asked for anything, sockets included. */
  readonly hosts = new Set<string>();
  /** What the console showed as an error, and what nobody caught. */
  readonly errors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(10_000);
    page.on("request", (request) => this.hosts.add(new URL(request.url()).host));
    page.on("websocket", (socket) => this.hosts.add(new URL(socket.url()).host));
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("console", (line) => {
      if (line.type() === "error") this.errors.push(line.text());
    });
  }

  /** Opens the page in a browser profile of its own. */
  static async arrive(
    browser: Browser,
    url: string,
    options: BrowserContextOptions = {},
  ): Promise<Visitor> {
    const context = await browser.newContext({ locale: "en-GB", ...options });
    const visitor = new Visitor(await context.newPage());
    await visitor.page.goto(url);
    return visitor;
  }

  /** Opens the page, joins through the form, and waits to be let in. */
  static async join(
    browser: Browser,
    url: string,
    room: string,
    name: string,
    options: BrowserContextOptions = {},
  ): Promise<Visitor> {
    const visitor = await Visitor.arrive(browser, url, options);
    await visitor.page.getByTestId("name").fill(name);
    await visitor.page.getByTestId("room").fill(room);
    await visitor.page.getByTestId("room").press("Enter");
    await visitor.is("open");
    return visitor;
  }

  /** One more tab of the same browser, at the same address. */
  async openTab(): Promise<Visitor> {
    const tab = new Visitor(await this.page.context().newPage());
    await tab.page.goto(this.page.url());
    return tab;
  }

  /** Waits for a state of the connection. */
  is(state: ConnectionState, patienceMs = 10_000): Promise<void> {
    const status = this.page.locator(`[data-testid=status][data-state=${state}]`);
    return status.waitFor({ timeout: patienceMs });
  }

  get composer(): Locator {
    return this.page.getByTestId("composer");
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** The messages from top to bottom. */
  messages(): Promise<ShownMessage[]> {
    return this.page.getByTestId("message").evaluateAll((messages) =>
      messages.map((message) => ({
        author: message.querySelector(".author").textContent,
        text: message.querySelector(".text").textContent,
        state: message.dataset.state,
        seq: message.dataset.seq ?? "",
      })),
    );
  }

  async texts(): Promise<string[]> {
    return (await this.messages()).map(({ text }) => text);
  }

  async states(): Promise<string[]> {
    return (await this.messages()).map(({ state }) => state);
  }

  /** Messages and quiet lines ("Bob joined") from top to bottom. */
  log(): Promise<string[]> {
    return this.page
      .getByTestId("messages")
      .locator(".text, [data-testid=notice]")
      .allTextContents();
  }

  /** The names of who is here, as they are read out. */
  people(): Promise<string[]> {
    return this.page.getByTestId("person").evaluateAll((people) =>
      people.map((person) =>
        Array.from<{ ariaHidden?: string; textContent: string }>(person.childNodes)
          .filter((part) => part.ariaHidden !== "true")
          .map((part) => part.textContent)
          .join(""),
      ),
    );
  }

  async typing(): Promise<string> {
    return (await this.page.getByTestId("typing").textContent()) ?? "";
  }

  /** Runs an expression in the page; the suite has no types of a browser. */
  see<T>(expression: string): Promise<T> {
    return this.page.evaluate(expression);
  }
}
