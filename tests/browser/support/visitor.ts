// Somebody at the demo page: acts with keys and pointer, and sees what the page shows.
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";

export type ConnectionState = "connecting" | "open" | "reconnecting" | "closed";

/** How the page is opened. */
export interface Arrival extends BrowserContextOptions {
  /** Signs in; otherwise one is a guest. */
  token?: string;
}

export interface ShownMessage {
  author: string;
  text: string;
  /** Of own messages: `sending`, `failed`, `sent`, `delivered`, `read`. Empty otherwise. */
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
    { token, ...options }: Arrival = {},
  ): Promise<Visitor> {
    const context = await browser.newContext({ locale: "en-GB", ...options });
    const visitor = new Visitor(await context.newPage());
    await visitor.page.goto(token === undefined ? url : `${url}#token=${token}`);
    return visitor;
  }

  /** Opens the page, joins through the form, and waits to be let in. */
  static async join(
    browser: Browser,
    url: string,
    room: string,
    name: string,
    options: Arrival = {},
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

  /** Takes the network away, or gives it back. */
  setOffline(isOffline: boolean): Promise<void> {
    return this.page.context().setOffline(isOffline);
  }

  /** Puts the page behind another, or in front again, as far as it can tell. */
  async setHidden(isHidden: boolean): Promise<void> {
    await this.page.evaluate(`
      Object.defineProperty(document, "visibilityState", {
        configurable: true,
        get: () => ${isHidden ? '"hidden"' : '"visible"'},
      });
      document.dispatchEvent(new Event("visibilitychange"));
    `);
  }

  get composer(): Locator {
    return this.page.getByTestId("composer");
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** The one message of the conversation that has this text. */
  message(text: string): Locator {
    return this.page
      .locator("main")
      .getByTestId("message")
      .filter({ has: this.page.locator(".text").getByText(text, { exact: true }) });
  }

  /** Opens the menu of a message, as somebody with a mouse does. */
  async openMenu(text: string): Promise<Locator> {
    const message = this.message(text);
    await message.hover();
    await message.getByTestId("message-menu").click();
    return this.page.getByTestId("menu");
  }

  async choose(text: string, item: string): Promise<void> {
    const menu = await this.openMenu(text);
    await menu.getByRole("menuitem", { name: item, exact: true }).click();
  }

  /** The reactions to a message: `👍 2`, with a `*` if one's own is among them. */
  reactions(text: string): Promise<string[]> {
    return this.message(text)
      .getByTestId("reaction")
      .evaluateAll((chips) =>
        chips.map((chip) => {
          const count = chip.querySelector(".count")?.textContent ?? "1";
          const isOwn = chip.ariaPressed === "true";
          return `${chip.querySelector(".emoji").textContent} ${count}${isOwn ? "*" : ""}`;
        }),
      );
  }

  /** The messages from top to bottom. */
  messages(): Promise<ShownMessage[]> {
    return this.page
      .locator("main")
      .getByTestId("message")
      .evaluateAll((messages) =>
        messages.map((message) => ({
          author: message.querySelector(".author").textContent,
          text: message.querySelector(".text").textContent,
          state: message.dataset.state ?? "",
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

  /** Messages and the lines between them ("Bob joined", "New messages") from top to bottom; days left out. */
  log(): Promise<string[]> {
    return this.page
      .getByTestId("messages")
      .locator(".text, [data-testid=notice], [data-testid=unread]")
      .allTextContents();
  }

  /** The names of who is here. */
  people(): Promise<string[]> {
    return this.page.getByTestId("person").locator(".person-name").allTextContents();
  }

  /** What stands below the names of who is here. */
  presence(): Promise<string[]> {
    return this.page
      .getByTestId("person")
      .evaluateAll((people) =>
        people.map((person) => person.querySelector(".person-note")?.textContent ?? ""),
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
