import { find } from "./dom.ts";
import type { Person } from "./frames.ts";

/** Should the end of somebody's typing be lost, this long after the room's own limit it is assumed. */
const SLACK_MS = 2000;

/** "Bob is typing…" */
export class TypingIndicator {
  readonly #line = find("[data-testid=typing]", HTMLElement);
  readonly #words = find("[data-testid=typing] span", HTMLElement);
  readonly #typists = new Map<string, { name: string; timer: number }>();
  #lifetime = 3000 + SLACK_MS;

  set typingMs(limit: number) {
    this.#lifetime = limit + SLACK_MS;
  }

  start({ userId, username }: Person): void {
    clearTimeout(this.#typists.get(userId)?.timer);
    const timer = window.setTimeout(() => this.stop(userId), this.#lifetime);
    this.#typists.set(userId, { name: username, timer });
    this.#render();
  }

  stop(userId: string): void {
    clearTimeout(this.#typists.get(userId)?.timer);
    if (this.#typists.delete(userId)) this.#render();
  }

  clear(): void {
    for (const { timer } of this.#typists.values()) clearTimeout(timer);
    this.#typists.clear();
    this.#render();
  }

  #render(): void {
    const words = sentence([...this.#typists.values()].map(({ name }) => name));
    this.#line.classList.toggle("active", words !== "");
    this.#words.textContent = words;
  }
}

function sentence(names: readonly string[]): string {
  const [first, second] = names;
  if (first === undefined) return "";
  if (second === undefined) return `${first} is typing…`;
  if (names.length === 2) return `${first} and ${second} are typing…`;
  return `${first}, ${second} and ${names.length - 2} more are typing…`;
}
