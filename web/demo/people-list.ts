import { find, make } from "./dom.ts";
import type { Person } from "./frames.ts";
import { hueOf, initials } from "./names.ts";

/** Who is here: a side column where there is room, one line that unfolds on a phone. */
export class PeopleList {
  readonly #details = find("[data-testid=people]", HTMLDetailsElement);
  readonly #count = find("#people-count", HTMLElement);
  readonly #names = find("#people-names", HTMLElement);
  readonly #list = find("#people-list", HTMLUListElement);
  readonly #people = new Map<string, Person>();
  #me = "";

  constructor() {
    const wide = matchMedia("(min-width: 48rem)");
    const fold = () => {
      this.#details.open = wide.matches;
    };
    wide.addEventListener("change", fold);
    fold();
  }

  set me(userId: string) {
    this.#me = userId;
  }

  replace(people: readonly Person[]): void {
    this.#people.clear();
    for (const person of people) this.#people.set(person.userId, person);
    this.#render();
  }

  add({ userId, username }: Person): void {
    this.#people.set(userId, { userId, username });
    this.#render();
  }

  remove(userId: string): void {
    this.#people.delete(userId);
    this.#render();
  }

  #render(): void {
    const people = [...this.#people.values()].sort(
      (a, b) =>
        Number(b.userId === this.#me) - Number(a.userId === this.#me) ||
        a.username.localeCompare(b.username),
    );
    this.#count.textContent =
      people.length === 1 ? "1 person here" : `${people.length} people here`;
    this.#names.textContent = people.map((person) => this.#label(person)).join(", ");
    this.#list.replaceChildren(...people.map((person) => this.#item(person)));
  }

  #item(person: Person): HTMLLIElement {
    const item = make("li", "person");
    item.dataset.testid = "person";
    const avatar = make("span", "avatar", initials(person.username));
    avatar.ariaHidden = "true";
    avatar.style.setProperty("--hue", String(hueOf(person.userId)));
    item.append(avatar, make("span", "person-name", person.username));
    if (person.userId === this.#me) item.append(" ", make("span", "you", "(you)"));
    return item;
  }

  #label(person: Person): string {
    return person.userId === this.#me ? `${person.username} (you)` : person.username;
  }
}
