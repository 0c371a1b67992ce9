import { find } from "./dom.ts";

/** What went wrong last. Stays until it is dismissed: nobody reads to a timer. */
export class ErrorAlert {
  readonly #alert = find("[data-testid=error]", HTMLElement);
  readonly #text = find("[data-testid=error] p", HTMLParagraphElement);

  constructor(onDismiss: () => void) {
    find("[data-testid=error] button", HTMLButtonElement).addEventListener("click", () => {
      this.hide();
      onDismiss();
    });
  }

  show(message: string): void {
    this.#alert.hidden = false;
    this.#text.textContent = message;
  }

  hide(): void {
    this.#alert.hidden = true;
    this.#text.textContent = "";
  }
}
