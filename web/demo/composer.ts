import { find } from "./dom.ts";

export interface ComposerEvents {
  /** Says whether the text was taken; if not, it stays in the field. */
  onSend(text: string): boolean;
  onChange(text: string): void;
}

/** The field to write in. Enter sends, Shift+Enter makes a new line. */
export class Composer {
  readonly #field = find("[data-testid=composer]", HTMLTextAreaElement);
  readonly #events: ComposerEvents;

  constructor(events: ComposerEvents) {
    this.#events = events;
    find("#composer", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
      // A tap on the button takes the focus, and with it the keyboard of a phone.
      this.#field.focus();
    });
    this.#field.addEventListener("keydown", (event) => {
      // While an input method composes, Enter chooses a word.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    this.#field.addEventListener("input", () => {
      this.#fit();
      events.onChange(this.#field.value);
    });
  }

  focus(): void {
    this.#field.focus();
  }

  /** Gives a refused text back for changing, before what has been written since. */
  putBack(text: string): void {
    this.#field.value = this.#field.value === "" ? text : `${text}\n${this.#field.value}`;
    this.#fit();
    this.#field.focus();
  }

  #submit(): void {
    const text = this.#field.value.trimEnd();
    if (text === "" || !this.#events.onSend(text)) return;
    this.#field.value = "";
    this.#fit();
  }

  #fit(): void {
    this.#field.style.height = "auto";
    // scrollHeight leaves the border out, which the height (border-box) includes.
    const border = this.#field.offsetHeight - this.#field.clientHeight;
    this.#field.style.height = `${this.#field.scrollHeight + border}px`;
  }
}
