import { find } from "./dom.ts";
import type { Visit } from "./visit.ts";

/** Asks for a name and a room. `join` is called once, with both of them trimmed and not empty. */
export class JoinForm {
  readonly #section = find("#join", HTMLElement);
  readonly #form = find("#join form", HTMLFormElement);
  readonly #name = find("#join [name=name]", HTMLInputElement);
  readonly #room = find("#join [name=room]", HTMLInputElement);
  readonly #userId: string;
  readonly #join: (visit: Visit) => void;

  constructor(visit: Visit, join: (visit: Visit) => void) {
    this.#userId = visit.userId;
    this.#join = join;
    this.#name.value = visit.name;
    this.#room.value = visit.room;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  show(): void {
    this.#section.hidden = false;
    // On a touch screen the keyboard would cover half of the form before anybody has read it.
    if (!matchMedia("(pointer: fine)").matches) return;
    if (this.#name.value === "") this.#name.focus();
    else this.#room.select();
  }

  submit(): void {
    this.#name.value = this.#name.value.trim();
    this.#room.value = this.#room.value.trim();
    if (!this.#form.checkValidity()) {
      this.#section.hidden = false;
      this.#form.reportValidity();
      return;
    }
    this.#section.hidden = true;
    this.#join({ name: this.#name.value, room: this.#room.value, userId: this.#userId });
  }
}
